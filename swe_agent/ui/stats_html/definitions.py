"""What each figure means: all metrics of the catalogue, linked to each other."""

from __future__ import annotations

import re

from swe_agent.metrics.catalogue import Metric, metrics
from swe_agent.ui.html_markup import Html, line, tag
from swe_agent.ui.stats_html.parts import definition_id, definition_link, section

_TICKED = re.compile(r"`([^`]+)`")
_PARTS = (
    ("counts", "numerator"),
    ("of", "denominator"),
    ("window", "window"),
    ("left out", "exclusions"),
    ("interval", "interval"),
    ("source", "source"),
)


def definitions_section() -> Html:
    said = "Each figure stands beside its n and a 95 % interval. Grey: fewer than 50 cases or 10 independent ones."
    every = metrics()
    names = {metric.name for metric in every}
    return section("definitions", "What the figures mean", said, [_definition(metric, names) for metric in every])


def _definition(metric: Metric, names: set[str]) -> Html:
    heading = tag("h3", tag("a", metric.title, href=f"#{definition_id(metric.name)}"), " ", tag("code", metric.name))
    rows = [
        Html(tag("dt", name) + tag("dd", _linked(said, names)))
        for name, key in _PARTS
        if (said := getattr(metric, key))
    ]
    question = tag("p", _linked(metric.question, names))
    return tag("div", heading, question, tag("dl", *rows), id=definition_id(metric.name), class_="definition")


def _linked(said: str, names: set[str]) -> Html:
    """Metrics that it names become links; what else stands in backticks is code."""
    parts = []
    for at, part in enumerate(_TICKED.split(said)):
        if at % 2 == 0:
            parts.append(line(part))
        else:
            parts.append(definition_link(part) if part in names else tag("code", line(part)))
    return Html("".join(parts))

"""What each metric of the catalogue means: on the terminal, and as the reference part of docs/metrics.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from swe_agent.metrics.catalogue import Metric
from swe_agent.ui.console import line


def _facts(metric: Metric) -> Iterable[tuple[str, str]]:
    yield "numerator", metric.numerator
    yield "denominator", metric.denominator
    yield "window", metric.window
    yield "left out", metric.exclusions
    yield "source", metric.source
    yield "unit", metric.units
    yield "95 % interval", metric.interval or "none"
    yield "cut by", ", ".join(sorted(metric.cuts)) or "nothing"


def definitions(metrics: Sequence[Metric]) -> RenderableType:
    parts: list[Text] = []
    for metric in metrics:
        parts += [line(metric.name, "bold") + line(f"  {metric.title}"), line(metric.question)]
        parts += [line(f"  {name}: ", "dim") + line(said) for name, said in _facts(metric)]
        parts.append(Text())
    return Group(*parts[:-1])


def definitions_in_markdown(metrics: Sequence[Metric]) -> str:
    """A heading for each metric, and its definition as a list."""
    sections = (
        f"## `{metric.name}`: {metric.title}\n\n{metric.question}\n\n"
        + "".join(f"- **{name}**: {said}\n" for name, said in _facts(metric))
        for metric in metrics
    )
    return "\n".join(sections)

"""What is accepted: by language and by model, by model and kind of task, and why blocks are rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from swe_agent.metrics.interval import Estimate
from swe_agent.metrics.overview import Rate
from swe_agent.metrics.report import Report, Square
from swe_agent.ui.html_markup import Html, line, tag
from swe_agent.ui.stats_html.parts import ROWS, SCALE, bar, interval, nothing, section, share_cells, table
from swe_agent.ui.stats_words import bounds, count, percent, without_provider

LEVELS = 10
"""Of the colours of the map."""
REASONS = 12
"""That are shown; the rest are one row."""


def accepted_section(report: Report) -> Html:
    view = report.overview
    rate = view.accepted
    auto = f" A policy accepted {count(rate.auto)} more, which are in no share." if rate.auto else ""
    waiting = f" {count(rate.open)} are open." if rate.open else ""
    parts = [_forest("language", view.languages), _forest("model", view.models)]
    if not view.languages:
        parts = [nothing("No block is decided yet.")]
    said = f"Of the blocks that people were to decide, the share they accepted and kept.{auto}{waiting}"
    names = ("acceptance.block", "acceptance.strict", "acceptance.decided", "acceptance.line", "acceptance.proposal")
    return section("accepted", "What do we accept?", said, parts, metrics=names)


def _forest(kind: str, rates: Sequence[Rate]) -> Html:
    shown = rates[:ROWS]
    names = [rate.group for rate in rates]
    rows = [[line(without_provider(rate.group, names)), interval(rate.blocks), *_cells(rate.blocks)] for rate in shown]
    head = [kind, SCALE, "accepted", "95 % interval", "blocks"]
    made = table(head, rows, caption=f"Blocks accepted, by {kind}", class_="figures plotted")
    if len(rates) == len(shown):
        return made
    rest = sum(rate.blocks.n for rate in rates[ROWS:])
    return Html(made + nothing(f"And {len(rates) - ROWS} more, with {count(rest)} blocks."))


def _cells(one: Estimate) -> list[Html]:
    """Grey where there is not enough."""
    cells = share_cells(one)
    return [tag("span", cell, class_="few") if not one.enough else line(cell) for cell in cells]


# ---- models and kinds of task


def heat_section(report: Report) -> Html:
    said = "Blocks accepted: the more, the stronger the colour. Tasks are not alike: compare within a column."
    squares = report.squares
    parts = [_map(squares)] if squares else [nothing("No block is decided yet.")]
    return section("tasks", "Which model for which task?", said, parts, metrics=("acceptance.block",))


def _map(squares: Sequence[Square]) -> Html:
    kinds, models = Counter[str](), Counter[str]()
    for one in squares:
        kinds[one.kind] += round(one.blocks.n)
        models[one.model] += round(one.blocks.n)
    found = {(one.model, one.kind): one.blocks for one in squares}
    columns = [kind for kind, _ in kinds.most_common(8)]
    rows = []
    for model, _ in models.most_common(ROWS):
        cells = [_square(found.get((model, kind))) for kind in columns]
        rows.append(tag("tr", tag("th", line(without_provider(model, models)), scope="row"), *cells))
    heads = [tag("th", name, scope="col") for name in ("model", *columns)]
    made = tag(
        "table",
        tag("caption", "Blocks accepted, by model and kind of task"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        class_="heat",
    )
    return tag("div", made, class_="wide")


def _square(one: Estimate | None) -> Html:
    if one is None or one.value is None or one.low is None or one.high is None:
        return tag("td", "–", class_="empty")  # noqa: RUF001  # an en dash, for nothing
    n = tag("small", f"n = {count(one.n)}")
    if not one.enough:
        return tag("td", tag("span", "not enough data"), n, class_="few")
    level = min(LEVELS - 1, int(one.value * LEVELS))
    sure = tag("small", bounds(one.low, one.high))
    return tag("td", tag("b", percent(one.value)), sure, n, class_=f"h{level}")


# ---- reasons


def reasons_section(report: Report) -> Html:
    reasons = list(_most(report.reasons))
    said = "As people gave them when they rejected a block."
    if not reasons:
        return section("reasons", "Why are blocks rejected?", said, [nothing("No block was rejected yet.")])
    total, most = sum(n for _, n in reasons), max(n for _, n in reasons)
    rows = [
        [line(reason), bar(n / most, "reason", percent(n / total)), percent(n / total), count(n)]
        for reason, n in reasons
    ]
    made = table(["reason", "", "share", "blocks"], rows, caption="Rejected blocks by reason", class_="figures plotted")
    return section("reasons", "Why are blocks rejected?", said, [made], metrics=("reject_reasons",))


def _most(reasons: Sequence[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    ordered = sorted(((name, n) for name, n in reasons if n), key=lambda one: (-one[1], one[0]))
    yield from ordered[:REASONS]
    if rest := sum(n for _, n in ordered[REASONS:]):
        yield "others", rest

"""Metrics of the catalogue as text, JSON and CSV: each share with its interval, drawn and in numbers, and its n.

Rows stand in the order of their names and never by size: where intervals overlap there is no first and second. What
has too few cases is grey, and says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from swe_agent.metrics.catalogue import Measured, Row
from swe_agent.metrics.interval import Estimate, Number
from swe_agent.ui.console import line
from swe_agent.ui.plots import strip
from swe_agent.ui.stats_words import bounds, count, money, percent

STRIP = 21
"""Columns of a drawn interval, where there is room."""
LABEL = 28
"""Columns that a label takes at most."""
_LEAST = 7
"""Columns of the smallest interval that is drawn."""


def figures_screen(
    results: Sequence[Measured], cut: Sequence[str], *, since: str, left_out: Sequence[str], width: int, blocks: bool
) -> RenderableType:
    """A section for each metric, with a row for each group; without a cut, a row for each metric."""
    title = Text("by " + ", ".join(cut) if cut else "all together", style="bold")
    title.append(f"  since {since}" if since else "  since the beginning", style="dim")
    if not any(one.rows for one in results):
        return Group(title, line("nothing is recorded yet: no proposal was decided, and no model was asked", "dim"))
    parts: list[Text] = [title, Text()]
    if cut:
        for one in results:
            rows = [(_label(row), row) for row in one.rows if row.figure.n]
            if rows:
                parts += [*_heading(one, width), *_rows(rows, width, blocks), Text()]
    else:
        parts += [*_rows([(_titled(one, row), row) for one in results for row in one.rows], width, blocks), Text()]
    parts += _notes(results, cut, left_out)
    return Group(*parts)


def _heading(one: Measured, width: int) -> Iterable[Text]:
    title, question = one.metric.title, one.metric.question
    if len(title) + len(question) + 2 <= width:
        yield Text(title, style="bold") + Text(f"  {question}", style="dim")
    else:
        yield Text(title, style="bold")
        yield Text(question, style="dim")


def _label(row: Row) -> str:
    return ", ".join(part for part in (*row.group, row.of) if part)


def _titled(one: Measured, row: Row) -> str:
    if one.metric.name == "reject_reasons":
        return f"rejected: {row.of}"
    return f"{one.metric.title}, {row.of}" if row.of else one.metric.title


def _rows(rows: Sequence[tuple[str, Row]], width: int, blocks: bool) -> Iterable[Text]:
    shares = [row.figure for _, row in rows if isinstance(row.figure, Estimate)]
    words = max((len(_words(one)) for one in shares), default=0)
    cases = max((len(_cases(one)) for one in shares), default=0)
    label = min(LABEL, width - words - cases - 4, max((len(name) for name, _ in rows), default=0))
    label = max(label, 8)
    plotted = min(STRIP, width - label - words - cases - 5)
    for name, row in rows:
        style = "" if row.figure.enough else "dim"
        text = line(_short(name, label), style)
        text.pad_right(label + 2 - text.cell_len)
        if isinstance(row.figure, Estimate):
            one = row.figure
            text.append(_drawn(one, plotted, blocks) if plotted >= _LEAST else "", style)
            text.append(_words(one).ljust(words + 1), style)
            text.append(_cases(one), "dim")
        else:
            text += line(number(row.figure), style)
        yield text


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"


def _drawn(one: Estimate, width: int, blocks: bool) -> str:
    if one.value is None or one.low is None or one.high is None:
        return " " * (width + 1)
    return strip(one.low, one.value, one.high, width, blocks=blocks) + " "


def _words(one: Estimate) -> str:
    if one.value is None or one.low is None or one.high is None:
        return "     -"
    return f"{percent(one.value):>6}  {bounds(one.low, one.high)}"


def _cases(one: Estimate) -> str:
    return f"{counted(one.n, one.units)}{'' if one.enough or not one.n else ', too few'}"


def counted(n: float, units: str) -> str:
    """
    >>> counted(1, "blocks"), counted(1200, "lines")
    ('1 block', '1,200 lines')
    """
    return f"{count(n)} {units.removesuffix('s') if n == 1 else units}"


def number(one: Number) -> str:
    """With its interval, its n, and what there is to say of it."""
    few = "" if one.enough or one.value is None else ", too few"
    if one.value is None:
        return f"unknown: {one.note}" if one.note else "unknown"
    match one.unit:
        case "USD":
            return f"{money(one)}{few}" + (f"  {one.note}" if one.note else "")
        case "seconds":
            return f"{duration(one.value)}{_between(one, duration)}  {counted(one.n, 'blocks')}{few}"
        case "attempts":
            return f"{one.value:.2f}{_between(one, lambda value: f'{value:.2f}')}  {counted(one.n, 'tasks')}{few}"
        case "share":
            return f"{percent(one.value)}  {counted(one.n, 'blocks')}{few}"
        case _:
            return counted(one.value, one.unit) + (f"  {one.note}" if one.note else "")


def _between(one: Number, shown: Any) -> str:
    return "" if one.low is None or one.high is None else f"  {shown(one.low)} to {shown(one.high)}"


def duration(seconds: float) -> str:
    """
    >>> duration(41), duration(200), duration(4000), duration(200_000)
    ('41 s', '3 min', '1.1 h', '2.3 d')
    """
    for unit, size in (("d", 86_400), ("h", 3600)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"


def _notes(results: Sequence[Measured], cut: Sequence[str], left_out: Sequence[str]) -> Iterable[Text]:
    figures = [row.figure for one in results for row in one.rows]
    if any(isinstance(one, Estimate) for one in figures):
        yield line("in numbers: the share, and the interval that holds the truth in 95 of 100 cases", "dim")
    if any(one.n and not one.enough for one in figures):
        yield line("grey, too few: fewer than 50 cases or a dozen proposals; no conclusion holds", "dim")
    if cut and not _told_apart(results):
        yield line("the intervals overlap: this is no ranking", "dim")
    if left_out:
        yield line(f"cannot be cut by {', '.join(cut)}: {', '.join(left_out)}", "dim")


def _told_apart(results: Sequence[Measured]) -> bool:
    """Whether any two groups of the first metric differ for sure; also where there is nothing to rank."""
    shares = [row.figure for one in results[:1] for row in one.rows if isinstance(row.figure, Estimate)]
    ends = [(one.low, one.high) for one in shares if one.enough and one.low is not None and one.high is not None]
    return len(ends) < 2 or max(low for low, _ in ends) > min(high for _, high in ends)


def as_json(results: Sequence[Measured], question: str, cut: Sequence[str], since: str) -> dict[str, Any]:
    """Fields of the answer `Metrics`."""
    return {
        "question": question,
        "by": list(cut),
        "since": since,
        "metrics": [
            {
                "name": one.metric.name,
                "title": one.metric.title,
                "units": one.metric.units,
                "rows": [{"group": list(row.group), "of": row.of, **figure_fields(row.figure)} for row in one.rows],
            }
            for one in results
        ],
    }


def _whole(number: float) -> float:
    """Without a point where it is a count: only weighted sums are none."""
    return int(number) if float(number).is_integer() else number


def figure_fields(figure: Estimate | Number) -> dict[str, Any]:
    estimate = isinstance(figure, Estimate)
    return {
        "value": figure.value,
        "interval": None if figure.low is None else [figure.low, figure.high],
        "n": _whole(figure.n),
        "hits": _whole(figure.hits) if isinstance(figure, Estimate) else None,
        "clusters": figure.clusters if isinstance(figure, Estimate) else None,
        "unit": figure.units if isinstance(figure, Estimate) else figure.unit,
        "kind": "share" if estimate else "number",
        "method": figure.method if isinstance(figure, Estimate) else "",
        "enough": figure.enough,
        "note": "" if isinstance(figure, Estimate) else figure.note,
    }


def as_csv(results: Sequence[Measured], cut: Sequence[str]) -> str:
    """One line a row, with a heading; numbers in full, so that nothing is lost."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["metric", *cut, "of", "value", "low", "high", "hits", "n", "clusters", "unit", "enough", "note"])
    for one in results:
        for row in one.rows:
            of = figure_fields(row.figure)
            low, high = of["interval"] or (None, None)
            names = [*map(csv_text, row.group), csv_text(row.of)]
            writer.writerow(
                [one.metric.name, *names, of["value"], low, high]
                + [of[name] for name in ("hits", "n", "clusters", "unit")]
                + [str(of["enough"]).lower(), of["note"]]
            )
    return out.getvalue()


def csv_text(text: str) -> str:
    """A spreadsheet takes what begins like this for a formula, and runs it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text

"""`stats survival` and `stats share` for a person: curves, bars and tables that read without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.text import Text

from swe_agent.metrics.catalogue import Row
from swe_agent.metrics.interval import Estimate
from swe_agent.metrics.lifetimes import Lifetimes
from swe_agent.metrics.relative import Relative
from swe_agent.metrics.share import CLASSES, Shares
from swe_agent.metrics.survival import HORIZONS, Death, Fate
from swe_agent.ui.console import line
from swe_agent.ui.plots import Series, curves, stacked
from swe_agent.ui.stats_screen import LINE_CLASSES, TOO_FEW
from swe_agent.ui.stats_words import bounds, count, percent, times, too_few, without_provider

FATE_NAMES: Mapping[Fate, str] = {
    "ai": "by AI",
    "unchanged": "  as written",
    "human": "by people",
    "unknown": "unknown",
}
_DRAWN: Mapping[Fate, tuple[str, tuple[int, int], str]] = {
    "ai": ("A", (1, 0), "blue"),
    "unchanged": ("w", (4, 2), "cyan"),
    "human": ("h", (6, 3), "yellow"),
    "unknown": ("?", (1, 3), ""),
}
"""Letter, dots drawn and left out, and style."""


def survival_screen(found: Lifetimes, width: int, *, blocks: bool) -> RenderableType:
    if not any(one.n for estimates in found.shares.values() for one in estimates):
        return line("no line that landed since the records begin is a day old", "dim")
    shares = [(FATE_NAMES[fate], found.shares[fate]) for fate in FATE_NAMES]
    curve = _curves(found, width, blocks=blocks)
    return Group(
        *([curve, Text()] if curve else []),
        survival_table(shares, "alive after", width, blocks=blocks),
        *_relative(found.compared, width, blocks=blocks),
        Text(),
        causes_table(found.deaths, width),
        *_footnote([one for estimates in found.shares.values() for one in estimates]),
    )


def survival_groups(rows: Sequence[Row], cut: Sequence[str], width: int, *, blocks: bool) -> RenderableType:
    """AI lines group by group, and then as they were written."""
    heading = ", ".join(cut)
    alive, written = by_fate(rows, "ai"), by_fate(rows, "unchanged")
    if not alive:
        return line("no line by AI that landed since the records begin is a day old", "dim")
    return Group(
        line("lines by AI that are alive", "bold"),
        survival_table(alive, heading, width, blocks=blocks),
        Text(),
        line("…and as they were written", "bold"),
        survival_table(written, heading, width, blocks=blocks),
        *_footnote([one for _, estimates in (*alive, *written) for one in estimates]),
    )


def _footnote(estimates: Iterable[Estimate]) -> Iterable[Text]:
    if any(one.n and not one.enough for one in estimates):
        yield Text()
        yield line("(in brackets): not enough data; fewer than 50 lines, or of too few commits", "dim")


def _curves(found: Lifetimes, width: int, *, blocks: bool) -> RenderableType | None:
    """Kaplan and Meier's curves, as far as enough lines were seen."""
    series = []
    for fate, points in found.curves.items():
        seen = [(point.days, point.alive.value) for point in points if point.alive.value is not None]
        letter, dash, style = _DRAWN[fate]
        if len(seen) > 1:
            name = FATE_NAMES[fate].strip()
            series.append(Series(name=name, letter=letter, points=seen, dash=dash, style=style))
    if not series:
        return None
    return Group(
        line("lines alive, by days since they landed", "bold"), *curves(series, found.end, width, 12, blocks=blocks)
    )


def share_screen(*, head: Sequence[Shares], added: Sequence[Shares], heading: str, width: int) -> RenderableType:
    if not head and not added:
        return line("nothing is recorded yet, so every line is unknown", "dim")
    cut = heading if len(head) > 1 or (head and head[0].group != "all") else ""
    return Group(
        line("at HEAD", "bold"),
        shares_table(head, cut, width),
        Text(),
        line("added since the records begin", "bold"),
        shares_table(added, heading, width),
        Text(),
        legend(),
        line("by AI, edited or not, with a 95 % interval; the four add up to all", "dim"),
    )


def survival_table(
    rows: Sequence[tuple[str, Sequence[Estimate]]], heading: str, width: int, *, blocks: bool
) -> RenderableType:
    """A row each, with its share after 1, 7, 30 and 90 days; how many lines that is of stands below."""
    name, column = _columns(width)
    head = Text(f"{heading:<{name}}"[:name] + "".join(f"{f'{days} d':<{column}}" for days in HORIZONS), style="bold")
    head.rstrip()
    parts = [head]
    for group, estimates in rows:
        label = line(without_provider(group, [one for one, _ in rows]))
        label.truncate(name - 1, overflow="ellipsis")
        for texts in zip(*(_cell(one, narrow=column < CELL, blocks=blocks) for one in estimates), strict=True):
            parts.append(_row(label, texts, name, column))
            label = Text()
    return Group(*parts)


CELL = 15
"""Columns of a share with its interval."""


def _columns(width: int) -> tuple[int, int]:
    """Of the names, and of each horizon."""
    name = 16 if width < 90 else 28
    return name, (min(width, 100) - name) // len(HORIZONS)


def _row(label: Text, cells: Iterable[Text], name: int, column: int) -> Text:
    row = label.copy()
    row.pad_right(name - row.cell_len)
    for cell in cells:
        cell.pad_right(max(1, column - cell.cell_len))
        row += cell
    row.rstrip()
    return row


def _cell(one: Estimate, *, narrow: bool, blocks: bool) -> list[Text]:
    """Two lines, or three where there is little room."""
    if one.value is None or one.low is None or one.high is None:
        return [Text("-", style="dim"), *([Text()] if narrow else []), Text()]
    share, sure = percent(one.value), _dashed(bounds(one.low, one.high), blocks=blocks)
    said = [share, sure] if narrow else [f"{share} {sure}"]
    if not one.enough:
        said = [f"({text})" for text in said]
    style = "" if one.enough else "dim"
    return [*(Text(text, style=style) for text in said), Text(f"n = {count(one.n)}", style="dim")]


def _dashed(said: str, *, blocks: bool) -> str:
    return said.replace(" to ", "–" if blocks else "-")  # noqa: RUF001  # an en dash, of a range


def _relative(found: Sequence[Relative], width: int, *, blocks: bool) -> Iterable[Text]:
    """AI lines over people's, or what there is not enough of."""
    if not any(one.ratio for one in found):
        yield Text()
        yield line(f"next to people's lines: not enough {found[0].missing}", "dim")
        return
    name, column = _columns(width)
    cells = [_dashed(times(one), blocks=blocks).replace("  ", " ") for one in found]
    if column >= CELL:
        yield _row(Text("AI / people"), map(Text, cells), name, column)
        return
    yield _row(Text("AI / people"), (Text(cell.split(" ")[0]) for cell in cells), name, column)
    yield _row(Text(), (Text(" ".join(cell.split(" ")[1:])) for cell in cells), name, column)


def causes_table(deaths: Sequence[Death], width: int) -> RenderableType:
    if not deaths:
        return line("no line has ended yet", "dim")
    names = {"ai": "by AI", "human": "by people", "unknown": "unknown"}
    causes = {"rewritten": "rewritten by a person", "rewritten by ai": "rewritten by AI", "": "unknown"}
    kinds = list(dict.fromkeys(death.kind for death in deaths))
    column = min(18, (width - 22) // len(kinds))
    rows = [Text(f"{'what they died of':<22}" + "".join(f"{names[kind]:>{column}}" for kind in kinds), style="bold")]
    for cause in dict.fromkeys(death.cause for death in deaths):
        cells = {death.kind: death for death in deaths if death.cause == cause}
        shown = "".join(f"{_death(cells[kind]) if kind in cells else '-':>{column}}" for kind in kinds)
        rows.append(Text(f"{causes.get(cause, cause):<22}{shown}"))
    return Group(*rows)


def _death(one: Death) -> str:
    return f"{count(one.lines)} {percent(one.lines / one.dead):>5}"


def shares_table(shares: Iterable[Shares], heading: str, width: int, *, named: int = 18) -> RenderableType:
    """A bar each, of the four classes of lines; the percentage is of AI lines, edited or not."""
    rows = list(shares)
    if not rows:
        return line("no lines", "dim")
    rows = [replace(row, group=without_provider(row.group, [one.group for one in rows])) for row in rows]
    name = max(len(heading), min(named, max(len(row.group) for row in rows)))
    numbers = max(len("lines"), *(len(count(row.n)) for row in rows))
    # An interval takes 19 columns; where there is not enough for one, that is said in its place.
    said = TOO_FEW if any(not row.made.enough for row in rows) and width >= 76 else 19
    bar = max(10, width - name - said - numbers - 4)
    head = f"{heading:<{name}}  {'by AI':<{said}}{'':<{bar}}  {'lines':>{numbers}}"
    return Group(Text(head, style="bold"), *(_share_row(row, (name, said, bar, numbers)) for row in rows))


def _share_row(row: Shares, widths: tuple[int, int, int, int]) -> Text:
    name, said, bar, numbers = widths
    label = line(row.group)
    label.truncate(name, overflow="ellipsis", pad=True)
    cell = _share_cell(row.made, said)
    cell.pad_right(max(0, said - cell.cell_len))
    drawn = stacked([LINE_CLASSES[kind] for kind in CLASSES], [row.of(kind).hits for kind in CLASSES], bar)
    return label + Text("  ") + cell + drawn + Text(f"  {count(row.n):>{numbers}}")


def _share_cell(one: Estimate, width: int) -> Text:
    if one.value is None or one.low is None or one.high is None:
        return Text("-", style="dim")
    if not one.enough:
        said = too_few(one)
        return Text(said if len(said) < width else f"n = {count(one.n)}", style="dim")
    return Text(f"{percent(one.value):<6} {bounds(one.low, one.high)}")


def legend() -> Text:
    return Text("  ").join(Text(f"{one.letter} {one.name}", style=one.style) for one in LINE_CLASSES.values())


def by_fate(rows: Iterable[Row], fate: Fate) -> list[tuple[str, list[Estimate]]]:
    """Rows of the metric `survival` by group, those with most lines first."""
    found: dict[str, dict[str, Estimate]] = {}
    for row in rows:
        kind, _, horizon = row.of.partition(", ")
        if kind == fate and isinstance(row.figure, Estimate):
            found.setdefault(", ".join(row.group) or "all", {})[horizon] = row.figure
    nothing = Estimate(hits=0, n=0, units="lines", clusters=0, value=None, low=None, high=None, method="", enough=False)
    listed = [(name, [cells.get(f"{days} d", nothing) for days in HORIZONS]) for name, cells in found.items()]
    return sorted(listed, key=lambda one: -max(cell.n for cell in one[1]))

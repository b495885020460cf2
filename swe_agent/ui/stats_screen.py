"""`swe-agent stats` alone: the four questions on one screen of 80 columns and 24 lines. It reads without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.text import Text

from swe_agent.core.evidence import LineKind
from swe_agent.metrics.interval import Estimate
from swe_agent.metrics.overview import Alive, Overview, Rate
from swe_agent.metrics.share import CLASSES, Shares
from swe_agent.ui.console import line
from swe_agent.ui.plots import Class, stacked, strip
from swe_agent.ui.stats_words import bounds, count, money, percent, times, too_few, whole_bounds, without_provider

GROUPS = 4
"""Languages, and models, that are shown."""
LEFT = 19
"""Columns of what the figures are of."""
STRIP = 7
"""Columns of the smallest interval that is drawn."""
TOO_FEW = 26
"""Columns that "not enough data" takes."""
SIDE_BY_SIDE = 76
"""Columns; below it models stand under languages."""
LINE_CLASSES: dict[LineKind, Class] = {
    "ai": Class(letter="A", name="by AI", style="blue"),
    "ai_edited": Class(letter="e", name="by AI, then edited", style="cyan"),
    "human": Class(letter="h", name="by people", style="yellow"),
    "unknown": Class(letter="?", name="unknown", style="dim"),
}


def stats_screen(view: Overview, *, where: str, width: int, blocks: bool) -> RenderableType:
    """`where` names the repository; `blocks` allows more than ASCII."""
    if view.is_empty:
        return _beginning()
    parts: list[Iterable[Text]] = [
        [_title(view, where, width)],
        _accepted(view, width, blocks=blocks),
        _survives(view.alive, width),
        _written(view, width),
        _cost(view),
    ]
    rows: list[Text] = []
    for part in parts:
        rows += [*([Text()] if rows else []), *part]
    return Group(*rows, line("more: `swe-agent stats` acceptance, survival, share, cost, html …", "dim"))


def _beginning() -> RenderableType:
    return Group(
        line("nothing is recorded yet: no proposal was decided, and no line is known by AI"),
        line('begin with `swe-agent run "fix: …"`; decide its blocks, and land what is good', "cyan"),
        line("or take in another tool's: `swe-agent stats ingest --decisions FILE.jsonl`", "cyan"),
    )


def _title(view: Overview, where: str, width: int) -> Text:
    since = f" since {view.since}" if view.since else ""
    said = f"{count(view.proposals)} proposal{'' if view.proposals == 1 else 's'} decided{since}"
    room = max(1, width - len(where) - len(said))
    return line(where, "bold") + Text(" " * room) + line(said, "dim")


def _question(asked: str, answer: str, *, grey: bool = False) -> Text:
    return Text(f"{asked}  ", style="bold") + line(answer, "dim" if grey else "")


# ---- what do we accept


def _accepted(view: Overview, width: int, *, blocks: bool) -> Iterable[Text]:
    rate = view.accepted
    yield _question("What do we accept?", _rate_in_words(rate), grey=not rate.blocks.enough)
    if width >= SIDE_BY_SIDE:
        left = _rates(view.languages, (width - 4) // 2, blocks=blocks)
        wide = max((row.cell_len for row in left), default=0)
        right = _rates(view.models, width - 4 - wide, blocks=blocks)
        for one, other in zip_longest(left, right):
            row = one or Text()
            row.pad_right(wide + 2 - row.cell_len)
            yield Text("  ") + row + (other or Text())
    else:
        for some in (view.languages, view.models):
            yield from (Text("  ") + row for row in _rates(some, width - 2, blocks=blocks))


def _rate_in_words(rate: Rate) -> str:
    one = rate.blocks
    if one.value is None or one.low is None or one.high is None:
        said = "no block is decided yet"
    else:
        few = "" if one.enough else ", not enough data"
        blocks = "block" if one.n == 1 else "blocks"
        said = f"{percent(one.value)} of {count(one.n)} {blocks} ({bounds(one.low, one.high)}){few}"
    rest = [f"{count(rate.open)} open" if rate.open else "", f"{count(rate.auto)} by policy" if rate.auto else ""]
    return ", ".join(part for part in (said, *rest) if part)


def _rates(rates: Sequence[Rate], width: int, *, blocks: bool) -> list[Text]:
    shown = rates[:GROUPS] if len(rates) <= GROUPS else rates[: GROUPS - 1]
    names = [without_provider(rate.group, [one.group for one in rates]) for rate in shown]
    numbers = max((len(count(rate.blocks.n)) for rate in shown), default=0)
    room = width - numbers - 13  # after a percentage and its bounds
    if any(not rate.blocks.enough for rate in shown):
        room = min(room, width - TOO_FEW)
    name = max(8, min(room, max(map(len, names), default=0)))
    plotted = room - name - 1
    rows = [
        _rate(rate, label, (name, min(16, plotted) if plotted >= STRIP else 0, numbers), blocks=blocks)
        for rate, label in zip(shown, names, strict=True)
    ]
    if len(rates) > len(shown):
        rest = sum(rate.blocks.n for rate in rates[len(shown) :])
        rows.append(line(f"and {len(rates) - len(shown)} more, {count(rest)} blocks", "dim"))
    return rows


def _rate(rate: Rate, name: str, widths: tuple[int, int, int], *, blocks: bool) -> Text:
    one, (wide, plotted, numbers) = rate.blocks, widths
    label = line(name)
    label.truncate(wide, overflow="ellipsis", pad=True)
    if one.value is None or one.low is None or one.high is None or not one.enough:
        label.stylize("dim")
        return label + line(f" {too_few(one)}", "dim")
    sure = whole_bounds(one.low, one.high, "–" if blocks else "-")  # noqa: RUF001  # an en dash, of a range
    row = label + Text(f" {percent(one.value):>4} ") + Text(f"{sure:<6}", style="dim")
    if plotted:
        row += Text(strip(one.low, one.value, one.high, plotted, blocks=blocks) + " ", style="cyan")
    return row + Text(f"{count(one.n):>{numbers}}")


# ---- does it survive


def _survives(alive: Sequence[Alive], width: int) -> Iterable[Text]:
    column = min(26, (width - LEFT) // len(alive))
    columns = "".join(f"{f'{one.days} days':<{column}}" for one in alive)
    yield Text(f"{'Does it survive?':<{LEFT}}", style="bold") + Text(columns.rstrip(), style="dim")
    if not any(one.ai.n for one in alive):
        yield line(f"  no line by AI landed {min(one.days for one in alive)} days ago", "dim")
        return
    yield _line("by AI", [one.ai for one in alive], column)
    yield _line("  as written", [one.unchanged for one in alive], column)
    yield _line("by people", [one.human for one in alive], column)
    ratios = [one.relative for one in alive]
    if any(one.ratio for one in ratios):
        cells = "".join(f"{times(one):<{column}}" for one in ratios)
        yield _label("AI / people") + Text(cells.rstrip())
    else:
        said = line(f"not enough {ratios[-1].missing}", "dim")
        said.truncate(max(20, width - LEFT), overflow="ellipsis")
        yield _label("AI / people") + said


def _label(name: str) -> Text:
    return Text(f"  {name:<{LEFT - 2}}")


def _line(name: str, estimates: Sequence[Estimate], column: int) -> Text:
    row = _label(name)
    for one in estimates:
        if one.value is None or one.low is None or one.high is None:
            cell = Text("-", style="dim")
        elif one.enough:
            cell = Text(f"{percent(one.value):<6} {bounds(one.low, one.high)}")
        else:
            said = too_few(one)
            cell = Text(said if len(said) < column else f"too few (n = {count(one.n)})", style="dim")
        cell.pad_right(max(0, column - cell.cell_len))
        row += cell
    row.rstrip()
    return row


# ---- how much did AI write


def _written(view: Overview, width: int) -> Iterable[Text]:
    yield Text("How much of the code did AI write?", style="bold")
    for name, one in (("at HEAD", view.head), ("of added lines", view.added)):
        yield _shares(name, one, width)
    yield Text(" " * (LEFT if width >= SIDE_BY_SIDE else 2)) + Text("  ").join(
        Text(f"{one.letter} {one.name}", style=one.style) for one in LINE_CLASSES.values()
    )


def _shares(name: str, one: Shares | None, width: int) -> Text:
    if one is None or one.made.value is None or one.made.low is None or one.made.high is None:
        return _label(name) + Text("no lines yet", style="dim")
    if not one.made.enough:
        said = Text(too_few(one.made), style="dim")
    else:
        said = Text(f"{percent(one.made.value):<6} {bounds(one.made.low, one.made.high)}")
    said.pad_right(max(0, 16 - said.cell_len))
    n = f" {count(one.n)}"
    room = width - LEFT - said.cell_len - 1 - len(n)
    parts = [one.of(kind).hits for kind in CLASSES]
    bar = stacked([LINE_CLASSES[kind] for kind in CLASSES], parts, max(10, min(34, room)))
    return _label(name) + said + Text(" ") + bar + Text(n)


# ---- what did a surviving line cost


def _cost(view: Overview) -> Iterable[Text]:
    yield Text("What did a surviving line cost?", style="bold")
    for name, one in (("alive after 30 d", view.cost), ("an accepted one", view.cost_accepted)):
        grey = one.value is None or not one.enough
        said = money(one) if one.enough or one.value is None else f"{money(one)}  {too_few(one)}"
        n = f"  n = {count(one.n)}" if one.value is not None and one.enough else ""
        yield _label(name) + line(said + n, "dim" if grey else "")

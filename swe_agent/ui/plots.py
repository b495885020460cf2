"""Plots of text: intervals on a line, stacked bars, curves.

All of them read without colour, and each has a form in plain ASCII for terminals and pipes that can show no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.text import Text

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of the eight dots of a Braille character, by row and column."""
_BRAILLE = 0x2800
HALF = 0.55
"""Where no curve falls below it, the lower half of the scale is left out."""


def draws_blocks(encoding: str, term: str) -> bool:
    """Whether more than ASCII can be shown: the encoding of the output, and what TERM says."""
    return encoding.lower().replace("-", "").startswith("utf") and term != "dumb"


def strip(low: float, value: float, high: float, width: int, *, blocks: bool = True) -> str:
    """A share and its interval on a line from 0 to 1, of `width` characters.

    >>> strip(0.2, 0.5, 0.8, 11)
    '··├──●──┤··'
    >>> strip(0.2, 0.5, 0.8, 11, blocks=False)
    '..|--o--|..'
    """
    empty, left, line, middle, right = "·├─●┤" if blocks else ".|-o|"
    places = [min(width - 1, max(0, round(share * (width - 1)))) for share in (low, value, high)]
    drawn = [empty] * width
    drawn[places[0] : places[2] + 1] = line * (places[2] - places[0] + 1)
    drawn[places[0]], drawn[places[2]] = left, right
    drawn[places[1]] = middle
    return "".join(drawn)


def bar(share: float, width: int, *, blocks: bool = True) -> str:
    """A plain bar, in eighths of a character where there are such.

    >>> bar(0.5, 8), bar(0.53, 8), bar(0.53, 8, blocks=False), bar(0.001, 8)
    ('████', '████▎', '####', '▏')
    """
    if not blocks:
        return "#" * max(round(share * width), int(share > 0))
    eighths = max(round(share * width * 8), int(share > 0))
    return "█" * (eighths // 8) + "▏▎▍▌▋▊▉"[eighths % 8 - 1 : eighths % 8 or 0]


def apportioned(parts: Sequence[float], width: int) -> list[int]:
    """How many of `width` characters each part gets: its share, rounded so that they add up (largest remainders), and
    at least one where there is something at all and room for it.

    >>> apportioned([90, 9, 1, 0], 20)
    [18, 1, 1, 0]
    """
    total = sum(parts)
    if not total or not width:
        return [0] * len(parts)
    exact = [part * width / total for part in parts]
    given = [max(math.floor(one), int(part > 0)) for one, part in zip(exact, parts, strict=True)]
    while sum(given) < width:
        given[max(range(len(parts)), key=lambda at: exact[at] - given[at])] += 1
    while sum(given) > width:
        # Taken from who has most to spare; where all that is left is one each, from the smallest.
        given[max(range(len(parts)), key=lambda at: (given[at] > 1, given[at] > 0, given[at] - exact[at]))] -= 1
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """Of a stacked bar. Its letter tells it from the others, and a style may help."""

    letter: str
    name: str
    style: str = ""


def stacked(classes: Sequence[Class], parts: Sequence[float], width: int) -> Text:
    """One bar of letters, as long as `width`."""
    text = Text()
    for one, count in zip(classes, apportioned(parts, width), strict=True):
        text.append(one.letter * count, style=one.style)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Steps of a curve over time, as (x, share) in rising order. `dash` is how many dots are drawn and how many left
    out; `letter` draws it where there is only ASCII."""

    name: str
    letter: str
    points: Sequence[tuple[float, float]]
    dash: tuple[int, int] = (1, 0)
    style: str = ""


def curves(series: Sequence[Series], end: float, width: int, height: int, *, blocks: bool = True) -> list[Text]:
    """Curves from 0 to `end`, with a scale on the left that ends at 0 % or at 50 %, and names where the curves end."""
    left, right = 6, max((len(one.name) for one in series), default=0) + 3
    columns = max(10, width - left - right)
    lowest = min((share for one in series for _, share in one.points), default=0.0)
    floor = 0.5 if lowest >= HALF else 0.0
    canvas = (_Braille if blocks else _Letters)(columns, height)
    drawn = [replace(one, points=[(x, (y - floor) / (1 - floor)) for x, y in one.points]) for one in series]
    for one in drawn:
        canvas.draw(one, end)
    labels = _labels(drawn, height)
    rows = []
    for row in range(height):
        share = 1 - row / (height - 1) * (1 - floor)
        marked = row in (0, (height - 1) / 2, height - 1)
        scale = f"{share * 100:3.0f}% " if marked else "     "
        axis = ("┤" if marked else "│") if blocks else ("+" if marked else "|")
        text = Text(f"{scale}{axis}", style="dim") + canvas.row(row)
        if row in labels:
            text += Text(" ") + labels[row]
        rows.append(text)
    return [*rows, *_days(end, columns, left - 1, blocks=blocks)]


_STEPS = (1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365)


def ticks(end: float) -> list[int]:
    """Days to mark on an axis that ends there: at most seven of them.

    >>> ticks(90), ticks(259), ticks(6)
    ([0, 14, 28, 42, 56, 70, 84], [0, 60, 120, 180, 240], [0, 1, 2, 3, 4, 5, 6])
    """
    step = next((step for step in _STEPS if end / step < 7), 365)
    return list(range(0, int(end) + 1, step))


def _days(end: float, columns: int, left: int, *, blocks: bool) -> list[Text]:
    """The axis below."""
    places = {round(days / end * (columns - 1)) if end else 0: days for days in ticks(end)}
    rule = "".join(("┬" if blocks else "+") if at in places else ("─" if blocks else "-") for at in range(columns))
    numbers = [" "] * (columns + 6)
    for at, days in places.items():
        label = f"{days} d" if days == max(places.values()) else str(days)
        numbers[at : at + len(label)] = label
    corner = "└" if blocks else "+"
    return [
        Text(" " * left + corner + rule, style="dim"),
        Text(" " * (left + 1) + "".join(numbers).rstrip(), style="dim"),
    ]


def _labels(series: Sequence[Series], height: int) -> dict[int, Text]:
    """Names by row, as near as they come to the ends of their curves."""
    free = set(range(height))
    found: dict[int, Text] = {}
    for one in sorted((one for one in series if one.points), key=lambda one: -one.points[-1][1]):
        wanted = round((1 - one.points[-1][1]) * (height - 1))
        if not free:
            break
        row = min(free, key=lambda at: (abs(at - wanted), -at))
        free.discard(row)
        found[row] = Text(one.name, style=one.style)
    return found


def _at(points: Sequence[tuple[float, float]], x: float) -> float | None:
    """The height of the steps at x; None after the end and before the beginning."""
    below = [share for at, share in points if at <= x]
    return below[-1] if below and x <= points[-1][0] + 1e-9 else None


class _Braille:
    """Eight dots a character."""

    def __init__(self, columns: int, height: int) -> None:
        self._columns, self._height = columns, height
        self._cells = [[0] * columns for _ in range(height)]
        self._styles = [[""] * columns for _ in range(height)]

    def draw(self, series: Series, end: float) -> None:
        wide, high, drawn = self._columns * 2, self._height * 4, sum(series.dash)
        before: int | None = None
        for x in range(wide):
            share = _at(series.points, end * x / (wide - 1))
            if share is None:
                continue
            y = round((1 - share) * (high - 1))
            # A fall is a line from step to step.
            for dot in range(y, y + 1) if before is None else range(min(before, y), max(before, y) + 1):
                if x % drawn < series.dash[0] or dot != y:
                    self._cells[dot // 4][x // 2] |= _DOTS[dot % 4][x % 2]
                    self._styles[dot // 4][x // 2] = series.style
            before = y

    def row(self, number: int) -> Text:
        text = Text()
        for cell, style in zip(self._cells[number], self._styles[number], strict=True):
            text.append(chr(_BRAILLE + cell) if cell else " ", style=style)
        return text


class _Letters:
    """One letter a column; where several curves meet, a star."""

    def __init__(self, columns: int, height: int) -> None:
        self._columns, self._height = columns, height
        self._cells = [[" "] * columns for _ in range(height)]

    def draw(self, series: Series, end: float) -> None:
        for x in range(self._columns):
            share = _at(series.points, end * x / (self._columns - 1))
            if share is not None:
                y = round((1 - share) * (self._height - 1))
                self._cells[y][x] = series.letter if self._cells[y][x] == " " else "*"

    def row(self, number: int) -> Text:
        return Text("".join(self._cells[number]))

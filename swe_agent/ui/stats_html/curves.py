"""Kaplan and Meier's curves as a drawing: with bands, dashes and names, so that it needs no colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swe_agent.metrics.lifetimes import Lifetimes
from swe_agent.metrics.survival import Fate, Point
from swe_agent.ui.html_markup import Html, tag
from swe_agent.ui.plots import ticks
from swe_agent.ui.stats_html.parts import rule, short
from swe_agent.ui.stats_words import percent

WIDE, HIGH = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 66, 122, 14, 48
LINE = 22
"""Between two names; letters grow to that on narrow screens."""
NAMES: Mapping[Fate, str] = {"ai": "by AI", "unchanged": "as written", "human": "by people", "unknown": "unknown"}
BANDS: tuple[Fate, ...] = ("human", "ai")
"""Drawn with their intervals; more would hide each other."""


def curves_drawing(found: Lifetimes) -> Html | None:
    """None where no curve has two points."""
    shown = {fate: points for fate, points in found.curves.items() if len(points) > 1}
    if not shown or not found.end:
        return None
    frame = _Frame(found.end, _floor(shown))
    said = "; ".join(
        f"{NAMES[fate]}: {percent(points[-1].alive.value or 0)} alive after {points[-1].days:.0f} days"
        for fate, points in shown.items()
    )
    parts = [
        tag("title", "Lines alive, by days since they landed", id="curves-title"),
        tag("desc", said, id="curves-said"),
        *frame.axes(),
        *(frame.band(fate, shown[fate]) for fate in BANDS if fate in shown),
        *(frame.curve(fate, points) for fate, points in reversed(shown.items())),
        *frame.names(shown),
    ]
    box = {"viewBox": f"0 0 {WIDE} {HIGH}", "aria-labelledby": "curves-title curves-said"}
    return tag("svg", *parts, class_="curves", role="img", **box)


def _floor(shown: Mapping[Fate, Sequence[Point]]) -> float:
    """The lower half of the scale is left out where nothing is there, bands included."""
    lows = [point.alive.low or 0.0 for fate, points in shown.items() for point in points if fate in BANDS]
    values = [point.alive.value or 0.0 for points in shown.values() for point in points]
    return 0.5 if min([*lows, *values]) >= 0.5 else 0.0


class _Frame:
    """From days and shares to places in the drawing."""

    def __init__(self, end: float, floor: float) -> None:
        self._end, self._floor = end, floor

    def x(self, days: float) -> float:
        return LEFT + days / self._end * (WIDE - LEFT - RIGHT)

    def y(self, share: float) -> float:
        return TOP + (1 - max(0.0, share - self._floor) / (1 - self._floor)) * (HIGH - TOP - BOTTOM)

    def axes(self) -> list[Html]:
        parts = []
        for number in range(5):
            share = self._floor + (1 - self._floor) * number / 4
            y = self.y(share)
            parts.append(rule(LEFT, y, WIDE - RIGHT, y, "grid"))
            if number % 2 == 0:
                parts.append(_text(LEFT - 8, y, percent(share), "end"))
        days = ticks(self._end)
        for place, day in enumerate(days):
            x = self.x(day)
            parts.append(rule(x, HIGH - BOTTOM, x, HIGH - BOTTOM + 5, "axis"))
            # Every second one is left out where letters are large.
            label = f"{day} days" if day == days[-1] else str(day)
            parts.append(_text(x, HIGH - BOTTOM + 21, label, "middle", "odd" if (len(days) - 1 - place) % 2 else ""))
        return [*parts, rule(LEFT, HIGH - BOTTOM, WIDE - RIGHT, HIGH - BOTTOM, "axis")]

    def curve(self, fate: Fate, points: Sequence[Point]) -> Html:
        return tag("path", d=self._steps([(one.days, one.alive.value or 0.0) for one in points]), class_=f"line {fate}")

    def band(self, fate: Fate, points: Sequence[Point]) -> Html:
        low = [(one.days, one.alive.low or 0.0) for one in points]
        high = [(one.days, 1.0 if one.alive.high is None else one.alive.high) for one in points]
        back = "".join(f"L{short(x)} {short(y)}" for x, y in reversed(self._corners(low)))
        return tag("path", d=f"{self._steps(high)}{back}Z", class_=f"band {fate}")

    def _corners(self, steps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        corners = []
        before: float | None = None
        for days, share in steps:
            x, y = self.x(days), self.y(share)
            if before is not None and before != y:
                corners.append((x, before))
            corners.append((x, y))
            before = y
        return corners

    def _steps(self, steps: Sequence[tuple[float, float]]) -> str:
        (x, y), *rest = self._corners(steps)
        return f"M{short(x)} {short(y)}" + "".join(f"L{short(x)} {short(y)}" for x, y in rest)

    def names(self, shown: Mapping[Fate, Sequence[Point]]) -> list[Html]:
        """Beside the ends of their curves, and apart from each other; a curve that ends early is led to its name."""
        ends = sorted(((self.y(points[-1].alive.value or 0.0), fate) for fate, points in shown.items()))
        places: list[float] = []
        for y, _ in ends:
            places.append(max(y, places[-1] + LINE) if places else y)
        below = max(0.0, places[-1] - (HIGH - BOTTOM))
        parts = []
        for place, (y, fate) in zip(places, ends, strict=True):
            x = self.x(shown[fate][-1].days)
            parts.append(rule(x, y, WIDE - RIGHT + 8, place - below, f"lead {fate}"))
            parts.append(_text(WIDE - RIGHT + 12, place - below, NAMES[fate], "start", f"name {fate}"))
        return parts


def _text(x: float, y: float, said: str, anchor: str, class_: str = "") -> Html:
    where = {"x": short(x), "y": short(y), "text-anchor": anchor, "dominant-baseline": "middle"}
    return tag("text", said, class_=class_, **where) if class_ else tag("text", said, **where)

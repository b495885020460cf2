"""Share of added lines by month, as columns; and of the lines at HEAD, as one bar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from swe_agent.core.evidence import LineKind
from swe_agent.metrics.share import CLASSES, Shares
from swe_agent.ui.html_markup import Html, tag
from swe_agent.ui.stats_html.parts import drawing, part, rect, rule, short
from swe_agent.ui.stats_words import percent

WIDE, HIGH = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 66, 8, 26, 46
WIDEST = 72
CLASS_NAMES: dict[LineKind, str] = {
    "ai": "by AI",
    "ai_edited": "by AI, then edited",
    "human": "by people",
    "unknown": "unknown",
}
# Slanting lines tell the unknown from the rest without colours.
PATTERNS = Html(
    '<svg class="patterns" aria-hidden="true"><defs>'
    '<pattern id="slanted" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="ground"></rect><rect width="2" height="6" class="stripe"></rect></pattern>'
    "</defs></svg>"
)


def legend() -> Html:
    items = [
        tag("li", drawing(part(0, 1, f"fill {kind}"), label="", class_="swatch"), CLASS_NAMES[kind]) for kind in CLASSES
    ]
    return tag("ul", *items, class_="legend")


def stack(one: Shares, label: str) -> Html:
    """One bar of the four classes."""
    shapes, at = [], 0.0
    for kind in CLASSES:
        width = one.of(kind).hits / one.n if one.n else 0.0
        if width:
            shapes.append(part(at, width, f"fill {kind}"))
        at += width
    return drawing(*shapes, label=label, class_="bar stack")


def months_drawing(months: Sequence[Shares]) -> Html:
    """A column each; none for a month in which nothing was added. The whisker is the interval of what AI wrote, edited
    or not."""
    found = {one.group: one for one in months}
    every_month = _between(months[0].group, months[-1].group)
    step = (WIDE - LEFT - RIGHT) / max(len(every_month), 6)
    width = min(WIDEST, step * 0.78)
    parts = [
        tag("title", "Share of added lines by month", id="months-title"),
        tag("desc", _said(months), id="months-said"),
        *_scale(),
    ]
    for place, name in enumerate(every_month):
        if name in found:
            parts += _column(found[name], LEFT + step * (place + 0.5), width, numbered=step >= 34)
    every = 1 if step >= 34 else 2 if step >= 20 else 3
    parts += [
        _label(name, LEFT + step * (place + 0.5), first=place == 0, odd=(place // every) % 2 == 1)
        for place, name in enumerate(every_month)
        if place % every == 0
    ]
    box = {"viewBox": f"0 0 {WIDE} {HIGH}", "aria-labelledby": "months-title months-said"}
    return tag("svg", *parts, class_="months", role="img", **box)


def _between(first: str, last: str) -> list[str]:
    """
    >>> _between("2025-11", "2026-02")
    ['2025-11', '2025-12', '2026-01', '2026-02']
    """
    ends = [12 * int(month[:4]) + int(month[5:]) - 1 for month in (first, last)]
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(ends[0], ends[1] + 1)]


def _said(months: Sequence[Shares]) -> str:
    return "; ".join(f"{one.group}: {percent(one.made.value or 0)} by AI of {one.n:,} lines" for one in months)


def _y(share: float) -> float:
    return TOP + (1 - share) * (HIGH - TOP - BOTTOM)


def _scale() -> list[Html]:
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(rule(LEFT, _y(share), WIDE - RIGHT, _y(share), "grid"))
        if share in (0, 0.5, 1):
            where = {"text-anchor": "end", "dominant-baseline": "middle"}
            parts.append(tag("text", percent(share), x=short(LEFT - 8), y=short(_y(share)), **where))
    return parts


def _column(one: Shares, middle: float, width: float, *, numbered: bool) -> list[Html]:
    few = "" if one.made.enough else " few"
    left, at, parts = middle - width / 2, 0.0, []
    for kind in CLASSES:
        share = one.of(kind).hits / one.n if one.n else 0.0
        if share:
            height = share * (HIGH - TOP - BOTTOM)
            parts.append(rect(left, _y(at + share), width, height, f"fill {kind}{few}"))
        at += share
    made = one.made
    if made.enough and made.low is not None and made.high is not None:
        low, high = _y(made.low), _y(made.high)
        for class_ in ("whisker under", "whisker"):
            parts.append(rule(middle, low, middle, high, class_))
            parts += [rule(middle - 4, y, middle + 4, y, class_) for y in (low, high)]
    if numbered:
        said = percent(made.value or 0) if made.enough else "few"
        where = {"text-anchor": "middle"}
        parts.append(tag("text", said, x=short(middle), y=short(TOP - 8), class_=f"top{few}", **where))
    return parts


def _label(month: str, middle: float, *, first: bool, odd: bool) -> Html:
    """The month, and below it the year where that is new. Odd ones are left out where letters are large."""
    day = date.fromisoformat(f"{month}-01")
    where = {"text-anchor": "middle"}
    class_ = {"class": "odd"} if odd else {}
    parts = [tag("text", f"{day:%b}", x=short(middle), y=short(HIGH - BOTTOM + 18), **where, **class_)]
    if first or day.month == 1:
        parts.append(tag("text", str(day.year), x=short(middle), y=short(HIGH - BOTTOM + 38), class_="year", **where))
    return Html("".join(parts))

"""Estimates and numbers in words, the same on every screen and page."""

from __future__ import annotations

from collections.abc import Iterable

from swe_agent.metrics.interval import ENOUGH_UNITS, Estimate, Number
from swe_agent.metrics.relative import Relative

_COME_FROM = {"lines": "commits", "blocks": "proposals"}


def percent(share: float) -> str:
    """Whole percents, and one more digit where that would say nothing or everything.

    >>> percent(0.634), percent(0.004), percent(0.0), percent(0.9987), percent(1.0)
    ('63 %', '0.4 %', '0 %', '99.9 %', '100 %')
    """
    if 0 < share < 0.01 or 0.99 < share < 1:
        shown = min(max(share, 0.001), 0.999)
        return f"{shown * 100:.1f} %"
    return f"{share * 100:.0f} %"


def bounds(low: float, high: float) -> str:
    """Of an interval of shares.

    >>> bounds(0.581, 0.64), bounds(0.001, 0.0044), bounds(0.968, 0.971)
    ('58 to 64', '0.1 to 0.4', '96.8 to 97.1')
    """
    if high < 0.01 or (round(low * 100) == round(high * 100) and low < high):
        return f"{low * 100:.1f} to {high * 100:.1f}".replace("100.0", "100")
    return f"{low * 100:.0f} to {high * 100:.0f}"


def whole_bounds(low: float, high: float, between: str) -> str:
    """In six columns.

    >>> whole_bounds(0.596, 0.602, "-"), whole_bounds(0.0, 1.0, "-")
    ('60-60', '0-100')
    """
    return f"{low * 100:.0f}{between}{high * 100:.0f}"


def count(n: float) -> str:
    """
    >>> count(1234.4)
    '1,234'
    """
    return f"{n:,.0f}"


def without_provider(name: str, names: Iterable[str]) -> str:
    """A model without its provider, where that leaves no two alike.

    >>> models = ["openai/gpt-5.2", "azure/gpt-5.2", "ollama/qwen3:30b"]
    >>> [without_provider(one, models) for one in models]
    ['openai/gpt-5.2', 'azure/gpt-5.2', 'qwen3:30b']
    """
    short = name.rsplit("/", 1)[-1]
    return short if sum(one.rsplit("/", 1)[-1] == short for one in names) == 1 else name


def too_few(one: Estimate | Number) -> str:
    """Of a figure that is not `enough`: how many cases there are, or that they come from too few places."""
    if isinstance(one, Estimate) and one.n >= ENOUGH_UNITS and one.units in _COME_FROM:
        return f"too few {_COME_FROM[one.units]} (n = {count(one.n)})"
    return f"not enough data (n = {count(one.n)})"


def shown(one: Estimate) -> str:
    """`61 %  58 to 64`; a dash where nothing was counted."""
    if one.value is None or one.low is None or one.high is None:
        return "-"
    return f"{percent(one.value)}  {bounds(one.low, one.high)}"


def dollars(value: float) -> str:
    """Two digits that say something; no power of ten.

    >>> dollars(12.344), dollars(0.5), dollars(0.01234), dollars(0.000056), dollars(0.0)
    ('$12.34', '$0.50', '$0.012', '$0.000056', '$0')
    """
    if not value:
        return "$0"
    if value >= 0.1:
        return f"${value:,.2f}"
    digits = 2
    while round(value, digits) * 10 ** (digits - 1) < 1 and digits < 12:
        digits += 1
    return f"${value:.{digits}f}"


def money(one: Number) -> str:
    """`$0.012  $0.010 to $0.015`, or why it is not known."""
    if one.value is None:
        return f"unknown: {one.note}" if one.note else "unknown"
    if one.low is None or one.high is None:
        return dollars(one.value)
    return f"{dollars(one.value)}  {dollars(one.low)} to {dollars(one.high)}"


def times(one: Relative) -> str:
    """`0.98  0.95 to 1.01`, or a dash where that cannot be said."""
    if one.ratio is None:
        return "-"
    high = f"{one.ratio.high:.2f}" if one.ratio.high is not None else "?"
    return f"{one.ratio.value:.2f}  {one.ratio.low:.2f} to {high}"

"""The format that a model writes its edits in: its family's first choice, until its own edits say otherwise.

An edit that is refused costs a turn and changes nothing, so what counts is the share of edits that fit. A format is
given up for the next one of the family when even the upper end of that share's interval (Wilson, 95 %) lies below what
an edit should reach, or below the lower end of another format's. Nothing is tried out: with few edits the order stands.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

GOOD = 0.9
"""Of a model's edits so many should fit; current ones reach 92 to 100 % with the format that suits them."""
LEAST = 20
"""Edits, below which nothing is concluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Edits of a model in a format, and the share's interval, from 0 to 1."""

    applied: int
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    format: str
    why: str


@cache
def _families() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    data = tomllib.loads(resources.files("swe_agent.agent").joinpath("edit_formats.toml").read_text("utf-8"))
    return tuple((re.compile(family["pattern"]), tuple(family["formats"])) for family in data["family"])


def formats_of(model: str) -> Sequence[str]:
    """The formats for a model, best first.

    >>> formats_of("openai/gpt-5")[0], formats_of("anthropic/claude-sonnet-5")[0]
    ('apply-patch', 'replace')
    """
    return next(formats for pattern, formats in _families() if pattern.search(model.lower()))


def choose(model: str, tried: Mapping[str, Tried]) -> Choice:
    """`tried` is by format, for this model."""
    order = formats_of(model)
    for format in order:
        one = tried.get(format)
        if one is None or one.n < LEAST:
            return Choice(format=format, why=_first(model, format, order, tried))
        better = [
            other for name, other in tried.items() if name != format and other.n >= LEAST and other.low > one.high
        ]
        if one.high >= GOOD and not better:
            return Choice(format=format, why=f"{_share(one)} of this model's edits in it fitted")
    best = max((format for format in order if format in tried), key=lambda format: tried[format].low)
    return Choice(format=best, why=f"{_share(tried[best])} of this model's edits in it fitted, the best of all formats")


def _first(model: str, format: str, order: Sequence[str], tried: Mapping[str, Tried]) -> str:
    given_up = [f"{name} ({_share(tried[name])} fitted)" for name in order[: order.index(format)]]
    if given_up:
        return f"after {', '.join(given_up)}"
    return f"what suits models such as {model}"


def _share(tried: Tried) -> str:
    return f"{tried.applied} of {tried.n}"

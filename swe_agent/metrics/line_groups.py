"""Which lines a figure is of: those of each group of a cut, and those that landed in the window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from swe_agent.core.evidence import Lives
from swe_agent.metrics.figures import Dimension, Figures, Group
from swe_agent.metrics.survival import seconds

LINE_CUT: frozenset[Dimension] = frozenset({"language", "model", "month"})
"""Of a line that nobody attests, or that a person wrote, the model is `none`. The month is that of its landing."""


def group_of(one: Lives, cut: Sequence[Dimension]) -> Group:
    of: dict[Dimension, str] = {
        "language": one.language or "unknown",
        "model": (one.model or "unknown") if one.kind == "ai" else "none",
        "month": one.landed_at[:7] or "before the records",
    }
    return tuple(of[dimension] for dimension in cut)


def grouped(lives: Iterable[Lives], cut: Sequence[Dimension]) -> list[tuple[Group, list[Lives]]]:
    """In the order of the groups; without a cut there is one group, of all lines, even if there are none."""
    if not cut:
        return [((), list(lives))]
    found: defaultdict[Group, list[Lives]] = defaultdict(list)
    for one in lives:
        found[group_of(one, cut)].append(one)
    return sorted(found.items())


def landed_since(figures: Figures) -> list[Lives]:
    """Lines that landed from the first day on that counts; all where there is none."""
    if not figures.since:
        return list(figures.lives)
    start = seconds(figures.since)
    return [one for one in figures.lives if one.landed_at and seconds(one.landed_at) >= start]

"""What metrics of lines share: by what they can be cut, and the lines of each group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from swe_agent.core.evidence import Lives
from swe_agent.metrics.catalogue import Cut
from swe_agent.metrics.figures import Dimension, Figures, Group
from swe_agent.metrics.survival import seconds

LINE_CUT: frozenset[Dimension] = frozenset({"language", "model", "month"})
"""Of a line that nobody attests, or that a person wrote, the model is `none`. The month is that of its landing."""
LEFT_OUT = "files that are generated, vendored, locked or minified; lines without a word or of three characters"
SOURCE = "attribution: evidence, notes and the history of the default branch (docs/attribution.md)"
BY_COMMIT = (
    "Wilson on the effective number of lines, clustered by session, or by commit where there is none; how alike lines "
    "of one cluster are is taken from the analysis of variance"
)


def group_of(one: Lives, cut: Cut) -> Group:
    of: dict[Dimension, str] = {
        "language": one.language or "unknown",
        "model": (one.model or "unknown") if one.kind == "ai" else "none",
        "month": one.landed_at[:7] or "before the records",
    }
    return tuple(of[dimension] for dimension in cut)


def grouped(lives: Iterable[Lives], cut: Cut) -> list[tuple[Group, list[Lives]]]:
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

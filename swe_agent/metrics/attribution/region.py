"""Labels for the new lines of a changed region, from the old lines that they replace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from swe_agent.metrics.attribution.align import align
from swe_agent.metrics.attribution.labels import AI, EDITED, OPEN, bare, is_ai
from swe_agent.metrics.attribution.tokens import Tokens

HALF = 0.5
LETTERS = 4
"""A line with fewer is not told by half of it."""


@dataclass(frozen=True, slots=True)
class Explained:
    """`sure`: all of the line stood there, under this label. `half`: at least half of it did, most of it so."""

    sure: int = OPEN
    half: int = OPEN


NOTHING = Explained()


def explain(
    old: Sequence[Tokens], labels: Sequence[int], new: Sequence[Tokens], weights: Sequence[int]
) -> list[Explained]:
    """For each new line what the old ones say of it."""
    return [
        _of(Counter(bare(labels[at]) for at in places if at >= 0), len(places), weight)
        for places, weight in zip(align(old, new), weights, strict=True)
    ]


def _of(tally: Counter[int], size: int, weight: int) -> Explained:
    if not tally:
        return NOTHING
    label, most = tally.most_common(1)[0]
    all_ai = all(one & (AI | EDITED) == AI for one in tally)
    none_ai = not any(is_ai(one) for one in tally)
    if tally.total() == size and (all_ai or none_ai or len(tally) == 1):
        return Explained(sure=label)
    of_agent = sum(n for one, n in tally.items() if is_ai(one))
    if of_agent >= HALF * size and weight >= LETTERS:
        return Explained(half=max((n, one) for one, n in tally.items() if is_ai(one))[1])
    if most >= HALF * size and weight >= LETTERS:
        return Explained(half=label)
    return NOTHING

"""How often printed intervals hold the truth: many made-up data sets whose truth is known.

Proposals hold 1 to 30 blocks. Whether a block is accepted depends on a rate that each proposal draws anew from a beta
distribution, so that blocks of a proposal are alike to a chosen degree (the intra-class correlation). The lines of a
block follow a log-normal distribution: most have few, some have hundreds.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from swe_agent.metrics.compare import ClusterRow, compare
from swe_agent.metrics.interval import ClusterSums, Estimate, clustered, independent

ALIKE = (0.0, 0.05, 0.1, 0.2, 0.4)
RATES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 0.95)
CLUSTERS = (12, 20, 40, 100, 400)
MOST_BLOCKS = 30
LINES = (1.5, 1.2, 2000)
"""Mean and deviation of the logarithm of a block's lines, and the most that it has."""
STRATA = {"go": 0.15, "python": 0.0, "c": -0.15}
"""How much more often a block of each language is accepted."""


@dataclass
class Tally:
    """Of the data sets of one family: how many there were, and of how many the interval held the truth."""

    held: int = 0
    n: int = 0

    @property
    def share(self) -> float:
        return self.held / self.n if self.n else math.nan


@dataclass
class Coverage:
    """By family: of rows that the program stands by, and of those that it calls too few."""

    enough: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    too_few: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def count(self, one: Estimate, truth: float, *families: str) -> None:
        assert one.low is not None
        assert one.high is not None
        for family in families:
            tally = (self.enough if one.enough else self.too_few)[family]
            tally.n += 1
            tally.held += one.low <= truth <= one.high


def rate(chance: random.Random, mean: float, alike: float) -> float:
    """Of one proposal."""
    if not alike:
        return mean
    return chance.betavariate(mean * (1 - alike) / alike, (1 - mean) * (1 - alike) / alike)


def blocks(chance: random.Random, *, short: bool) -> int:
    """Of one proposal: any number alike, or mostly few."""
    return min(MOST_BLOCKS, 1 + int(chance.expovariate(0.2))) if short else chance.randint(1, MOST_BLOCKS)


def lines(chance: random.Random) -> int:
    mean, deviation, most = LINES
    return min(most, max(1, int(math.exp(chance.gauss(mean, deviation)))))


def data_set(chance: random.Random, clusters: int, mean: float, alike: float, *, by_lines: bool) -> ClusterSums:
    short, found = chance.random() < 0.5, ClusterSums()
    for _ in range(clusters):
        accepted = rate(chance, mean, alike)
        weights = [lines(chance) if by_lines else 1 for _ in range(blocks(chance, short=short))]
        hits = sum(weight for weight in weights if chance.random() < accepted)
        found += ClusterSums.one(hits, sum(weights))
    return found


def simulate(chance: random.Random, repeats: int, *, by_lines: bool) -> Coverage:
    """`repeats` data sets of each rate, number of proposals and likeness; half as many of large ones."""
    found, unit = Coverage(), "lines" if by_lines else "blocks"
    for alike in ALIKE:
        for mean in RATES:
            for clusters in CLUSTERS:
                for _ in range(repeats if clusters < 100 else max(1, repeats // 2)):
                    one = clustered(data_set(chance, clusters, mean, alike, by_lines=by_lines), unit)
                    found.count(
                        one, mean, unit, f"{unit}, likeness {alike}", f"{unit}, share {mean}", f"{unit} of {clusters}"
                    )
    return found


def simulate_proposals(chance: random.Random, repeats: int) -> Coverage:
    """Shares of proposals, which stand each for itself."""
    found = Coverage()
    for mean in RATES:
        for n in (20, 50, 75, 100, 250, 400):
            for _ in range(repeats):
                one = independent(sum(chance.random() < mean for _ in range(n)), n, "proposals")
                found.count(one, mean, "proposals")
    return found


def arm(chance: random.Random, name: str, clusters: int, mean: float, alike: float) -> Iterator[ClusterRow]:
    """One side of a comparison, in languages where blocks are accepted more or less often."""
    for number in range(clusters):
        language = chance.choice(list(STRATA))
        accepted = rate(chance, mean + STRATA[language], alike)
        n = blocks(chance, short=False)
        hits = sum(chance.random() < accepted for _ in range(n))
        yield ClusterRow(arm=name, cluster=f"{name} {number}", stratum=language, hits=hits, n=n)


def simulate_differences(chance: random.Random, repeats: int) -> tuple[dict[str, Tally], Tally]:
    """Plain and adjusted differences; and how often a difference was claimed where there was none."""
    found: dict[str, Tally] = {"differences": Tally(), "differences, mix alike": Tally()}
    claimed = Tally()
    for _ in range(repeats):
        clusters, alike = chance.choice((20, 40, 60, 600)), chance.choice((0.0, 0.1, 0.3))
        means = chance.choice(((0.5, 0.5), (0.3, 0.3), (0.3, 0.5), (0.7, 0.5)))
        rows = [*arm(chance, "a", clusters, means[0], alike), *arm(chance, "b", clusters, means[1], alike)]
        one = compare(rows, "a", "b")
        for tally, difference in zip(found.values(), (one.plain, one.adjusted), strict=True):
            if difference.low is not None and difference.high is not None:
                tally.n += 1
                tally.held += difference.low <= means[0] - means[1] <= difference.high
        if means[0] == means[1]:
            claimed.n += 1
            claimed.held += one.verdict in ("first", "second")
    return found, claimed

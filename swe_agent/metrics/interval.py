"""Intervals for shares: of independent units, and of units that come in clusters.

The blocks of one proposal are alike: they share a model, a task and a reviewer. So many blocks of few proposals say
less than their number promises, and an interval has to be made from the proposals. `benchmarks/stats.py` holds the
intervals to their word: it simulates how often they hold the truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: 95 % lie between its negative and itself."""
ENOUGH_UNITS = 50
"""Below it an interval is too wide to act on; such rows are shown, greyed."""
ENOUGH_CLUSTERS = 10
"""Below it nobody knows how alike the units of a cluster are."""
A_DOZEN = 12
"""Clusters of even size below which a clustered interval holds the truth too often to be of use: it is far too wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`hits` of `n`, with Wilson's 95 % score interval. Without cases there is no share and no interval."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.hits, self.n) if self.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share of what was counted, with the interval that holds the truth in 95 of 100 such cases."""

    hits: float
    n: float
    units: str
    """What is counted: blocks, lines, proposals, tasks."""
    clusters: int
    """How many independent groups the units come in; as many as units where each stands for itself."""
    value: float | None
    low: float | None
    high: float | None
    method: str
    """How the interval was made, in words; empty where there is none."""
    enough: bool
    """Whether there is enough to go by. If not, the interval is printed all the same, and says how little is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A figure that is no share. `value` is None where it cannot be known, and `note` says why."""

    value: float | None
    unit: str
    """USD, tokens, seconds, attempts, blocks, lines …"""
    n: int
    """How many units it was made from."""
    low: float | None = None
    high: float | None = None
    """Of the 95 % interval, where there is one."""
    enough: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSums:
    """Of a share, what its interval needs: sums over clusters of hits h and units n. They add up."""

    clusters: int = 0
    hits: float = 0
    n: float = 0
    hits_hits: float = 0
    hits_n: float = 0
    n_n: float = 0

    @classmethod
    def one(cls, hits: float, n: float) -> ClusterSums:
        """Of a single cluster. Not whole where units are weighted, or not all of them were seen to the end.

        >>> ClusterSums.one(1, 2) + ClusterSums.one(0, 3)
        ClusterSums(clusters=2, hits=1, n=5, hits_hits=1, hits_n=2, n_n=13)
        """
        return cls(clusters=int(n > 0), hits=hits, n=n, hits_hits=hits * hits, hits_n=hits * n, n_n=n * n)

    def __add__(self, other: ClusterSums) -> ClusterSums:
        return ClusterSums(
            clusters=self.clusters + other.clusters,
            hits=self.hits + other.hits,
            n=self.n + other.n,
            hits_hits=self.hits_hits + other.hits_hits,
            hits_n=self.hits_n + other.hits_n,
            n_n=self.n_n + other.n_n,
        )

    @property
    def even_clusters(self) -> float:
        """How many clusters of one size would weigh as evenly (L. Kish, "Survey Sampling", 1965, section 8.2)."""
        return self.n * self.n / self.n_n if self.n_n else 0.0


def wilson(hits: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval (E. B. Wilson, "Probable Inference", JASA 22, 1927), without continuity correction.

    >>> low, high = wilson(8, 10)
    >>> round(low, 4), round(high, 4)
    (0.4902, 0.9433)
    """
    if not 0 <= hits <= n or n == 0:
        raise ValueError(f"{hits} of {n} is no share")
    p = hits / n
    middle = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the ends the bound is exact; floating point would miss it by a hair, and leave the share itself outside.
    return (middle - spread) / scale if hits else 0.0, (middle + spread) / scale if hits < n else 1.0


def independent(hits: int, n: int, units: str) -> Estimate:
    """A share of units that stand each for itself: proposals, tasks."""
    low, high = wilson(hits, n) if n else (None, None)
    return Estimate(
        hits=hits,
        n=n,
        units=units,
        clusters=n,
        value=hits / n if n else None,
        low=low,
        high=high,
        method="Wilson" if n else "",
        enough=n >= ENOUGH_UNITS,
    )


ALIKE = 0.2
"""How alike units of one cluster are taken to be before anything is known: an intra-class correlation. What is believed
counts as much as what one cluster shows."""
LEAST_EFFECT = 0.6
"""Of units that stand each for itself, few clusters show a design effect below 1 by chance. To raise each of those to 1
makes all intervals too wide; to follow them all the way makes some far too narrow."""


def clustered(sums: ClusterSums, units: str) -> Estimate:
    """A share of units that come in clusters: Wilson's interval on as many independent units as they are worth.

    How many that is follows from the variance of a ratio, linearised (W. G. Cochran, "Sampling Techniques", 1977,
    section 6.4), as a design effect. The place of z takes Student's t with as many degrees of freedom as there are
    clusters of even size: one less for the share itself, one more for what is believed.
    """
    if not sums.n:
        return independent(0, 0, units)
    worth = effective_n(sums)
    even = sums.even_clusters
    low, high = wilson(sums.hits / sums.n * worth, worth, student_t(max(1.0, even)))
    return Estimate(
        hits=sums.hits,
        n=sums.n,
        units=units,
        clusters=sums.clusters,
        value=sums.hits / sums.n,
        low=0.0 if sums.hits == 0 else low,
        high=1.0 if sums.hits == sums.n else high,
        method=f"Wilson on {worth:.0f} effective {units}",
        enough=sums.n >= ENOUGH_UNITS and even >= A_DOZEN,
    )


def effective_n(sums: ClusterSums) -> float:
    """How many independent units the clustered ones are worth, at least one.

    Residuals are enlarged as by the jackknife, because a large cluster pulls the share towards itself. Where nearly all
    or nothing was a hit, clusters show little of how alike their units are: what they show weighs less then, down to
    nothing where there is no variance at all.
    """
    p, even = sums.hits / sums.n, sums.even_clusters
    size = sums.n_n / sums.n  # of the cluster that a unit finds itself in
    believed = 1 + (size - 1) * ALIKE
    if even <= 1 or not 0 < sums.hits < sums.n:
        return max(1.0, sums.n / believed)
    squares = max(0.0, sums.hits_hits - 2 * p * sums.hits_n + p * p * sums.n_n)
    shown = (even / (even - 1)) ** 2 * squares / sums.n / (p * (1 - p))
    weight = sums.clusters * 4 * p * (1 - p)
    return max(1.0, sums.n / max(LEAST_EFFECT, (weight * shown + believed) / (weight + 1)))


@cache
def student_t(freedom: float) -> float:
    """The 97.5 % point of Student's t (G. W. Hill, "Algorithm 396", Communications of the ACM 13, 1970).

    >>> [round(student_t(freedom), 3) for freedom in (1, 2, 5, 30, 1000)]
    [12.706, 4.303, 2.571, 2.042, 1.962]
    """
    freedom, p = math.floor(freedom), 0.05  # of both tails; between 1 and 2 the series would be wrong
    if freedom == 1:
        return math.tan(math.pi / 2 * (1 - p))
    if freedom == 2:
        return math.sqrt(2 / (p * (2 - p)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * freedom
    y: float = (d * p) ** (2 / freedom)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(p / 2)
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = ((1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y
             - 1) * (freedom + 1) / (freedom + 2) + 1 / y  # fmt: skip
    return math.sqrt(freedom * y)

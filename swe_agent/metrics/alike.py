"""Intervals for shares of lines, which come in clusters of very unequal size and share much of their fate.

A session may bring two lines or two thousand, and where it is reverted all of them go. The variance that
`interval.clustered` takes from the clusters as they are hangs on whether one of the few large ones was among the dead:
if none was, the interval is far too narrow, just when it is far off. How alike lines of one cluster are can be told
from all clusters, small ones too; the design effect follows from that and from the sizes, whoever died.
"""

from __future__ import annotations

from collections.abc import Iterable

from swe_agent.metrics.interval import ENOUGH_CLUSTERS, ENOUGH_UNITS, Estimate, independent, student_t, wilson

LINES = "lines"
ALIKE = 0.3
"""How alike lines of one cluster are taken to be before anything is known: an intra-class correlation."""
BELIEF = 2.0
"""What is believed counts as much as what so many clusters show."""


def of_lines(counts: Iterable[tuple[float, float]]) -> Estimate:
    """Of clusters, each with its hits and its lines: Wilson's interval on as many independent lines as they are worth.

    The likeness is the intra-class correlation from the analysis of variance (A. Donner and J. J. Koval, "The
    estimation of intraclass correlation in the analysis of family data", Biometrics 36, 1980); where nearly all or
    nothing was a hit it shows little, and weighs less. The design effect is 1 + (size - 1) * likeness, with the size of
    the cluster that a line finds itself in. The place of z takes Student's t, with the number of clusters of even size.
    """
    clusters = 0
    hits = n = n_n = hits_hits_n = 0.0
    for own_hits, own in counts:
        if own:
            clusters += 1
            hits += own_hits
            n += own
            n_n += own * own
            hits_hits_n += own_hits * own_hits / own
    if not n:
        return independent(0, 0, LINES)
    p, even = hits / n, n * n / n_n
    alike = ALIKE
    if 0 < hits < n and 1 < clusters < n:
        weight = clusters * 4 * p * (1 - p)
        shown = _likeness(clusters, n, n_n, hits, hits_hits_n)
        alike = (weight * shown + BELIEF * ALIKE) / (weight + BELIEF)
    worth = n / (1 + (n_n / n - 1) * alike)
    low, high = wilson(p * worth, worth, student_t(max(1.0, even)))
    return Estimate(
        hits=hits,
        n=n,
        units=LINES,
        clusters=clusters,
        value=p,
        low=0.0 if hits == 0 else low,
        high=1.0 if hits == n else high,
        method=f"Wilson on {worth:.0f} effective {LINES}",
        enough=n >= ENOUGH_UNITS and even >= ENOUGH_CLUSTERS,
    )


def _likeness(clusters: int, n: float, n_n: float, hits: float, hits_hits_n: float) -> float:
    """Between 0 and 1; `hits_hits_n` is the sum of hits squared over lines."""
    between = (hits_hits_n - hits * hits / n) / (clusters - 1)
    within = max(0.0, (hits - hits_hits_n) / (n - clusters))
    usual = (n - n_n / n) / (clusters - 1)
    whole = between + (usual - 1) * within
    return min(1.0, max(0.0, (between - within) / whole)) if whole > 0 else 0.0

"""How long a proposal lies before a person decides."""

from __future__ import annotations

from swe_agent.metrics.catalogue import ANY_CUT, Cut, Metric, Number, Row, order
from swe_agent.metrics.figures import Cell, Figures
from swe_agent.metrics.interval import ENOUGH_CLUSTERS, ENOUGH_UNITS
from swe_agent.metrics.waits import percentile, percentile_interval

SHARES = (("p50", 0.5), ("p90", 0.9))


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    return tuple(
        Row(group=group, figure=_percentile(cell, share), of=name)
        for group, cell in sorted(figures.cells.items(), key=lambda one: order(one[0]))
        if cell.waits
        for name, share in SHARES
    )


def _percentile(cell: Cell, share: float) -> Number:
    n = sum(blocks for _, blocks in cell.waits)
    worth = cell.wait_clusters.even_clusters  # blocks of one proposal are decided in one sitting
    low, high = percentile_interval(cell.waits, share, worth)
    enough = n >= ENOUGH_UNITS and worth >= ENOUGH_CLUSTERS
    return Number(value=percentile(cell.waits, share), unit="seconds", n=n, low=low, high=high, enough=enough)


METRIC = Metric(
    name="time_to_decision",
    title="Time to decision",
    question="How long after it was shown does a person decide a block?",
    numerator="seconds from the proposal to the decision that stands: half of the blocks take less than p50, nine of "
    "ten less than p90",
    denominator="blocks that a person has decided",
    window="by the day of the first decision on the proposal",
    exclusions="undecided, superseded and expired blocks; what a policy decided; other tools' edits, of which nobody "
    "knows when they were shown",
    source="the ledger, in buckets 9 % wide",
    units="seconds",
    cuts=ANY_CUT,
    measure=measure,
    interval="percentiles at the ends of Wilson's interval of the share, with as many cases as there are proposals of "
    "even size",
)

"""What models have read and written."""

from __future__ import annotations

from swe_agent.metrics.catalogue import JOB_CUT, Cut, Metric, Number, Row, order
from swe_agent.metrics.figures import Figures


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    found: list[Row] = []
    for group, cell in sorted(figures.cells.items(), key=lambda one: order(one[0])):
        usage, calls = cell.money.usage, cell.money.calls
        kinds = (
            ("input", usage.input_tokens),
            ("cached input", usage.cached_tokens),
            ("written to the cache", usage.cache_write_tokens),
            ("output", usage.output_tokens),
        )
        if calls:
            found += (Row(group=group, figure=Number(value=k, unit="tokens", n=calls), of=of) for of, k in kinds)
    return tuple(found)


METRIC = Metric(
    name="tokens",
    title="Tokens",
    question="How much did models read and write?",
    numerator="tokens of all calls of all jobs: input paid in full, input read from a cache and written to one, output",
    denominator="none: it is a sum",
    window="jobs by the day of their first decision; without one, the day on which they expired or ended",
    exclusions="other tools' edits",
    source="the ledger; characters divided by four where a provider sends no figures",
    units="tokens",
    cuts=JOB_CUT,
    measure=measure,
)

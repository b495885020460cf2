"""How durable AI lines are next to lines of people."""

from __future__ import annotations

from swe_agent.metrics.catalogue import Cut, Metric, Number, Row
from swe_agent.metrics.catalogue._lines import LEFT_OUT, SOURCE
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.line_groups import landed_since
from swe_agent.metrics.relative import Relative, relative
from swe_agent.metrics.survival import HORIZONS, stays


def measure(figures: Figures, cut: Cut) -> tuple[Row, ...]:
    lives = landed_since(figures)
    mine, theirs = stays(lives, "ai", figures.now), stays(lives, "human", figures.now)
    return tuple(Row(group=(), figure=_number(relative(mine, theirs, days)), of=f"{days} d") for days in HORIZONS)


def _number(found: Relative) -> Number:
    if found.ratio is None:
        note = f"not enough {found.missing}"
        return Number(value=None, unit="times", n=round(found.ai.n), enough=False, note=note)
    return Number(
        value=found.ratio.value, unit="times", n=round(found.ai.n), low=found.ratio.low, high=found.ratio.high
    )


METRIC = Metric(
    name="survival.relative",
    title="AI lines next to people's",
    question="Do AI lines live as long as lines of people?",
    numerator="survival of `ai` lines, edited or not, of the months in which people's lines landed too",
    denominator="survival of `human` lines of the same repository, each month weighted by its AI lines",
    window="lines that landed at least 1, 7, 30 or 90 days ago",
    exclusions=f"{LEFT_OUT}; `unknown` lines, which are never taken for human; nothing is said where fewer than half "
    "of the AI lines have people's lines beside them",
    source=SOURCE,
    units="lines",
    cuts=frozenset(),
    measure=measure,
    interval="from the intervals of both shares, on the scale of logarithms (Zou and Donner 2008)",
    of_lines=True,
)

"""All that is shown of survival at once: curves, shares after each horizon, causes, and AI lines next to people's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swe_agent.metrics.figures import Figures
from swe_agent.metrics.interval import ENOUGH_CLUSTERS, ENOUGH_UNITS, Estimate
from swe_agent.metrics.line_groups import landed_since
from swe_agent.metrics.relative import Relative, relative
from swe_agent.metrics.survival import DAY, FATES, HORIZONS, Death, Fate, Point, Stay, causes, curve, stays, survival

LONGEST = 365
"""Days that curves are drawn for at most."""
STEPS = 60
"""Points of a curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """`curves` end where too few lines were seen for as long; `end` is the last day of any."""

    curves: Mapping[Fate, tuple[Point, ...]]
    end: float
    shares: Mapping[Fate, tuple[Estimate, ...]]
    """After each of HORIZONS."""
    compared: tuple[Relative, ...]
    """After each of HORIZONS."""
    deaths: tuple[Death, ...]


def lifetimes(figures: Figures) -> Lifetimes:
    lives = landed_since(figures)
    cohorts = {fate: stays(lives, fate, figures.now) for fate in FATES}
    days = _days(list(cohorts.values()))
    curves = {fate: _as_far_as_seen(curve(cohort, days)) for fate, cohort in cohorts.items()}
    return Lifetimes(
        curves=curves,
        end=max((points[-1].days for points in curves.values() if points), default=0.0),
        shares={fate: tuple(survival(cohort, one) for one in HORIZONS) for fate, cohort in cohorts.items()},
        compared=tuple(relative(cohorts["ai"], cohorts["human"], one) for one in HORIZONS),
        deaths=causes(lives, figures.now),
    )


def _days(cohorts: Sequence[Sequence[Stay]]) -> list[float]:
    """Whole days where there are few of them."""
    oldest = min(LONGEST, max((one.age for cohort in cohorts for one in cohort), default=0) // DAY)
    step = max(1.0, oldest / STEPS)
    return [round(step * number, 2) for number in range(int(oldest / step) + 1)]


def _as_far_as_seen(points: Sequence[Point]) -> tuple[Point, ...]:
    """Its tail is made by the last few lines, and says more than is known."""
    known = [point for point in points if point.at_risk >= ENOUGH_UNITS and point.clusters >= ENOUGH_CLUSTERS]
    return tuple(known)

"""From proposed to alive: how many lines come through, how many land in time, and what one that survives has cost."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from swe_agent.core.evidence import Lives
from swe_agent.core.usage import NANO, Cost
from swe_agent.metrics.alike import of_lines
from swe_agent.metrics.figures import Accepted, Bill, Cell
from swe_agent.metrics.interval import ENOUGH_CLUSTERS, ENOUGH_UNITS, Estimate, Number, student_t
from swe_agent.metrics.survival import DAY, seconds, stays

LANDS_WITHIN = 14
"""Days from acceptance to the default branch."""
SURVIVED = 30
"""Days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`lines` is None where this clone has no records of it: notes tell of accepted lines alone."""

    name: str
    lines: int | None


def funnel(
    cell: Cell, accepted: Sequence[Accepted], lives: Iterable[Lives], now: datetime, since: str = ""
) -> tuple[Stage, ...]:
    """Effective lines of proposals that are no longer open, and how many of them came how far. What lands is followed
    by its session, so that all stages speak of the same proposals."""
    started, until = seconds(since) if since else 0, int(now.timestamp())
    sessions = {one.session for one in accepted if seconds(one.at) >= started}
    landed = [
        one
        for one in lives
        if one.kind == "ai"
        and one.landed_at
        and started <= seconds(one.landed_at) <= until
        and (one.session in sessions or not accepted)
    ]
    alive = [one for one in landed if not one.ended_at or seconds(one.ended_at) > until]
    lines = cell.lines
    taken = lines.count("accepted_unchanged", "accepted_edited") + cell.auto_lines
    decided = taken + lines.count("rejected", "undone")
    proposed = decided + lines.count("expired")
    known = bool(proposed)
    return (
        Stage(name="proposed", lines=proposed if known else None),
        Stage(name="decided", lines=decided if known else None),
        Stage(name="accepted", lines=taken if known else None),
        Stage(name="landed", lines=sum(one.lines for one in landed)),
        Stage(name="alive", lines=sum(one.lines for one in alive)),
    )


def land(accepted: Iterable[Accepted], lives: Iterable[Lives], now: datetime) -> Estimate:
    """Of the lines that were accepted long enough ago, the share that was on the default branch in time. A session's
    lines are told apart by their language; more lines than were accepted, as after a merge, are not counted."""
    due = int(now.timestamp()) - LANDS_WITHIN * DAY
    arrived: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for one in lives:
        if one.kind == "ai" and one.landed_at:
            arrived[one.session, one.language].append((seconds(one.landed_at), one.lines))
    hits: Counter[str] = Counter()
    n: Counter[str] = Counter()
    for taken in accepted:
        if (at := seconds(taken.at)) <= due:
            candidates = arrived[taken.session, taken.language]
            in_time = sum(lines for landed, lines in candidates if landed <= at + LANDS_WITHIN * DAY)
            hits[taken.session] += min(taken.lines, in_time)
            n[taken.session] += taken.lines
    return of_lines((hits[session], n[session]) for session in n)


def cost_per_surviving_line(
    bills: Iterable[Bill], lives: Iterable[Lives], now: datetime, days: int = SURVIVED
) -> Number:
    """US dollars of all sessions that began so long ago, whatever became of them, for each of their lines that was
    still as written after so many days. Lines of other tools, whose price nobody knows, are not divided by."""
    due = int(now.timestamp()) - days * DAY
    paid: defaultdict[str, Cost] = defaultdict(Cost)
    for bill in bills:
        if seconds(bill.at) <= due:
            paid[bill.session] = paid[bill.session] + bill.cost
    lines: Counter[str] = Counter()
    for stay in stays((one for one in lives if one.session in paid), "unchanged", now):
        if stay.age >= days * DAY and not (stay.ended and stay.seen <= days * DAY):
            lines[stay.cluster] += stay.lines
    n, unit = lines.total(), "USD"
    if not paid:
        return Number(value=None, unit=unit, n=0, enough=False, note=f"no session is {days} days old")
    unpriced = sum(1 for cost in paid.values() if cost.nano_usd is None)
    if unpriced:
        note = f"the price of {unpriced} of {len(paid)} sessions is unknown"
        return Number(value=None, unit=unit, n=n, enough=False, note=note)
    if not n:
        return Number(value=None, unit=unit, n=0, enough=False, note=f"no line has survived {days} days yet")
    money = {session: (cost.nano_usd or 0) / NANO for session, cost in paid.items()}
    low, high = _ratio_interval([(money[session], lines[session]) for session in paid])
    return Number(
        value=sum(money.values()) / n,
        unit=unit,
        n=n,
        low=low,
        high=high,
        enough=n >= ENOUGH_UNITS and len(paid) >= ENOUGH_CLUSTERS,
    )


def _ratio_interval(pairs: Sequence[tuple[float, float]]) -> tuple[float | None, float | None]:
    """Of sum(x) / sum(y) over independent pairs: linearised, on the scale of logarithms (W. G. Cochran, "Sampling
    Techniques", 1977, sections 6.3 and 6.4). None of one pair alone, and where nothing was paid."""
    above, below, n = sum(x for x, _ in pairs), sum(y for _, y in pairs), len(pairs)
    if n < 2 or not above:
        return None, None
    ratio = above / below
    squares = sum((x - ratio * y) ** 2 for x, y in pairs)
    spread = student_t(float(n - 1)) * math.sqrt(n / (n - 1) * squares) / (ratio * below)
    return ratio * math.exp(-spread), ratio * math.exp(spread)

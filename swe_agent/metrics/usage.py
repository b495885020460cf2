"""What is exported: activity by day, feature, language and model, and a row for each proposal under a keyed hash.

    usage(database, now, since)       the sums
    usage_records(rows)               the same as records in the field names of Copilot's usage metrics
    proposals(database, hashed, …)    the rows

Neither source nor anything that names a file, a person or a task is among the columns that are read, but for ids, which
leave as hashes.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Literal

from swe_agent.core.record import INGESTED
from swe_agent.metrics.acceptance import horizon
from swe_agent.metrics.rollup import FEW_PEOPLE

Feature = Literal["block_review", "ingested", "agent_edit"]
"""Blocks that a person decided; decisions made with other tools; and blocks that a policy accepted, which are apart, as
Copilot keeps them: nobody was asked, so they are in no suggested count."""

COUNTS = (
    "code_generation_activity_count",
    "code_acceptance_activity_count",
    "loc_suggested_to_add_sum",
    "loc_suggested_to_delete_sum",
    "loc_added_sum",
    "loc_deleted_sum",
)
"""Names of Copilot's usage metrics, in the order of the fields of Counts."""
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Counts:
    """Blocks that came to a decision or expired, those that were accepted, have landed and were not undone, and their
    lines."""

    generated: int = 0
    accepted: int = 0
    suggested_to_add: int = 0
    suggested_to_delete: int = 0
    added: int = 0
    deleted: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def fields(self) -> dict[str, int]:
        return dict(zip(COUNTS, astuple(self), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One day (UTC, ISO 8601), feature, language and model."""

    day: str
    feature: Feature
    language: str
    model: str
    counts: Counts


_PENDING = """(block.outcome IN ('proposed', 'deferred') OR block.landing = '' AND
    block.outcome IN ('accepted_unchanged', 'accepted_edited', 'auto_accepted'))"""
_STATE = f"""CASE WHEN {_PENDING} THEN
        CASE WHEN job.closed <> '' OR tally.proposed_at <> '' AND tally.proposed_at <= :horizon
        THEN 'expired' ELSE 'open' END
    ELSE block.outcome END"""
_FROM = "FROM block JOIN tally ON tally.job = block.job JOIN job ON job.job = block.job WHERE tally.day >= :since"
_SUMS = "COUNT(*), SUM(block.added), SUM(block.removed)"
_COUNTED = ("accepted_unchanged", "accepted_edited", "rejected", "expired", "undone")
_ACCEPTED = ("accepted_unchanged", "accepted_edited")


def usage(database: sqlite3.Connection, now: datetime, since: str = "") -> tuple[Usage, ...]:
    """By day, feature, language and model; `since` is a day, empty for all."""
    query = f"""SELECT tally.day, job.surface, block.language, block.model, {_STATE} AS state, {_SUMS} {_FROM}
        GROUP BY 1, 2, 3, 4, 5"""  # our own names
    found: defaultdict[tuple[str, Feature, str, str], Counts] = defaultdict(Counts)
    for day, surface, language, model, state, *sums in database.execute(query, _asked(now, since)):
        counts = _counts(state, *sums)
        if counts is not None:
            found[day, _feature(surface, state), language or UNKNOWN, model or UNKNOWN] += counts
    return tuple(
        Usage(day=day, feature=feature, language=language, model=model, counts=counts)
        for (day, feature, language, model), counts in sorted(found.items())
    )


def _asked(now: datetime, since: str) -> dict[str, str]:
    return {"horizon": horizon(now), "since": since}


def _feature(surface: str, state: str) -> Feature:
    return "agent_edit" if state == "auto_accepted" else "ingested" if surface == INGESTED else "block_review"


def _counts(state: str, blocks: int, added: int, removed: int) -> Counts | None:
    """None for what does not count: open and superseded blocks."""
    if state == "auto_accepted":
        return Counts(generated=blocks, added=added, deleted=removed)
    if state not in _COUNTED:
        return None
    took = state in _ACCEPTED
    return Counts(blocks, blocks * took, added, removed, added * took, removed * took)


def people(database: sqlite3.Connection, since: str = "") -> dict[str, int]:
    """How many people decided on each day, where it is known and they are enough to hide among."""
    query = """SELECT day, COUNT(DISTINCT author) FROM tally WHERE author <> '' AND day >= ? GROUP BY day"""
    return {day: count for day, count in database.execute(query, (since,)) if count >= FEW_PEOPLE}


# ---- records

_BREAKDOWNS: dict[str, tuple[str, ...]] = {
    "totals_by_feature": ("feature",),
    "totals_by_language_feature": ("language", "feature"),
    "totals_by_language_model": ("language", "model"),
    "totals_by_model_feature": ("model", "feature"),
}


def usage_records(rows: Iterable[Usage], repository: str, active: dict[str, int]) -> Iterator[dict[str, Any]]:
    """A record for each day, oldest first, with its breakdowns. `daily_active_users` is null where too few decided, or
    where it is not known how many."""
    by_day: defaultdict[str, list[Usage]] = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row)
    for day, here in sorted(by_day.items()):
        yield {
            "day": day,
            "repository_id": repository,
            "daily_active_users": active.get(day),
            **sum((row.counts for row in here), Counts()).fields,
            **{name: _broken_down(here, by) for name, by in _BREAKDOWNS.items()},
        }


def _broken_down(rows: Sequence[Usage], by: tuple[str, ...]) -> list[dict[str, Any]]:
    found: defaultdict[tuple[str, ...], Counts] = defaultdict(Counts)
    for row in rows:
        found[tuple(getattr(row, name) for name in by)] += row.counts
    return [{**dict(zip(by, group, strict=True)), **counts.fields} for group, counts in sorted(found.items())]


# ---- proposals


def proposals(
    database: sqlite3.Connection, hashed: Callable[[str, str], str], now: datetime, since: str = ""
) -> Iterator[dict[str, Any]]:
    """A row for each proposal, and for each edit that another tool proposed, of one language and what became of it.
    `hashed` makes a hash of a kind of id and the id."""
    query = f"""SELECT tally.job, tally.cluster, tally.day, job.surface, block.language, block.model, tally.attempt,
        {_STATE} AS state, {_SUMS} {_FROM} GROUP BY 1, 5, 6, 8 ORDER BY tally.day, tally.job"""  # as above
    for job, session, day, surface, language, model, attempt, state, blocks, added, removed in database.execute(
        query, _asked(now, since)
    ):
        yield {
            "proposal": hashed("proposal", job),
            "session": hashed("session", session),
            "day": day,
            "feature": _feature(surface, state),
            "language": language or UNKNOWN,
            "model": model or UNKNOWN,
            "attempt": attempt,
            "outcome": state,
            "blocks": blocks,
            "lines_added": added,
            "lines_deleted": removed,
        }

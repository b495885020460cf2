"""Out of the ledger, by session: what of it was accepted, and what it has cost. Lines are followed by their session."""

from __future__ import annotations

import sqlite3

from swe_agent.core.record import ACCEPTED
from swe_agent.core.usage import Cost
from swe_agent.metrics.figures import Accepted, Bill

_SESSION = "CASE WHEN job.session <> '' THEN job.session ELSE job.job END"
"""Of another tool's decisions its own session, as their evidence is called by."""


def accepted(database: sqlite3.Connection) -> tuple[Accepted, ...]:
    outcomes = sorted(ACCEPTED)
    query = f"""SELECT {_SESSION} AS name, block.language, MAX(block.model), MAX(block.decided_at), SUM(block.lines)
        FROM block JOIN job ON job.job = block.job
        WHERE block.landing <> '' AND block.outcome IN ({", ".join("?" * len(outcomes))}) AND block.decided_at <> ''
        GROUP BY name, block.language"""  # noqa: S608  # our own names
    return tuple(
        Accepted(session=session, language=language, model=model, at=at, lines=lines)
        for session, language, model, at, lines in database.execute(query, outcomes)
        if lines
    )


def bills(database: sqlite3.Connection) -> tuple[Bill, ...]:
    """Of our own jobs alone: other tools tell no prices."""
    query = "SELECT job, model, started_at, unpriced, nano_usd FROM tally WHERE ours AND started_at <> ''"
    return tuple(
        Bill(session=job, model=model, at=at, cost=Cost(nano_usd=None if unpriced else nano))
        for job, model, at, unpriced, nano in database.execute(query)
    )


def bills_mark(database: sqlite3.Connection) -> str:
    """Another one whenever the bills are others."""
    query = """SELECT COUNT(*), SUM(nano_usd), SUM(unpriced), MIN(started_at), MAX(started_at), COUNT(DISTINCT model)
        FROM tally WHERE ours AND started_at <> ''"""
    return " ".join(map(str, database.execute(query).fetchone()))

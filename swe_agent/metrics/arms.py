"""Out of the ledger, for a comparison: what two arms have come to, proposal by proposal."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from swe_agent.metrics.acceptance import horizon
from swe_agent.metrics.compare import ClusterRow
from swe_agent.metrics.figures import Dimension
from swe_agent.metrics.sums import ANY, ONE, SPLIT, UNKNOWN, cell_of, column, group_of


def clusters(
    database: sqlite3.Connection, by: Dimension, arms: tuple[str, str], now: datetime, since: str = ""
) -> list[ClusterRow]:
    """Blocks of two arms, proposal by proposal, in strata of language and kind of task (less what the arms are)."""
    strata: list[Dimension] = [one for one in ("language", "kind") if one != by]
    pairs = f"""SELECT {column(by)} AS arm, tally.day || '{SPLIT}' || tally.cluster AS cluster,
        {cell_of(strata)} AS stratum, {", ".join(ONE)}
        FROM tally JOIN tally_block ON tally_block.job = tally.job WHERE arm IN (:first, :second) AND day >= :since
        GROUP BY arm, cluster, stratum"""  # noqa: S608
    query = f"SELECT arm, cluster, stratum, b0 + b1, {ANY} AS n FROM ({pairs}) WHERE n > 0 ORDER BY arm, cluster"  # noqa: S608
    names = {"" if arm == UNKNOWN else arm: arm for arm in arms}
    first, second = names
    values = {"first": first, "second": second, "since": since, "horizon": horizon(now)}
    return [
        ClusterRow(arm=names[arm], cluster=cluster, stratum=", ".join(group_of(stratum, 2)), hits=hits, n=n)
        for arm, cluster, stratum, hits, n in database.execute(query, values)
    ]


def values_of(database: sqlite3.Connection, by: Dimension) -> list[str]:
    """All values that a dimension has."""
    query = f"SELECT DISTINCT {column(by)} FROM tally JOIN tally_block ON tally_block.job = tally.job"  # noqa: S608
    return sorted(str(value) or UNKNOWN for (value,) in database.execute(query))

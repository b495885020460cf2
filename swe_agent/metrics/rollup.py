"""Figures out of the ledger: sums of its tallies by day and by what was asked for, kept until a tally changes.

    figures(database, cut, now, since)  the values that metrics are measured from

A cut that was never asked for costs one pass over all tallies; after that, only days on which something has changed are
summed again. Jobs with blocks that wait for a decision are left out of the kept sums and read each time, because they
expire by themselves.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from swe_agent.core.usage import Cost, Usage
from swe_agent.metrics.acceptance import horizon
from swe_agent.metrics.figures import (
    COUNTED,
    PAIRS,
    Cell,
    Dimension,
    Figures,
    Group,
    Money,
    Outcomes,
    Tasks,
    by_number,
)
from swe_agent.metrics.interval import ClusterSums
from swe_agent.metrics.sums import MONEY, OF_BLOCK, UNKNOWN, block_sums, count_sums, group_of, job_sums
from swe_agent.store.database import transaction

FEW_PEOPLE = 5
"""Below it a row by author would be about persons."""
SUPPRESSED = f"fewer than {FEW_PEOPLE} people"
_KEPT = [
    "clusters", "proposals", "landed_proposals", "open_blocks", "auto", "auto_lines", "superseded", "waits",
    "waits_waits", *(f"{kind}{name}" for kind in "bl" for name in
                     [*(str(i) for i in range(len(COUNTED))), *(f"{i}{j}" for i, j in PAIRS)]),
]  # fmt: skip
_OF_JOB = (
    "jobs", *MONEY, "tasks", "landed", "landed_first", "cost_cost", "cost_lines", "cost_landed", "lines_lines"
)  # fmt: skip


def figures(database: sqlite3.Connection, cut: Sequence[Dimension], now: datetime, since: str = "") -> Figures:
    """All cells of a cut. `since` is a day: ISO 8601, UTC; empty for all."""
    dimensions = tuple(cut)
    _refresh(database, dimensions)
    asked = _Asked(",".join(dimensions), since, horizon(now))
    cells: defaultdict[str, Cell] = defaultdict(Cell)
    for name, row in _rows(database, "rolled_block", _KEPT, block_sums(dimensions), asked):
        cells[name] = _with_blocks(cells[name], row)
    if not OF_BLOCK & set(dimensions):
        for name, row in _rows(database, "rolled_job", _OF_JOB, job_sums(dimensions), asked):
            cells[name] = _with_jobs(cells[name], row)
    for name, what, counts in _counts(database, dimensions, asked):
        cells[name] = _with_counts(cells[name], what, counts)
    grouped = {group_of(name, len(dimensions)): cell for name, cell in cells.items()}
    if "author" in dimensions:
        grouped = _without_persons(grouped, dimensions.index("author"))
    return Figures(now=now, since=since, cells=grouped)


class _Asked(NamedTuple):
    cut: str
    since: str
    horizon: str


def _refresh(database: sqlite3.Connection, dimensions: Sequence[Dimension]) -> None:
    """Sum the days again that have changed since this cut was last asked for."""
    cut = ",".join(dimensions)
    query = "SELECT COUNT(*) FROM day WHERE day NOT IN (SELECT day FROM rolled WHERE cut = ?)"
    if not database.execute(query, (cut,)).fetchone()[0]:
        return
    # Said this way round, it is looked up by day: one more decision costs one day, and no pass over all tallies.
    which = "tally.settled AND tally.day IN (SELECT day FROM day EXCEPT SELECT day FROM rolled WHERE cut = :cut)"
    with transaction(database):
        values = {"cut": cut, "horizon": ""}
        for table, sums in (
            ("rolled_block", block_sums(dimensions)),
            ("rolled_job", job_sums(dimensions)),
            ("rolled_count", count_sums(dimensions)),
        ):
            if table == "rolled_job" and OF_BLOCK & set(dimensions):
                continue
            # Nothing is kept of a stale day: whoever made it so has removed its sums.
            query = f"INSERT INTO {table} SELECT :cut, * FROM ({sums.format(which=which)})"  # noqa: S608
            database.execute(query, values)
        database.execute("INSERT OR IGNORE INTO rolled SELECT day, :cut FROM day", {"cut": cut})


def _rows(
    database: sqlite3.Connection, table: str, kept: Sequence[str], sums: str, asked: _Asked
) -> Iterable[tuple[str, list[int]]]:
    """By cell: what is kept of settled jobs, then what the others come to now."""
    total = ", ".join(f"SUM({name})" for name in kept)
    query = f"SELECT cell, {total} FROM {table} WHERE cut = ? AND day >= ? GROUP BY cell"  # noqa: S608
    for cell, *values in database.execute(query, (asked.cut, asked.since)):
        yield cell, values
    which = "tally.settled = 0 AND tally.day >= :since"
    for _, cell, *values in database.execute(sums.format(which=which), asked._asdict()):
        yield cell, values


def _counts(
    database: sqlite3.Connection, dimensions: Sequence[Dimension], asked: _Asked
) -> Iterable[tuple[str, str, list[tuple[str, int]]]]:
    """By cell and by what is counted: names with their numbers."""
    query = """SELECT cell, what, name, SUM(n) FROM rolled_count WHERE cut = ? AND day >= ? GROUP BY cell, what, name"""
    found: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for cell, what, name, n in database.execute(query, (asked.cut, asked.since)):
        found[cell, what][str(name)] += n
    which = "tally.settled = 0 AND tally.day >= :since"
    for _, cell, what, name, n in database.execute(count_sums(dimensions).format(which=which), asked._asdict()):
        found[cell, what][str(name)] += n
    for (cell, what), counts in found.items():
        yield cell, what, list(counts.items())


# ---- rows to values


def _with_blocks(cell: Cell, row: Sequence[int]) -> Cell:
    clusters, proposals, landed, open_blocks, auto, auto_lines, superseded, waits, waits_waits = row[:9]
    width = len(COUNTED) + len(PAIRS)

    def outcomes(values: Sequence[int]) -> Outcomes:
        return Outcomes(clusters=clusters, sums=tuple(values[: len(COUNTED)]), products=tuple(values[len(COUNTED) :]))

    return replace(
        cell,
        blocks=cell.blocks + outcomes(row[9 : 9 + width]),
        lines=cell.lines + outcomes(row[9 + width :]),
        proposals=cell.proposals + proposals,
        landed_proposals=cell.landed_proposals + landed,
        open_blocks=cell.open_blocks + open_blocks,
        auto_blocks=cell.auto_blocks + auto,
        auto_lines=cell.auto_lines + auto_lines,
        superseded=cell.superseded + superseded,
        wait_clusters=cell.wait_clusters + ClusterSums(n=waits, n_n=waits_waits),
    )


def _with_jobs(cell: Cell, row: Sequence[int]) -> Cell:
    of = dict(zip(_OF_JOB, row, strict=True))
    money = Money(
        priced=Cost(nano_usd=of["nano_usd"]),
        usage=Usage(
            input_tokens=of["input_tokens"],
            cached_tokens=of["cached_tokens"],
            cache_write_tokens=of["cache_write_tokens"],
            output_tokens=of["output_tokens"],
            reasoning_tokens=of["reasoning_tokens"],
        ),
        landed_tasks=of["landed"],
        **{name: of[name] for name in ("jobs", "calls", "unpriced", "accepted_lines", *_OF_JOB[-4:])},
    )
    tasks = Tasks(ended=of["tasks"], landed=of["landed"], landed_first=of["landed_first"])
    return replace(cell, money=cell.money + money, tasks=cell.tasks + tasks)


def _with_counts(cell: Cell, what: str, counts: list[tuple[str, int]]) -> Cell:
    if what == "reason":
        return replace(cell, reasons=by_number(counts))
    numbered = tuple(sorted((int(name), n) for name, n in counts))
    if what == "wait":
        return replace(cell, waits=numbered)
    if what == "edit":
        return replace(cell, edits=numbered)
    return replace(cell, tasks=replace(cell.tasks, attempts=numbered))


def _without_persons(cells: dict[Group, Cell], place: int) -> dict[Group, Cell]:
    """Rows by author, only where there are enough of them to hide among; else one row for all."""
    together: defaultdict[Group, list[Group]] = defaultdict(list)
    for group in cells:
        together[group[:place] + group[place + 1 :]].append(group)
    found: dict[Group, Cell] = {}
    for groups in together.values():
        if sum(1 for group in groups if group[place] != UNKNOWN) >= FEW_PEOPLE:
            found |= {group: cells[group] for group in groups}
            continue
        named = [group for group in groups if group[place] != UNKNOWN]
        found |= {group: cells[group] for group in groups if group[place] == UNKNOWN}
        if named:
            first = named[0]
            hidden = (*first[:place], SUPPRESSED, *first[place + 1 :])
            found[hidden] = sum((cells[group] for group in named[1:]), cells[first])
    return found

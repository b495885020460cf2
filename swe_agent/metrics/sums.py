"""The SQL that adds up tallies: by day and cell, first of each proposal, then of each cluster, then all.

The texts are made of names of our own alone; values are bound. `{which}` in them chooses jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from swe_agent.core.usage import NANO
from swe_agent.metrics.figures import COUNTED, MILLI_CENTS, PAIRS, Dimension, Group

UNKNOWN = "unknown"
SPLIT = "\x1f"
OF_BLOCK: frozenset[Dimension] = frozenset({"language"})
"""What tells blocks of one job apart; all else is the job's."""
_COLUMNS: dict[Dimension, str] = {
    "month": "substr(tally.day, 1, 7)",
    "language": "tally_block.language",
    "attempt": "CAST(tally.attempt AS TEXT)",
}

# `expired` takes in pending blocks of jobs that were shown before :horizon; of settled jobs nothing is pending.
_GONE = "tally.proposed_at <> '' AND tally.proposed_at <= :horizon"
_BLOCKS = [*(f"b{i}" for i in range(len(COUNTED))), *(f"l{i}" for i in range(len(COUNTED)))]
ONE = [f"SUM(tally_block.{name}) AS {name}" for name in _BLOCKS if name not in ("b3", "l3")]
ONE += [
    f"SUM(tally_block.b3 + CASE WHEN {_GONE} THEN pending ELSE 0 END) AS b3",
    f"SUM(tally_block.l3 + CASE WHEN {_GONE} THEN pending_lines ELSE 0 END) AS l3",
    f"SUM(CASE WHEN {_GONE} THEN 0 ELSE pending END) AS open_blocks",
    *(f"SUM({name}) AS {name}" for name in ("auto", "auto_lines", "superseded", "waited")),
]
ANY = " + ".join(f"b{i}" for i in range(len(COUNTED)))
_PLAIN = ("open_blocks", "auto", "auto_lines", "superseded", "waited")
_SUMS = [
    *(f"SUM(b{i})" for i in range(len(COUNTED))),
    *(f"SUM(b{i} * b{j})" for i, j in PAIRS),
    *(f"SUM(l{i})" for i in range(len(COUNTED))),
    *(f"SUM(l{i} * l{j})" for i, j in PAIRS),
]
MONEY = (
    "calls", "unpriced", "nano_usd", "input_tokens", "cached_tokens", "cache_write_tokens", "output_tokens",
    "reasoning_tokens", "accepted_lines",
)  # fmt: skip
_COST = f"(nano_usd / {NANO // MILLI_CENTS})"


def group_of(name: str, length: int) -> Group:
    return tuple(part or UNKNOWN for part in name.split(SPLIT)) if length else ()


def column(dimension: Dimension) -> str:
    return _COLUMNS.get(dimension, f"tally.{dimension}")


def cell_of(dimensions: Iterable[Dimension]) -> str:
    return f" || '{SPLIT}' || ".join(column(one) for one in dimensions) or "''"


def block_sums(dimensions: Sequence[Dimension]) -> str:
    """By day and cell: first of each proposal, then of each cluster, then all. `{which}` chooses jobs."""
    one = f"""SELECT tally.day AS day, {cell_of(dimensions)} AS cell, tally.cluster AS cluster, {", ".join(ONE)}
        FROM tally JOIN tally_block ON tally_block.job = tally.job WHERE {{which}}
        GROUP BY tally.day, cell, tally.cluster, tally.job"""  # noqa: S608
    plain = ", ".join(f"SUM({name}) AS {name}" for name in (*_BLOCKS, *_PLAIN))
    cluster = f"""SELECT day, cell, SUM({ANY} > 0) AS proposals, SUM(b0 + b1 > 0) AS landed_proposals, {plain}
        FROM ({one}) GROUP BY day, cell, cluster"""  # noqa: S608
    return f"""SELECT day, cell, SUM({ANY} > 0), SUM(proposals), SUM(landed_proposals), SUM(open_blocks), SUM(auto),
        SUM(auto_lines), SUM(superseded), SUM(waited), SUM(waited * waited), {", ".join(_SUMS)}
        FROM ({cluster}) GROUP BY day, cell"""  # noqa: S608


def job_sums(dimensions: Sequence[Dimension]) -> str:
    ended = f"(task.task IS NOT NULL AND (tally.settled OR {_GONE}))"
    return f"""SELECT tally.day, {cell_of(dimensions)} AS cell, COUNT(*), {", ".join(f"SUM({one})" for one in MONEY)},
        SUM({ended}), SUM({ended} AND task.landed), SUM({ended} AND task.landed_first), SUM({_COST} * {_COST}),
        SUM({_COST} * accepted_lines), SUM({_COST} * ({ended} AND task.landed)), SUM(accepted_lines * accepted_lines)
        FROM tally LEFT JOIN task ON task.job = tally.job WHERE tally.ours AND {{which}}
        GROUP BY tally.day, cell"""  # noqa: S608


def count_sums(dimensions: Sequence[Dimension]) -> str:
    cell = cell_of(dimensions).replace("tally_block.", "tally_count.")
    counted = f"""SELECT tally.day AS day, {cell} AS cell, what, name, SUM(n)
        FROM tally JOIN tally_count ON tally_count.job = tally.job WHERE {{which}}
        GROUP BY tally.day, cell, what, name"""  # noqa: S608
    if OF_BLOCK & set(dimensions):
        return counted
    return f"""{counted} UNION ALL SELECT tally.day, {cell}, 'attempts', task.attempts, COUNT(*)
        FROM tally JOIN task ON task.job = tally.job WHERE (tally.settled OR {_GONE}) AND {{which}}
        GROUP BY tally.day, {cell}, task.attempts"""  # noqa: S608

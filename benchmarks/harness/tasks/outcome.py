"""What came of a task: one row, and the figures of many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.harness.tasks.statistics import clustered, quantile, wilson

RESOLVED = "resolved"
OUTCOMES = (RESOLVED, "failed", "refused", "empty", "timeout", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`outcome`: `resolved`; `failed` (applied, tests red); `refused` (the patch does not apply); `empty` (no patch);
    `timeout` (a limit of time or answers ended the agent without a patch, or the tests); `error` (the agent or the
    machinery broke).

    `input` are tokens that were not cached. `harm` is what should not have happened.
    """

    id: str
    source: str
    repository: str
    outcome: str
    status: int
    turns: int
    input: int
    cached: int
    output: int
    nano_usd: int | None
    cpu_s: float
    wall_s: float
    kind: str = ""
    detail: str = ""
    harm: tuple[str, ...] = ()


def figures(rows: Sequence[Row]) -> dict[str, object]:
    """Of one agent."""
    resolved = [row for row in rows if row.outcome == RESOLVED]
    interval = wilson(len(resolved), len(rows))
    by_repository: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        by_repository[row.repository].append(row.outcome == RESOLVED)
    drawn = clustered(by_repository)
    costs = [row.nano_usd for row in rows]
    known = sum(cost for cost in costs if cost is not None) / 1e9 if None not in costs else None
    walls = [row.wall_s for row in rows]
    each = max(1, len(resolved))
    return {
        "tasks": len(rows),
        "repositories": len(by_repository),
        "outcomes": dict(Counter(row.outcome for row in rows).most_common()),
        "resolved, %": _percent(len(resolved), len(rows)),
        "resolved, 95 % interval (Wilson)": [round(100 * interval.low, 1), round(100 * interval.high, 1)],
        "resolved, 95 % interval (repositories drawn)": [round(100 * drawn.low, 1), round(100 * drawn.high, 1)],
        "resolved by source": _parts([(row.source, row.outcome == RESOLVED) for row in rows]),
        "resolved by repository": _parts([(row.repository, row.outcome == RESOLVED) for row in rows]),
        "tokens in": sum(row.input for row in rows),
        "tokens cached": sum(row.cached for row in rows),
        "tokens out": sum(row.output for row in rows),
        "tokens of a resolved task": round(sum(row.input + row.cached + row.output for row in rows) / each),
        "turns, p50 and p90": [quantile([row.turns for row in rows], share) for share in (0.5, 0.9)],
        "cost, dollars": "unknown" if known is None else round(known, 4),
        "cost of a resolved task, dollars": "unknown" if known is None else round(known / each, 4),
        "CPU of the agent, s, p50 and p90": [
            round(quantile([row.cpu_s for row in rows], share), 2) for share in (0.5, 0.9)
        ],
        "wall, s, p50 and p90": [round(quantile(walls, share), 1) for share in (0.5, 0.9)],
    }


def _percent(some: int, of: int) -> float:
    return round(100 * some / of, 1) if of else 0.0


def _parts(pairs: Sequence[tuple[str, bool]]) -> dict[str, str]:
    found: dict[str, list[bool]] = defaultdict(list)
    for name, well in pairs:
        found[name].append(well)
    return {name: f"{sum(wells)}/{len(wells)}" for name, wells in sorted(found.items())}

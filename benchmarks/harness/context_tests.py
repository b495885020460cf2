"""What failing tests add to the first context: the same tree and statement without them, with what they say, and
traced to where they lead.

The tests are run and traced by `swe-agent context --test`. What it says of them is then put to the product's own
functions in this process at every size, so that no test is run twice.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.context_gold import Function, Gold, gold
from benchmarks.harness.tasks import patches
from benchmarks.harness.tasks.grade import Bench
from benchmarks.harness.tasks.statistics import mcnemar, quantile, wilson
from benchmarks.harness.tasks.work import export
from swe_agent.context.choose import choose
from swe_agent.core.context import Budget, Context
from swe_agent.core.source import Span
from swe_agent.core.suspicion import Suspicion
from swe_agent.index.index import Index
from swe_agent.wiring.looking import open_index

TESTED_SIZES = (16_000, 10_000, 6_000, 3_000)
WAYS = ("statement", "messages", "traced")
"""The task's words alone; with what the failing tests say; and with where they lead."""
FIRST = (1, 5, 10)
SUSPECTS_FIRST = (1, 5, 8)
LIMIT = 50
SECONDS = 3600
Shown = Mapping[str, Sequence[tuple[int, int]]]
"""By path the first and last lines of pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Led:
    """What the command says of the failing tests; `note` says why nothing is known."""

    query: str
    suspects: tuple[Suspicion, ...] = ()
    note: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Of one context: whether all of the fix's files, changed lines and functions are shown. None where it changes no
    function that was there."""

    files: bool
    places: bool
    functions: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """`ranks` has by ranking and unit the rank of the last one of the gold, 0 where it is not ranked and absent where
    there is none."""

    id: str
    source: str
    repository: str
    note: str
    seconds: float
    reached: Mapping[str, Mapping[int, Reached]]
    ranks: Mapping[str, int]
    gold: tuple[Function, ...]
    suspects: tuple[Suspicion, ...]

    @property
    def row(self) -> dict[str, Any]:
        return asdict(self)


def lay(bench: Bench, folder: Path) -> None:
    """The tree with its environment and with the tests that fail, as somebody has it who has written them."""
    export(bench, folder)
    patches.apply(folder, bench.material.task.test_patch)
    patches.run_git(folder, "add", "--all", "--force", "--", ".", ":(exclude).venv")
    patches.run_git(folder, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "tests")


def measure_tests(bench: Bench, sizes: Sequence[int]) -> Tested | None:
    """None where the fix changes no file that was there."""
    with tempfile.TemporaryDirectory(prefix="context-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "checkout"
        folder.mkdir()
        lay(bench, folder)
        aims = gold(bench.material.task.gold, folder)
        if not aims.places:
            return None
        led = lead(folder, bench.material.task.statement, bench.runner.command(folder), sizes[-1])
        return measure_led(bench, open_index(folder, ranking=True), led, aims, sizes)


def lead(folder: Path, statement: str, test: str, tokens: int) -> Led:
    argv = [sys.executable, "-m", "swe_agent", "context", "-", "--test", test, "--tokens", str(tokens), "--json",
            "-C", str(folder)]  # fmt: skip
    done = subprocess.run(argv, input=statement, text=True, capture_output=True, check=False, timeout=SECONDS)
    if done.returncode:
        return Led(
            query=statement, note=f"`swe-agent context --test` ended with {done.returncode}: {done.stderr[-500:]}"
        )
    answer = json.loads(done.stdout)
    led = answer["led"]
    return Led(
        query=answer["query"],
        suspects=tuple(_suspicion(one) for one in led["suspects"]),
        note=led["note"],
        seconds=led["seconds"],
    )


def _suspicion(row: Mapping[str, Any]) -> Suspicion:
    span = Span(start=row["span"]["start"], end=row["span"]["end"])
    return Suspicion(path=row["path"], span=span, score=row["score"], reasons=tuple(row["reasons"]))


def measure_led(bench: Bench, index: Index, led: Led, aims: Gold, sizes: Sequence[int]) -> Tested:
    task = bench.material.task
    ways = {"statement": (task.statement, ()), "messages": (led.query, ()), "traced": (led.query, led.suspects)}
    return Tested(
        id=task.id,
        source=task.source,
        repository=task.repository,
        note="" if led.suspects else led.note,
        seconds=led.seconds,
        reached={
            way: {size: reached(_chosen(index, query, size, suspects), aims) for size in sizes}
            for way, (query, suspects) in ways.items()
        },
        ranks=_ranks(index, led, aims),
        gold=aims.functions,
        suspects=led.suspects,
    )


def _chosen(index: Index, query: str, tokens: int, suspects: Sequence[Suspicion]) -> Context:
    """As the command chooses it."""

    def read(path: str) -> str | None:
        return index.text(path) if path in index else None

    return choose(index, query, Budget(tokens=tokens), read, suspects=suspects)


def reached(context: Context, aims: Gold) -> Reached:
    spans: dict[str, list[tuple[int, int]]] = {}
    for piece in context.snippets:
        spans.setdefault(piece.path, []).append((piece.span.start, piece.span.end))
    return Reached(
        files=all(path in spans for path in aims.places),
        places=shows(spans, aims.places),
        functions=shows(spans, _lines(aims.functions)) if aims.functions else None,
    )


def _lines(functions: Sequence[Function]) -> Shown:
    found: dict[str, list[tuple[int, int]]] = {}
    for one in functions:
        found.setdefault(one.path, []).append((one.start, one.end))
    return found


def shows(spans: Shown, wanted: Shown) -> bool:
    """Whether each of the wanted stretches is within one piece."""
    return all(
        any(start <= first and last <= end for start, end in spans.get(path, ()))
        for path, places in wanted.items()
        for first, last in places
    )


def _ranks(index: Index, led: Led, aims: Gold) -> dict[str, int]:
    found = index.localise(led.query, limit=LIMIT)
    suspects = [(one.path, one.span) for one in led.suspects]
    functions = [(one.path, one.symbol.span) for one in found.functions]
    files = {
        "suspects": list(dict.fromkeys(path for path, _ in suspects)),
        "localise": [one.path for one in found.files],
    }
    ranks = {f"{name}: files": _last([_rank(ranked, path) for path in aims.places]) for name, ranked in files.items()}
    if aims.functions:
        for name, ranked in {"suspects": suspects, "localise": functions}.items():
            ranks[f"{name}: functions"] = _last([_met(ranked, one) for one in aims.functions])
    return ranks


def _last(ranks: Sequence[int]) -> int:
    return 0 if 0 in ranks else max(ranks)


def _rank(ranked: Sequence[str], path: str) -> int:
    return ranked.index(path) + 1 if path in ranked else 0


def _met(ranked: Sequence[tuple[str, Span]], gold: Function) -> int:
    """The rank of the first that holds the whole function, or that is a part of it, as of a long one."""
    for at, (path, span) in enumerate(ranked, 1):
        around = span.start <= gold.start and gold.end <= span.end
        part = gold.start <= span.start and span.end <= gold.end
        if path == gold.path and (around or part):
            return at
    return 0


def tested_figures(rows: Sequence[Tested]) -> dict[str, object]:
    """Shares with intervals, what tracing gains and loses against the messages, and ranks."""
    found: dict[str, object] = {
        "tasks": len(rows),
        "repositories": len({row.repository for row in rows}),
        "not traced": {row.id: row.note for row in rows if row.note},
    }
    if seconds := [row.seconds for row in rows if row.seconds]:
        found["seconds of the traced run, median and 90 %"] = (
            f"{quantile(seconds, 0.5):.1f}, {quantile(seconds, 0.9):.1f}"
        )
    sizes = list(rows[0].reached[WAYS[0]]) if rows else []
    for size in sizes:
        for what in ("files", "functions", "places"):
            for way in WAYS:
                found[f"{size:,} tokens, {way}: all {what} shown, %"] = _share(_hits(rows, way, size, what))
            found[f"{size:,} tokens: {what}, traced against messages"] = _gains(rows, size, what)
    for name, first in (("suspects", SUSPECTS_FIRST), ("localise", FIRST)):
        for unit in ("functions", "files"):
            ranks = [row.ranks[key] for row in rows if (key := f"{name}: {unit}") in row.ranks]
            for k in first:
                found[f"{name}: all {unit} among the first {k}, %"] = _share([0 < rank <= k for rank in ranks])
    return found


def _hits(rows: Sequence[Tested], way: str, size: int, what: str) -> list[bool]:
    return [hit for row in rows if (hit := getattr(row.reached[way][size], what)) is not None]


def _share(hits: Sequence[bool]) -> str:
    if not hits:
        return "none"
    interval = wilson(sum(hits), len(hits))
    share = 100 * sum(hits) / len(hits)
    return f"{share:.0f} [{100 * interval.low:.0f}, {100 * interval.high:.0f}] of {len(hits)}"


def _gains(rows: Sequence[Tested], size: int, what: str) -> str:
    pairs = list(zip(_hits(rows, "messages", size, what), _hits(rows, "traced", size, what), strict=True))
    gained, lost = pairs.count((False, True)), pairs.count((True, False))
    return f"{gained} gained, {lost} lost (p {mcnemar(gained, lost):.2g})"


def points(rows: Sequence[Tested], size: int, what: str) -> float | None:
    """What tracing adds to the messages."""
    before, after = (_hits(rows, way, size, what) for way in ("messages", "traced"))
    return 100 * (sum(after) - sum(before)) / len(after) if after else None

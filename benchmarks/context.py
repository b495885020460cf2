"""How often the code that a fix changes stands in what a model sees first, with the index's ranking and without it.

    python benchmarks/context.py --data DIR --repositories DIR [--tokens N…] [--only ID…] [--source NAME] [--tests]
        [--cache DIR] [--rows FILE] [--quick] [--smoke] [--json]

`DIR` of `--data` holds `tasks.jsonl` and `release_pairs.jsonl` as for `tasks.py`. For each task its tree is laid out
without history, and `swe-agent context` is asked for the first context of the statement. A file counts when a piece of
it is shown, or when the map names it; the places of a fix count when every line that it changes or adds beside is
within a piece that is shown. "Not ranked" is the same command for a task that says nothing, which is the overview of
the repository: what a map that does not know the task would show.

With `--tests` the tree has the tests that fail and an environment to run them in, built and verified as `tasks.py` does
and kept in `--cache`. Measured on it are the statement alone, the statement with what the failing tests say, and with
where they lead when they are traced (`--test`): whether all files, all changed lines and all functions that the fix
changes are shown, functions as a whole; and where the suspects and `localise` rank them. A task counts for functions
when its fix changes one that was there. `--rows FILE` keeps what was found of each task.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import report
from benchmarks.harness.context_gold import gold_places
from benchmarks.harness.context_tests import TESTED_SIZES, Tested, measure_tests, points, shows, tested_figures
from benchmarks.harness.tasks import made, patches
from benchmarks.harness.tasks.grade import Bench, DoesNotVerify, verify
from benchmarks.harness.tasks.load import SOURCES, Task, read, select
from benchmarks.harness.tasks.material import Material, Missing, gather
from benchmarks.harness.tasks.statistics import wilson

TOKENS = (16_000, 10_000, 6_000)
NOTHING_SAID = "Do the task."
SECONDS_TO_VERIFY = 900
MORE_FUNCTIONS = 10
"""Points, of a small context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Of one task at one size: whether all files of the fix are shown, or at least named, and all places."""

    shown: bool
    named: bool
    places: bool


def look(folder: Path, statement: str, tokens: int) -> Mapping[str, Any]:
    """The first context, as the command says it."""
    argv = [sys.executable, "-m", "swe_agent", "context", "-", "--tokens", str(tokens), "--json", "-C", str(folder)]
    done = subprocess.run(argv, input=statement, text=True, capture_output=True, check=False, timeout=600)
    if done.returncode:
        raise RuntimeError(f"`swe-agent context` ended with {done.returncode}: {done.stderr[-500:]}")
    answer: Mapping[str, Any] = json.loads(done.stdout)["context"]
    return answer


def judge(context: Mapping[str, Any], gold: Mapping[str, Sequence[tuple[int, int]]]) -> Seen:
    spans: dict[str, list[tuple[int, int]]] = {}
    for piece in context["snippets"]:
        spans.setdefault(piece["path"], []).append((piece["span"]["start"], piece["span"]["end"]))
    text = context["repo_map"]["text"]
    return Seen(
        shown=all(path in spans for path in gold),
        named=all(path in spans or path in text for path in gold),
        places=shows(spans, gold),
    )


def measure(material: Material, sizes: Sequence[int]) -> dict[str, Seen] | None:
    """By the name of what was asked; None where the fix changes no file that was there."""
    gold = gold_places(material.task.gold)
    if not gold:
        return None
    with tempfile.TemporaryDirectory(prefix="context-") as folder:
        material.lay(Path(folder))
        patches.commit_all(Path(folder))
        found = {f"ranked, {size:,} tokens": judge(look(Path(folder), material.task.statement, size), gold)
                 for size in sizes}  # fmt: skip
        found[f"not ranked, {sizes[0]:,} tokens"] = judge(look(Path(folder), NOTHING_SAID, sizes[0]), gold)
    return found


def figures(rows: Sequence[Mapping[str, Seen]]) -> dict[str, object]:
    shown: dict[str, object] = {"tasks": len(rows)}
    for name in rows[0] if rows else ():
        for what in ("shown", "named", "places"):
            hits = sum(getattr(row[name], what) for row in rows)
            interval = wilson(hits, len(rows))
            low, high = interval.low, interval.high
            words = {"shown": "files shown", "named": "files shown or named", "places": "all places shown"}[what]
            shown[f"{name}: {words}, %"] = f"{100 * hits / len(rows):.0f} [{100 * low:.0f}, {100 * high:.0f}]"
    return shown


def main() -> int:
    options = _options()
    if options.tests:
        return _with_tests(options)
    if options.smoke:
        tasks, sizes = [made.bench().material.task], TOKENS[-1:]
    elif not options.data:
        print("data are missing: name their folder with --data", file=sys.stderr)
        return report.DATA_MISSING
    else:
        tasks, sizes = _selected(options), tuple(options.tokens or TOKENS)
    rows, missing = [], []
    for task in tasks[:: 12 if options.quick else 1]:
        try:
            row = measure(_gathered(task, options), sizes)
        except Missing as error:
            missing.append(f"{task.id}: {error}")
            continue
        if row is not None:
            rows.append(row)
            print(f"{task.id}: {row[next(iter(row))]}", file=sys.stderr)
    if not rows:
        print("\n".join(missing), file=sys.stderr)
        return report.DATA_MISSING
    first = f"ranked, {sizes[0]:,} tokens"
    share = 100 * sum(row[first].named for row in rows) / len(rows)
    blind = 100 * sum(row[f"not ranked, {sizes[0]:,} tokens"].named for row in rows) / len(rows)
    judged = not (options.quick or options.smoke)
    goals = {"points that ranking adds to files in the first context": report.at_least(20, share - blind, judge=judged)}
    found = figures(rows) | ({"missing": missing} if missing else {})
    return report.finish("context", found, goals, as_json=options.json)


def _with_tests(options: Any) -> int:
    if not (options.smoke or options.data):
        print("data are missing: name their folder with --data", file=sys.stderr)
        return report.DATA_MISSING
    tasks = [made.bench().material.task] if options.smoke else _selected(options)[:: 12 if options.quick else 1]
    sizes = TESTED_SIZES[-1:] if options.smoke else tuple(sorted(options.tokens or TESTED_SIZES, reverse=True))
    rows: list[Tested] = []
    unusable: dict[str, str] = {}
    for task in tasks:
        try:
            row = measure_tests(made.bench() if options.smoke else _verified(task, options), sizes)
        except (Missing, DoesNotVerify) as error:
            unusable[task.id] = str(error)[-300:]
            print(f"{task.id}: does not build: {error}", file=sys.stderr, flush=True)
            continue
        if row is not None:
            rows.append(row)
            _tell(row, options.rows)
    if not rows:
        return report.DATA_MISSING
    judged = not (options.quick or options.smoke or options.only or options.source)
    goals = {
        f"points that tracing adds to functions at {size:,} tokens": report.at_least(
            MORE_FUNCTIONS, points(rows, size, "functions"), judge=judged
        )
        for size in sizes[-1:]
    }
    found = tested_figures(rows) | ({"does not build": unusable} if unusable else {})
    return report.finish("context", found, goals, as_json=options.json)


def _verified(task: Task, options: Any) -> Bench:
    return verify(_gathered(task, options), Path(options.cache), seconds=SECONDS_TO_VERIFY)


def _tell(row: Tested, place: Path | None) -> None:
    print(f"{row.id}: {row.note or f'{len(row.suspects)} suspects'}; {dict(row.ranks)}", file=sys.stderr, flush=True)
    if place:
        with place.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row.row) + "\n")


def _selected(options: Any) -> list[Task]:
    return select(read(Path(options.data)), only=options.only, source=options.source)


def _gathered(task: Task, options: Any) -> Material:
    repositories = Path(options.repositories) if options.repositories else None
    return gather(task, repositories, Path(options.cache))


def _options() -> Any:
    parser = report.parser(__doc__)
    parser.add_argument("--repositories", metavar="DIR", help="bare git directories: owner+name/repo")
    parser.add_argument("--cache", metavar="DIR", default=tempfile.gettempdir(), help="of releases and environments")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="these tasks")
    parser.add_argument("--tokens", nargs="+", type=int, metavar="N", help="sizes of the context")
    parser.add_argument("--source", choices=SOURCES, default="", help="tasks of this kind")
    parser.add_argument("--tests", action="store_true", help="with the failing tests, and where they lead")
    parser.add_argument("--rows", metavar="FILE", type=Path, help="append what is found of each task, with --tests")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

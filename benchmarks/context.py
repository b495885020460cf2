"""How often the code that a fix changes stands in what a model sees first, with the index's ranking and without it.

    python benchmarks/context.py --data DIR --repositories DIR [--tokens N…] [--only ID…] [--quick] [--smoke] [--json]

`DIR` of `--data` holds `tasks.jsonl` and `release_pairs.jsonl` as for `tasks.py`. For each task its tree is laid out
without history, and `swe-agent context` is asked for the first context of the statement. A file counts when a piece of
it is shown, or when the map names it; the places of a fix count when every line that it changes or adds beside is
within a piece that is shown. "Not ranked" is the same command for a task that says nothing, which is the overview of
the repository: what a map that does not know the task would show.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import report
from benchmarks.harness.tasks import made, patches
from benchmarks.harness.tasks.load import Task, read, select
from benchmarks.harness.tasks.material import Material, Missing, gather
from benchmarks.harness.tasks.statistics import wilson

TOKENS = (16_000, 10_000, 6_000)
NOTHING_SAID = "Do the task."
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Of one task at one size: whether all files of the fix are shown, or at least named, and all places."""

    shown: bool
    named: bool
    places: bool


def gold_places(patch: bytes) -> dict[str, list[tuple[int, int]]]:
    """By file the old lines that each hunk takes away, or between which it adds; files that are new are left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for names, piece in patches.parts(patch):
        if b"\nnew file mode" in piece:
            continue
        for name in names:
            found[name] = list(_changed(piece))
    return found


def _changed(piece: bytes) -> Iterable[tuple[int, int]]:
    for start, body in zip(_HUNK.finditer(piece), _HUNK.split(piece)[3::3], strict=True):
        line = int(start[1])
        touched: list[int] = []
        for text in body.split(b"\n")[1:]:
            if text.startswith(b"-"):
                touched.append(line)
            elif text.startswith(b"+"):
                touched += [max(1, line - 1)]
            line += text[:1] in (b" ", b"-")
        if touched:
            yield min(touched), max(touched)


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
        places=all(
            any(start <= first and last <= end for start, end in spans.get(path, ()))
            for path, places in gold.items()
            for first, last in places
        ),
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
    if options.smoke:
        tasks, sizes = [made.bench().material.task], TOKENS[-1:]
    elif not options.data:
        print("data are missing: name their folder with --data", file=sys.stderr)
        return report.DATA_MISSING
    else:
        tasks, sizes = select(read(Path(options.data)), only=options.only), tuple(options.tokens or TOKENS)
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


def _gathered(task: Task, options: Any) -> Material:
    repositories = Path(options.repositories) if options.repositories else None
    return gather(task, repositories, Path(options.cache))


def _options() -> Any:
    parser = report.parser(__doc__)
    parser.add_argument("--repositories", metavar="DIR", help="bare git directories: owner+name/repo")
    parser.add_argument("--cache", metavar="DIR", default=tempfile.gettempdir(), help="of releases")
    parser.add_argument("--only", nargs="+", default=(), metavar="ID", help="these tasks")
    parser.add_argument("--tokens", nargs="+", type=int, metavar="N", help="sizes of the context")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Who wrote which line: what it costs to find out, and how often it is right.

    python benchmarks/attribution.py --repository DIR [--data DIR] [--seeds N] [--first N] [--quick] [--smoke] [--json]

`--repository` is a large public history with a good deal of code alike (django's mirror). Commits all over it are taken
for accepted proposals and told by `stats ingest`: 20 of them, and 1,500. Measured is the CPU of `stats blame` that
walks it for the first time, beside that of `git log -p` over the same commits; the goal is for the 20. Where every
twentieth commit was an agent's, its lines are followed in all that come after; that figure is told and not judged.
Then, in another clone, the CPU of 1,000 commits more, beside git's; and what evidence weighs in notes, of all of the
last 600 commits and of those 1,500. False AI: 20 commits of later days are told as accepted and never land; what is
found of them in 450 commits that they have nothing to do with is false.

`--data` is the folder of the attribution scenarios, whose `Repo` random histories (`harness/random_histories.py`) are
written with; each is judged line by line by the harness itself, through the command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import large_history
from benchmarks.harness.measure import measure
from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish, parser

TOP = Path(__file__).resolve().parent.parent
CODE = (".py",)
WINDOW, OPEN_PROPOSALS, LATER = 450, 20, 200
STEP = 1000
FEW, MANY = 20, 1500
RECENT = 600
OLD = 3000
"""Commits before the newest one at which a window ends."""


class Product:
    """The command line on one repository, with a home of its own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.env = {
            "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(TOP),
        }  # fmt: skip

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "swe_agent", "stats", *words, "-C", str(self.folder)]

    def cpu(self, *words: str) -> tuple[float, float]:
        ran = measure(self.argv(*words), self.env, str(TOP))
        if ran.status:
            raise RuntimeError(f"`swe-agent stats {' '.join(words)}` ended with status {ran.status}")
        return ran.cpu_s, ran.peak_mb

    def answer(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(self.argv(*words, "--json"), env=os.environ | self.env, capture_output=True, check=True)
        return json.loads(done.stdout)  # type: ignore[no-any-return]  # one object, as the schema says

    def ingest(self, path: Path) -> None:
        self.cpu("ingest", "--decisions", str(path))


def cold(source: Path, folder: Path, count: int) -> dict[str, float]:
    clone, told = folder / f"cold{count}", folder / f"cold{count}.jsonl"
    large_history.shared_clone(source, clone)
    commits = large_history.spread(large_history.main_line(clone), count, seed=5)
    decided = large_history.write(told, large_history.decisions(clone, commits, endings=CODE))
    product = Product(clone, folder / f"home-cold{count}")
    product.ingest(told)
    path = large_history.lines(clone, "ls-tree", "--name-only", "HEAD")[0]
    spent, peak = product.cpu("blame", path)
    beside = measure(["git", "-C", str(clone), "log", "-p", "HEAD"]).cpu_s
    product.cpu("notes", "write", "--no-labels")
    name = f"{count} commits"
    return {
        "commits": len(large_history.lines(clone, "rev-list", "HEAD")),
        f"{name}: decisions": decided,
        f"{name}: cold, CPU s": spent,
        f"{name}: git log -p, CPU s": beside,
        f"{name}: ratio": spent / beside,
        f"{name}: MB": peak,
        f"{name}: evidence, bytes a line": weight(clone, told),
    }


def of_recent(source: Path, folder: Path, count: int) -> float:
    """Bytes of evidence a line where all of the newest commits were accepted."""
    clone, told = folder / "recent", folder / "recent.jsonl"
    large_history.shared_clone(source, clone)
    commits = large_history.main_line(clone)[-count:]
    large_history.write(told, large_history.decisions(clone, commits, endings=CODE))
    product = Product(clone, folder / "home-recent")
    product.ingest(told)
    product.cpu("notes", "write", "--no-labels")
    return weight(clone, told)


def weight(clone: Path, told: Path) -> float:
    """What the evidence takes in git's store, by the lines that the decisions added."""
    rows = large_history.git(clone, "ls-tree", "-r", "refs/notes/swe-agent").decode().splitlines()
    ids = [row.split()[2] for row in rows if "\tevidence/" in row]
    asked = "".join(f"{id_}\n" for id_ in ids).encode()
    sizes = large_history.git(clone, "cat-file", "--batch-check=%(objectsize:disk)", data=asked).split()
    added = 0
    with told.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            before, after = clone.parent / "before", clone.parent / "after"
            before.write_text(row["before"], encoding="utf-8")
            after.write_text(row["after"], encoding="utf-8")
            argv = ["git", "diff", "--no-index", "--numstat", str(before), str(after)]
            done = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.split()
            added += int(done[0]) if done and done[0].isdigit() else 0
    return sum(map(int, sizes)) / max(1, added)


def incremental(source: Path, folder: Path, count: int, step: int) -> dict[str, float]:
    """CPU a commit of the walk that goes on, less that of a question where nothing is new."""
    clone, told = folder / f"more{count}", folder / f"more{count}.jsonl"
    large_history.shared_clone(source, clone)
    tip = large_history.lines(clone, "rev-parse", "HEAD")[0]
    line = large_history.main_line(clone)
    before = line[-1 - step]
    recent = line[-4 * step :]
    commits = large_history.spread(recent, count, seed=6)
    large_history.write(told, large_history.decisions(clone, commits, endings=CODE))
    product = Product(clone, folder / f"home-more{count}")
    product.ingest(told)
    branch = large_history.lines(clone, "symbolic-ref", "HEAD")[0]
    for name in (branch, "refs/remotes/origin/HEAD"):
        large_history.git(clone, "update-ref", "--no-deref", name, before)
    path = large_history.lines(clone, "ls-tree", "--name-only", before)[0]
    product.cpu("blame", path)
    still = min(product.cpu("blame", path)[0] for _ in range(2))
    large_history.git(clone, "update-ref", branch, tip)
    more = len(large_history.lines(clone, "rev-list", f"{before}..{tip}"))
    spent = product.cpu("blame", path)[0] - still
    beside = measure(["git", "-C", str(clone), "log", "-p", f"{before}..{tip}"]).cpu_s
    return {
        "commits more": more,
        f"{count} commits told: CPU ms a commit more": 1000 * spent / more,
        f"{count} commits told: of git log -p": 1000 * beside / more,
    }


def false_ai(source: Path, folder: Path, seeds: int) -> float:
    """Lines that are told to be an agent's and are not, of those that the commits at hand added."""
    told = found = 0
    for seed in range(seeds):
        clone, rows = folder / f"false{seed}", folder / f"false{seed}.jsonl"
        large_history.shared_clone(source, clone)
        line = large_history.main_line(clone)
        end = len(line) - min(OLD * (seed + 1), len(line) // 2)
        window, later = line[end - WINDOW : end], line[end : end + LATER]
        chosen = large_history.spread(later, OPEN_PROPOSALS - 1, seed)
        decisions = (
            row
            for number, commit in enumerate(chosen)
            for row in large_history.decisions(
                clone, [commit], endings=("",), base=window[number * (WINDOW - 20) // OPEN_PROPOSALS]
            )
        )
        first = large_history.git(clone, "log", "-1", "--format=%cI", window[0]).decode().strip()
        large_history.write(rows, ({**row, "time": first} for row in decisions))
        product = Product(clone, folder / f"home-false{seed}")
        product.ingest(rows)
        files = product.answer("blame", "--rev", window[-1])["files"]
        found += sum(run["last"] - run["first"] + 1 for file in files for run in file["runs"] if run["kind"] == "ai")
        numbers = large_history.lines(clone, "log", "--format=", "--numstat", f"{window[0]}^..{window[-1]}")
        told += sum(int(number) for number in numbers[::3] if number.isdigit())
    return found / max(1, told)


def histories(data: Path, first: int, seeds: int) -> dict[str, float]:
    """Random histories, each judged by the harness: shares of lines and of histories that are right."""
    sys.path[:0] = [str(data), str(TOP / "benchmarks" / "harness")]
    sys.dont_write_bytecode = True
    import attribution_adapter  # type: ignore[import-not-found]  # it is found beside the harness's own modules
    import run  # type: ignore[import-not-found]
    import scenarios  # type: ignore[import-not-found]

    from benchmarks.harness.random_histories import History

    total, perfect = run.Score(), 0
    for seed in range(first, first + seeds):

        def script(repo: Any, seed: int = seed) -> None:
            History(repo, seed, formatter(scenarios)).run()

        score = run.run_scenario(script, attribution_adapter.Adapter)
        perfect += score.passed()
        total.add(score)
        print(f"history {seed}: {score.right} of {score.lines} lines right", file=sys.stderr, flush=True)
    return {
        "lines judged": total.lines,
        "lines right": total.right / total.lines,
        "agents' lines lost": total.lost / total.ai_lines,
        "false AI in random histories": total.false_ai / (total.lines - total.ai_lines),
        "histories all right": perfect / seeds,
    }


def formatter(scenarios: Any) -> Any:
    """black where it is here, else ruff, which the development dependencies bring."""

    def ruff(repo: Any, name: str) -> None:
        scenarios.tool("ruff", "format", "-q", "--no-cache", str(repo.path(name)))

    found = subprocess.run([sys.executable, "-c", "import black"], capture_output=True, check=False).returncode == 0
    return scenarios.black if found else ruff


def main() -> int:
    options_of = parser(__doc__)
    options_of.add_argument("--repository", metavar="DIR", help="a large history, bare or not")
    options_of.add_argument("--seeds", type=int, default=40, help="how many random histories")
    options_of.add_argument("--first", type=int, default=5000, help="the seed of the first one")
    options = options_of.parse_args()
    source = Path(options.repository).resolve() if options.repository else TOP
    small = options.smoke or options.quick or not options.repository
    if small and len(large_history.main_line(source)) < STEP // 20:
        print("no history is here; name one with --repository", file=sys.stderr)
        return DATA_MISSING
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="attribution-") as name:
        folder = Path(name)
        few, many = (10, 60) if small else (FEW, MANY)
        if not options.smoke:
            figures |= cold(source, folder, few) | cold(source, folder, many)
            figures["evidence, bytes a line"] = of_recent(source, folder, 60 if small else RECENT)
        for count in (5,) if options.smoke else (5, 100):
            figures |= incremental(source, folder, count, 20 if options.smoke else 50 if small else STEP)
        if not small:
            figures["false AI among clones"] = false_ai(source, folder, 3)
    if options.data:
        figures |= histories(Path(options.data).resolve(), options.first, 2 if small else options.seeds)
    judge = not small
    goals: dict[str, Goal] = {
        "cold_to_git_log": at_most(1.5, figures.get(f"{few} commits: ratio"), judge=judge),
        "cold_mb": at_most(1000, figures.get(f"{many} commits: MB"), judge=judge),
        "incremental_ms": at_most(2.0, figures["5 commits told: CPU ms a commit more"], judge=judge),
        "evidence_bytes_a_line": at_most(8.0, figures.get("evidence, bytes a line"), judge=judge),
        "false_ai_among_clones": at_most(0.003, figures.get("false AI among clones"), judge=judge),
        "random_lines_right": at_least(0.999, figures.get("lines right"), judge=judge),
    }
    code = finish("attribution", figures, goals, as_json=options.json)
    return code if (options.data and options.repository) or code else DATA_MISSING


if __name__ == "__main__":
    sys.exit(main())

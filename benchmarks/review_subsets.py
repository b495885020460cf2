#!/usr/bin/env python3
"""Random halves of real commits: what they break, and what they break with the companions that the desk would offer.

    python benchmarks/review_subsets.py --data DIR [--list FILE] [--only NAME] [--start REV]
        [--quick] [--smoke] [--json]

DIR holds bare git directories, `owner+name/repo`. Of each repository that REPOSITORIES names the first parents of a
fixed commit are replayed, it first: those that are no merges and have 4 to 60 blocks, none left out. All blocks have
to give the head and none the base, byte for byte. Then half of the blocks, drawn with a seed of the commit's id, are
taken, without and with companions. Python is judged by ruff (syntax, F821, F811), of which what base or head have is
no fault of the subset's; other languages by what no longer parses. `--start` begins somewhere else in the history.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish, parser
from benchmarks.harness.subsets import Broken, Case, Commit, Files, commits, judge
from benchmarks.harness.trees import find_repository, git
from swe_agent.core.diff import splice
from swe_agent.desk.companions import Companions, Texts

REPOSITORIES = {
    "pytest-dev/pytest": ("python", "df87db7b0462", 200),
    "sphinx-doc/sphinx": ("python", "e44a40eb2f81", 200),
    "pallets/werkzeug": ("python", "1b00618e787f", 150),
    "pydata/xarray": ("python", "b1c1dc549b62", 150),
    "vuejs/core": ("typescript", "e2bede96134f", 100),
    "eslint/eslint": ("javascript", "c27bc926e496", 100),
    "caddyserver/caddy": ("go", "0cf03d32f7d9", 100),
    "tokio-rs/tokio": ("rust", "ea91b33ca57f", 100),
    "jhy/jsoup": ("java", "46b620860af9", 100),
}
QUICK = 6
CHUNK = 25


@dataclass(kw_only=True)
class Tally:
    """What was seen of the commits of one language or of all."""

    commits: int = 0
    exact: int = 0
    half_syntax: int = 0
    half_names: int = 0
    broken: list[str] = field(default_factory=list)
    extra: int = 0
    taken: int = 0
    collapsed: int = 0
    cpu_s: list[float] = field(default_factory=list)

    def share(self, count: int) -> float:
        return round(100 * count / self.commits, 1) if self.commits else 0.0


@dataclass(frozen=True, kw_only=True)
class Replay:
    commit: Commit
    exact: bool
    taken: int
    extra: int
    cpu_s: float
    half: Files
    whole: Files


def files_of(commit: Commit, chosen: dict[str, None]) -> Files:
    found: dict[str, bytes | None] = {}
    for change in commit.changes:
        done = splice(change, commit.base.get(change.path, b""), commit.head.get(change.path, b""), chosen)
        regular = done is not None and done.mode not in ("120000", "160000")
        found[change.path] = done.data if done is not None and regular else None
    return found


def is_exact(commit: Commit) -> bool:
    for change in commit.changes:
        base, head = commit.base.get(change.path, b""), commit.head.get(change.path, b"")
        none, every = (splice(change, base, head, ids) for ids in ({}, dict.fromkeys(b.id for b in change.blocks)))
        if (none.data if none else None) != (base if change.old else None):
            return False
        if (every.data if every else None) != (head if change.new else None):
            return False
    return True


def replay(commit: Commit) -> Replay:
    half = commit.half()
    begun = time.process_time()
    needs = Companions(commit.changes, Texts(base=commit.base, head=commit.head)).needed(half)
    cpu = time.process_time() - begun
    whole = half | dict.fromkeys(need.block for need in needs)
    return Replay(
        commit=commit, exact=is_exact(commit), taken=len(half), extra=len(needs), cpu_s=cpu,
        half=files_of(commit, half), whole=files_of(commit, whole),
    )  # fmt: skip


def chunks(found: Iterator[Commit]) -> Iterator[list[Replay]]:
    chunk: list[Replay] = []
    for commit in found:
        chunk.append(replay(commit))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def count(tallies: list[Tally], replays: list[Replay], label: str) -> None:
    cases = [Case(key=f"half {r.commit.id}", commit=r.commit, files=r.half) for r in replays]
    cases += [Case(key=f"whole {r.commit.id}", commit=r.commit, files=r.whole) for r in replays]
    judged = judge(cases)
    for one in replays:
        half, whole = judged[f"half {one.commit.id}"], judged[f"whole {one.commit.id}"]
        for tally in tallies:
            tally.commits += 1
            tally.exact += one.exact
            tally.half_syntax += bool(half.syntax)
            tally.half_names += bool(half.names and not half.syntax)
            tally.taken += one.taken
            tally.extra += one.extra
            tally.collapsed += one.taken + one.extra == len(one.commit.blocks)
            tally.cpu_s.append(one.cpu_s)
            if whole:
                tally.broken.append(_said(label, one.commit, whole))
        if whole:
            print(_said(label, one.commit, whole), file=sys.stderr, flush=True)


def _said(label: str, commit: Commit, broken: Broken) -> str:
    return f"{label} {commit.id}: {'; '.join((*broken.syntax, *broken.names))}"


def tiny(folder: Path) -> tuple[Path, str]:
    """A repository of one commit whose halves may break."""

    def run(*argv: str) -> None:
        subprocess.run(["git", "-C", str(folder), *argv], check=True, stdout=subprocess.DEVNULL)

    run("init", "-q", "-b", "main")
    run("config", "user.email", "nobody@localhost")
    run("config", "user.name", "nobody")
    kept = "".join(f"kept_{number} = {number}\n" for number in range(3))
    for head in (False, True):
        parts = [
            "import os\n",
            kept,
            "def total(rows):\n    return sum(rows)\n",
            kept,
            "print(total([1]))\n",
            kept,
            kept,
        ]
        if head:
            parts = ["import json\n", kept, "def add_up(rows):\n    return json.dumps(sum(rows))\n", kept]
            parts += ["print(add_up([1]))\n", kept, "print(json)\n", kept, "print(kept_0)\n"]
        (folder / "a.py").write_text("".join(parts), encoding="utf-8")
        run("add", ".")
        run("commit", "-q", "-m", "a commit")
    return folder / ".git", "HEAD"


def places(options: argparse.Namespace) -> Iterator[tuple[str, str, Path | None, str, int]]:
    """Name, language, repository (None where it is not there), first commit and number of commits."""
    for name, (language, start, wanted) in REPOSITORIES.items():
        if not options.only or options.only in name:
            where = find_repository(Path(options.data), name) if options.data else None
            yield name, language, where, options.start or start, QUICK if options.quick else wanted


def is_there(repository: Path, start: str) -> bool:
    try:
        return git(repository, "cat-file", "-t", start).strip() == b"commit"
    except subprocess.CalledProcessError:
        return False


def figures_of(tallies: dict[str, Tally]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name, tally in tallies.items():
        if tally.commits:
            figures[f"{name}: commits"] = tally.commits
            figures[f"{name}: half no longer parses, %"] = tally.share(tally.half_syntax)
            figures[f"{name}: half breaks names, %"] = tally.share(tally.half_names)
            figures[f"{name}: with companions broken"] = len(tally.broken)
            figures[f"{name}: blocks taken, then added, a commit"] = (
                f"{tally.taken / tally.commits:.2f}, {tally.extra / tally.commits:.2f}"
            )
            figures[f"{name}: all blocks taken, %"] = tally.share(tally.collapsed)
            figures[f"{name}: CPU a commit, mean, p95, most, s"] = ", ".join(f"{s:.3f}" for s in _cpu(tally.cpu_s))
    return figures


def _cpu(seconds: list[float]) -> tuple[float, float, float]:
    ordered = sorted(seconds)
    return statistics.fmean(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]


def goals_of(every: Tally, python: Tally, *, full: bool) -> dict[str, Goal]:
    sound = round(100 * (1 - len(python.broken) / python.commits), 2) if python.commits else None
    return {
        "commits": at_least(1000, float(every.commits), judge=full),
        "exact_percent": at_least(100.0, every.share(every.exact) if every.commits else None),
        "python_sound_percent": at_least(100.0, sound),
        "extra_blocks_a_commit": at_most(1.5, round(every.extra / max(every.commits, 1), 2), judge=full),
        "collapsed_percent": at_most(10.0, every.share(every.collapsed), floor=18.0, judge=full),
    }


def replay_all(options: argparse.Namespace, listed: list[str]) -> tuple[dict[str, Tally], list[str]]:
    """The tallies by language, and the repositories that could not be replayed in full."""
    tallies: dict[str, Tally] = {"all": Tally()}
    short: list[str] = []
    for name, language, repository, start, wanted in places(options):
        if repository is None or not is_there(repository, start):
            short.append(f"{name}: not there, or without {start}")
            continue
        own = tallies.setdefault(language, Tally())
        before = own.commits
        for chunk in chunks(commits(repository, start, wanted)):
            count([tallies["all"], own], chunk, name)
            listed += [f"{name} {one.commit.id} {len(one.commit.blocks)}" for one in chunk]
            print(f"{name}: {own.commits - before} of {wanted}", file=sys.stderr, flush=True)
        if own.commits - before < wanted:
            short.append(f"{name}: {own.commits - before} commits of the {wanted} wanted")
    return tallies, short


def main() -> int:
    asked = parser(__doc__)
    asked.add_argument("--list", metavar="FILE", help="write the commits there, with the number of their blocks")
    asked.add_argument("--only", metavar="NAME", help="repositories whose name has this in it")
    asked.add_argument("--start", metavar="REV", help="the first commit, in place of the fixed one")
    options = asked.parse_args()
    listed: list[str] = []
    if options.smoke:
        with tempfile.TemporaryDirectory(prefix="subsets-") as folder:
            repository, start = tiny(Path(folder))
            tallies, short = {"all": Tally(), "python": Tally()}, []
            for chunk in chunks(commits(repository, start, 1)):
                count(list(tallies.values()), chunk, "tiny")
    else:
        tallies, short = replay_all(options, listed)
    if options.list:
        Path(options.list).write_text("".join(f"{line}\n" for line in listed), encoding="utf-8")
    for line in short:
        print(line, file=sys.stderr)
    whole = not (options.smoke or options.quick or options.only or options.start)
    goals = goals_of(tallies["all"], tallies.get("python", Tally()), full=whole and not short)
    status = finish("review_subsets", figures_of(tallies), goals, as_json=options.json)
    return status or (DATA_MISSING if short else 0)


if __name__ == "__main__":
    sys.exit(main())

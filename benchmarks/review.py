#!/usr/bin/env python3
"""What a review without a model finds of faults put into real commits, and what it says of the commits as they are.

    python benchmarks/review.py --repository DIR [--repository DIR ...] [--skip N] [--commits N] [--only KIND]
        [--list FILE] [--quick] [--smoke] [--json]

Each DIR is a bare git directory; nothing is written into it. Of each, first parents of its HEAD that are no merges are
taken. As they are, every comment at a line is noise, whatever truth there is in it. Then each kind of fault is put
into them, one at a time, where a seed of the commit's id says: found is what has a finding of that kind within three
lines. Last the lane is timed on the smallest range of each repository with 5,000 changed lines.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.measure import Measured, measure
from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish, parser
from benchmarks.harness.review_clones import Commit, borrowed, commits
from benchmarks.harness.review_lane import Said, lane
from benchmarks.harness.review_seeds import Seed
from benchmarks.harness.review_seeds_more import OPERATORS
from benchmarks.harness.trees import git

TOP = Path(__file__).resolve().parent.parent
SEED = 17
NEAR = 3
COMMITS, SEEDED = 60, 8
"""Of a repository: those that are looked at as they are, and of those the ones that faults are put into."""
LINES, MOST_STEPS, TIMES = 5_000, 400, 5
REPOSITORIES = 4


@dataclass
class Tally:
    """What was seen of one repository or of all."""

    commits: int = 0
    comments: Counter[str] = field(default_factory=Counter)
    seeds: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    told: int = 0
    runs: list[Measured] = field(default_factory=list)
    paces: list[float] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.commits += other.commits
        self.comments += other.comments
        self.seeds += other.seeds
        self.found += other.found
        self.told += other.told
        self.runs += other.runs

    @property
    def recall(self) -> float | None:
        return round(100 * self.found.total() / self.seeds.total(), 1) if self.seeds else None

    @property
    def noise(self) -> float | None:
        return round(self.comments.total() / self.commits, 3) if self.commits else None


def is_hit(seed: Seed, said: Said) -> bool:
    if not said.rule.startswith(seed.rules) or said.path != seed.path:
        return False
    if not seed.lines or not said.first:
        return not seed.lines
    first, last = min(seed.lines) - NEAR, max(seed.lines) + NEAR
    is_side = said.side == seed.side or (seed.side == "left" and not said.side)
    return is_side and said.first <= last and said.last >= first


def look(clone: Path, ids: list[str], tally: Tally, listed: list[str]) -> None:
    for id_ in ids:
        told = [said for said in lane(clone, f"{id_}^", id_) if said.is_told]
        tally.commits += 1
        tally.comments.update(said.rule for said in told)
        listed += [
            f"{clone.name} {id_[:12]} {one.severity} {one.rule} {one.path}:{one.first} {one.message}" for one in told
        ]


def put_in(clone: Path, ids: list[str], only: str, tally: Tally, listed: list[str]) -> None:
    for id_ in ids:
        commit = Commit(clone, id_)
        before: list[Said] | None = None
        for kind, operator in OPERATORS.items():
            if only not in kind:
                continue
            seed = operator(commit, random.Random(f"{SEED} {kind} {id_}"))
            if seed is None:
                continue
            before = lane(clone, commit.base, id_) if before is None else before
            head = commit.with_files(seed.files)
            hits = [said for said in lane(clone, commit.base, head) if is_hit(seed, said) and said not in before]
            tally.seeds[kind] += 1
            tally.found[kind] += bool(hits)
            tally.told += any(said.is_told for said in hits)
            if not hits:
                listed.append(
                    f"missed: {clone.name} {id_[:12]} {head[:12]} {kind} {seed.path}:{seed.side} {seed.lines}"
                )


def pace() -> float:
    """The seconds of CPU that a loop of ten million rounds takes here now."""
    start = time.process_time()
    for _ in range(10_000_000):
        pass
    return time.process_time() - start


def timed(clone: Path) -> Measured | None:
    """On the shortest history behind HEAD that changes so many lines; None where one commit more makes it too many."""
    for step in range(1, MOST_STEPS):
        try:
            words = git(clone, "diff", "--shortstat", f"HEAD~{step}...HEAD").decode().replace(",", "").split()
        except subprocess.CalledProcessError:
            return None
        changed = sum(int(words[at - 1]) for at, word in enumerate(words) if word.startswith(("insertion", "deletion")))
        if changed > 1.5 * LINES:
            return None
        if changed >= LINES:
            argv = [sys.executable, "-m", "benchmarks.harness.review_worker", str(clone), f"HEAD~{step}", "HEAD"]
            measure(argv, cwd=str(TOP))
            return min((measure(argv, cwd=str(TOP)) for _ in range(TIMES)), key=lambda run: run.cpu_s)
    return None


def figures_of(tallies: dict[str, Tally], every: Tally) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name, tally in tallies.items():
        figures[f"{name}: comments a clean commit"] = f"{tally.noise} of {tally.commits}"
        figures[f"{name}: found, %"] = f"{tally.recall} of {tally.seeds.total()}"
        if tally.runs:
            run = tally.runs[0]
            figures[f"{name}: 5,000 lines"] = f"{run.cpu_s:.2f} s, {run.peak_mb:.0f} MB"
            figures[f"{name}: beside it, ten million rounds of an empty loop"] = f"{tally.paces[0]:.2f} s"
    for kind, count in sorted(every.seeds.items()):
        figures[f"found of {kind}"] = f"{every.found[kind]} of {count}"
    for rule, count in every.comments.most_common():
        figures[f"comments {rule}"] = count
    if every.seeds:
        figures["told at a line, % of seeds"] = round(100 * every.told / every.seeds.total(), 1)
    return figures


def goals_of(every: Tally, *, judge: bool) -> dict[str, Goal]:
    cpu = max((run.cpu_s for run in every.runs), default=None)
    peak = max((run.peak_mb for run in every.runs), default=None)
    return {
        "recall_percent": at_least(95.0, every.recall, judge=judge),
        "comments_a_clean_commit": at_most(0.2, every.noise, judge=judge),
        "cpu_s": at_most(2.0, round(cpu, 2) if cpu is not None else None, judge=judge),
        "peak_mb": at_most(300.0, round(peak) if peak is not None else None, judge=judge),
    }


def run(options: argparse.Namespace, places: list[Path], listed: list[str]) -> dict[str, Tally]:
    looked, seeded = options.commits or COMMITS, SEEDED
    if options.quick or options.smoke:
        looked, seeded = (1, 1) if options.smoke else (4, 1)
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory(prefix="review-") as name:
        for place in places:
            label = place.parent.name if place.name in ("repo", ".git") else place.name
            tally = tallies[label] = Tally()
            clone = borrowed(place, Path(name) / label)
            start = git(place, "rev-parse", "HEAD").decode().strip()
            git(clone, "update-ref", "refs/heads/main", start)
            git(clone, "symbolic-ref", "HEAD", "refs/heads/main")
            ids = commits(clone, start, options.skip, looked)
            if not options.only:
                look(clone, ids, tally, listed)
            put_in(clone, ids[:: max(1, len(ids) // seeded)][:seeded], options.only, tally, listed)
            if not (options.smoke or options.quick or options.only) and (measured := timed(clone)):
                tally.runs.append(measured)
                tally.paces.append(min(pace() for _ in range(TIMES)))
            print(f"{label}: {tally.recall} % of {tally.seeds.total()}, {tally.noise}", file=sys.stderr, flush=True)
    return tallies


def main() -> int:
    asked = parser(__doc__)
    asked.add_argument("--repository", metavar="DIR", action="append", default=[], help="a bare git directory")
    asked.add_argument("--skip", type=int, default=0, metavar="N", help="commits that are passed over first")
    asked.add_argument("--commits", type=int, default=0, metavar="N", help="commits of each repository")
    asked.add_argument("--only", default="", metavar="KIND", help="kinds of faults with this in their name, alone")
    asked.add_argument("--list", metavar="FILE", help="write there what was said of clean commits, and what was missed")
    options = asked.parse_args()
    places = [Path(one) for one in options.repository]
    if options.smoke:
        places = [Path(git(TOP / ".git", "rev-parse", "--absolute-git-dir").decode().strip())]
    missing = [str(one) for one in places if not (one / "HEAD").is_file()]
    for one in missing:
        print(f"{one}: no git directory", file=sys.stderr)
    listed: list[str] = []
    tallies = run(options, [one for one in places if str(one) not in missing], listed)
    every = Tally()
    for tally in tallies.values():
        every.add(tally)
    if options.list:
        Path(options.list).write_text("".join(f"{line}\n" for line in listed), encoding="utf-8")
    is_short = not options.smoke and (bool(missing) or len(tallies) < REPOSITORIES)
    judge = not (options.smoke or options.quick or options.only or is_short)
    status = finish("review", figures_of(tallies, every), goals_of(every, judge=judge), as_json=options.json)
    return status or (DATA_MISSING if is_short else 0)


if __name__ == "__main__":
    sys.exit(main())

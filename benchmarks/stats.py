#!/usr/bin/env python3
"""What figures cost, and whether their intervals keep their word.

    python benchmarks/stats.py [--quick] [--smoke] [--json]

A year of 100,000 decisions is written into the journal of an empty repository: as 20,000 jobs of five blocks, and as
100,000 edits of another tool. Measured is the CPU of `swe-agent stats` and of its questions, less that of the same
command where nothing is recorded (user and system time, the least of several runs); beside it, what the first command
takes that finds them all, and the first after one more decision.

Intervals are judged by simulation: how many of those that the program stands by hold the truth, in families by how
alike the blocks of a proposal are. What it calls "too few" is counted apart. See `harness/coverage.py`.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import coverage, decisions
from benchmarks.harness.measure import measure
from benchmarks.harness.report import Goal, arguments, at_least, at_most, finish
from benchmarks.harness.tasks import patches

TOP = Path(__file__).resolve().parent.parent
QUESTIONS = ((), ("acceptance",), ("acceptance", "--by", "language,model"), ("acceptance", "--since", "90d"), ("cost",))
BLOCKS = 5


class Repository:
    """With one commit, and a journal that `write` makes."""

    def __init__(self, folder: Path, write: Callable[[Path], None]) -> None:
        self.folder, home = folder / "project", folder / "home"
        home.mkdir(parents=True)
        patches.write(self.folder, {"readme.txt": b"one\n"})
        patches.commit_all(self.folder)
        self.journal = self.folder / ".git/swe-agent/journal.jsonl"
        write(self.journal)
        self.env = {
            "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(TOP),
        }  # fmt: skip

    def cpu(self, *question: str) -> float:
        ran = measure([sys.executable, "-m", "swe_agent", "stats", *question], self.env, str(self.folder))
        if ran.status:
            raise RuntimeError(f"`swe-agent stats {' '.join(question)}` ended with status {ran.status}")
        return ran.cpu_s


def speed(
    folder: Path, n: int, times: int, questions: Sequence[tuple[str, ...]]
) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds by what was asked of what, after start-up; and what comes once, where all or one day has to be summed."""
    now = datetime.now(UTC)
    empty = Repository(folder / "empty", lambda path: decisions.write_edits(path, 0, now))
    full = {
        f"{n // BLOCKS:,} jobs": Repository(
            folder / "jobs", lambda path: decisions.write_jobs(path, n // BLOCKS, BLOCKS, now)
        ),
        f"{n:,} edits": Repository(folder / "edits", lambda path: decisions.write_edits(path, n, now)),
    }
    empty.cpu()  # warms the byte-code
    start = {question: min(empty.cpu(*question) for _ in range(times)) for question in questions}
    found: dict[str, float] = {}
    once: dict[str, float] = {}
    for name, repository in full.items():
        once[f"{name}: all taken in, CPU s"] = repository.cpu() - start[()]
        for question in questions:
            repository.cpu(*question)  # sums this cut
            least = min(repository.cpu(*question) for _ in range(times))
            found[f"{name}: {' '.join(('stats', *question))}, CPU s"] = least - start[question]
        decisions.one_more(repository.journal)
        once[f"{name}: after one more, CPU s"] = repository.cpu() - start[()]
    return found, once


def intervals(repeats: Mapping[str, int]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Coverage of each family that is judged; of finer ones; and what there is to say of data sets that are too few."""
    chance = random.Random(2026)
    judged: dict[str, float] = {}
    finer: dict[str, float] = {}
    few: dict[str, float] = {}
    for by_lines, unit in ((False, "blocks"), (True, "lines")):
        found = coverage.simulate(chance, repeats[unit], by_lines=by_lines)
        for family, tally in found.enough.items():
            (judged if family == unit or "likeness" in family else finer)[family] = tally.share
        small = found.too_few[unit]
        few[f"{unit}, too few: share held"] = small.share
        few[f"{unit}, too few: of all sets"] = small.n / (small.n + found.enough[unit].n)
    judged["proposals"] = coverage.simulate_proposals(chance, repeats["proposals"]).enough["proposals"].share
    differences, claimed = coverage.simulate_differences(chance, repeats["differences"])
    judged |= {family: tally.share for family, tally in differences.items()}
    few["differences claimed where there is none"] = claimed.share
    return judged, finer, few


def main() -> int:
    options = arguments(__doc__)
    n, times = (500, 1) if options.smoke else (20_000, 2) if options.quick else (100_000, 4)
    repeats = dict(zip(("blocks", "lines", "proposals", "differences"),
                       (1, 1, 1, 2) if options.smoke else (40, 15, 60, 25) if options.quick else (600, 250, 300, 600),
                       strict=True))  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="stats-") as name:
        found, once = speed(Path(name), n, times, QUESTIONS[:2] if options.smoke else QUESTIONS)
    judged, finer, few = intervals(repeats)
    figures: dict[str, object] = {
        **{what: round(value, 3) for what, value in (found | once).items()},
        **{f"held: {family}": round(share, 4) for family, share in (judged | finer).items()},
        **{what: round(value, 4) for what, value in few.items()},
    }
    # A quick run has a fifth of the decisions, and too few data sets to tell 97 from 98 %.
    judge = not (options.smoke or options.quick)
    goals: dict[str, Goal] = {
        "stats_cpu_s": at_most(0.150, round(max(found.values()), 3), judge=judge),
        # The floors leave room for chance: a family of ten thousand sets is known to within 0.4 of a hundred.
        "coverage_least": at_least(0.93, round(min(judged.values()), 4), floor=0.925, judge=judge),
        "coverage_most": at_most(0.97, round(max(judged.values()), 4), floor=0.975, judge=judge),
    }
    return finish("stats", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

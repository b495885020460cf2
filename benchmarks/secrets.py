#!/usr/bin/env python3
"""What the shapes of secrets find of secrets that were planted, and what they say of commits that hold none.

    python benchmarks/secrets.py --repository DIR [--repository DIR ...] [--skip N] [--commits N] [--times N]
        [--list FILE] [--quick] [--smoke] [--json]

Each DIR is a bare git directory; nothing is written into it. Of each, the lines that came with first parents of its
HEAD that are no merges are looked at file by file, as a hook does. A commit that a hook would have stopped is a false
alarm until somebody has looked at it: `--list` writes them down without the secret. Whole private keys in folders of
tests are counted apart: they are what they look like. Then secrets made up after the documentation of their providers
are put among lines that came, in two dozen notations.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.report import DATA_MISSING, Goal, at_least, at_most, finish, parser
from benchmarks.harness.secret_samples import samples
from benchmarks.harness.trees import ENVIRONMENT, git
from swe_agent.core.secrets import find, is_sure_in, redact

TOP = Path(__file__).resolve().parent.parent
SEED = 29
COMMITS, TIMES, REPOSITORIES = 400, 20, 4
SHOWN = 160
"""Characters of a line in the list."""
IMPORT = (
    "import sys; sys.path.insert(0, {!r}); import time, re, math, swe_agent.core; begun = time.process_time(); "
    "import swe_agent.core.secrets; print(1000 * (time.process_time() - begun))"
)
"""Says the milliseconds of CPU that the import took."""


@dataclass
class Tally:
    """What was seen of one repository or of all."""

    commits: int = 0
    lines: int = 0
    stopped: int = 0
    of_tests: int = 0
    told: int = 0
    cpu_s: float = 0.0
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.commits += other.commits
        self.lines += other.lines
        self.stopped += other.stopped
        self.of_tests += other.of_tests
        self.told += other.told
        self.cpu_s += other.cpu_s
        self.rules += other.rules


@dataclass
class Planted:
    """By provider and grade, how many there were and how many were found as they should be."""

    seeds: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)

    def percent(self, *grades: str) -> float | None:
        seeds = sum(count for (_, grade), count in self.seeds.items() if grade in grades)
        found = sum(count for (_, grade), count in self.found.items() if grade in grades)
        return round(100 * found / seeds, 2) if seeds else None


def came(repository: Path, skip: int, wanted: int) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Commits with the lines that came with them, by path."""
    argv = ["git", "--git-dir", str(repository), "log", "--first-parent", "--no-merges", f"--skip={skip}", "-U0", "-p",
            f"--max-count={wanted}", "--format=%x02%H", "--no-color", "--no-ext-diff", "--diff-filter=AM"]  # fmt: skip
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        id_, files, path, is_head = "", {}, "", False
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if line.startswith("\x02"):
                if id_:
                    yield id_, files
                id_, files = line[1:], {}
            elif line.startswith("diff --git "):
                is_head = True
            elif line.startswith("@@"):
                is_head = False
            elif is_head and line.startswith("+++ "):
                path = line[4:].removeprefix("b/")
            elif not is_head and line.startswith("+"):
                files.setdefault(path, []).append(line[1:])
        if id_:
            yield id_, files


def look(repository: Path, label: str, skip: int, wanted: int, listed: list[str]) -> tuple[Tally, list[str]]:
    """Also gives texts to plant secrets among."""
    tally, texts = Tally(), []
    for id_, files in came(repository, skip, wanted):
        tally.commits += 1
        grades, is_of_tests = set(), True
        for path, rows in files.items():
            text = "\n".join(rows)
            tally.lines += len(rows)
            begun = time.process_time()
            leaks = find(text)
            tally.cpu_s += time.process_time() - begun
            if not leaks and 3 < len(rows) < 400:
                texts.append(text)
            for leak in leaks:
                grades.add(leak.is_sure)
                if is_sure_in(leak, path):
                    is_of_tests = False
                tally.rules[f"{'sure' if leak.is_sure else 'told'}: {leak.rule}"] += 1
                shown = redact(rows[leak.line - 1].strip())[:SHOWN]
                said = "SURE" if leak.is_sure else "told"
                listed.append(f"{said} {label} {id_[:12]} {leak.rule} {path} {shown}")
        tally.stopped += True in grades
        tally.of_tests += True in grades and is_of_tests
        tally.told += bool(grades)
    return tally, texts


def plant(texts: list[str], times: int, listed: list[str]) -> Planted:
    chance, planted = random.Random(SEED), Planted()
    for sample in samples(chance, times):
        rows = chance.choice(texts).split("\n") if texts else []
        at = chance.randint(0, len(rows))
        text = "\n".join([*rows[:at], sample.lines, *rows[at:]])
        first = len("\n".join([*rows[:at], ""])) if at else 0
        leaks = [leak for leak in find(text) if leak.start < first + len(sample.lines) and leak.end > first]
        is_gone = sample.core not in redact(text)
        is_hit = is_gone and any(leak.is_sure or sample.grade == "generic" for leak in leaks)
        key = sample.provider, sample.grade
        planted.seeds[key] += 1
        planted.found[key] += is_hit
        planted.told[key] += is_gone
        if not is_hit:
            said = ", ".join(f"{leak.rule} {leak.is_sure}" for leak in leaks)
            listed.append(
                f"missed {sample.provider} {sample.grade} {sample.notation}: {said or 'nothing'} {sample.lines}"
            )
    return planted


def loading() -> float:
    """Milliseconds of CPU to import the module, over what `re` and `math` take; the least of several."""
    argv = [sys.executable, "-I", "-S", "-c", IMPORT.format(str(TOP))]
    return min(float(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout) for _ in range(15))


def figures_of(tallies: dict[str, Tally], every: Tally, planted: Planted) -> dict[str, object]:
    figures: dict[str, object] = {}
    for name, tally in tallies.items():
        figures[f"{name}: stopped, told"] = f"{tally.stopped}, {tally.told} of {tally.commits}"
    figures["stopped for private keys of tests alone"] = f"{every.of_tests} of {every.stopped}"
    for rule, count in every.rules.most_common():
        figures[rule] = count
    for key, count in sorted(planted.seeds.items()):
        if planted.found[key] < count:
            figures[f"found of {key[0]} ({key[1]})"] = f"{planted.found[key]} of {count}, {planted.told[key]} taken out"
    for grade in ("shape", "named", "generic"):
        seeds = sum(count for (_, one), count in planted.seeds.items() if one == grade)
        figures[f"found by {grade}, %"] = f"{planted.percent(grade)} of {seeds}"
    if every.lines:
        figures["CPU of 1,000 lines, ms"] = round(1_000_000 * every.cpu_s / every.lines, 2)
    return figures


def goals_of(every: Tally, planted: Planted, load_ms: float, *, judge: bool) -> dict[str, Goal]:
    rate = round(2000 * (every.stopped - every.of_tests) / every.commits, 2) if every.commits else None
    return {
        "recall_percent": at_least(100.0, planted.percent("shape", "named"), floor=99.9, judge=judge),
        "stopped_of_2000_commits": at_most(1.0, rate, judge=judge and every.commits >= 2000),
        "import_ms": at_most(5.0, round(load_ms, 1), judge=judge),
    }


def main() -> int:
    asked: argparse.ArgumentParser = parser(__doc__)
    asked.add_argument("--repository", metavar="DIR", action="append", default=[], help="a bare git directory")
    asked.add_argument("--skip", type=int, default=0, metavar="N", help="commits that are passed over first")
    asked.add_argument("--commits", type=int, default=0, metavar="N", help="commits of each repository")
    asked.add_argument("--times", type=int, default=0, metavar="N", help="how often each shape is planted")
    asked.add_argument("--list", metavar="FILE", help="write there what was said of commits, and what was missed")
    options = asked.parse_args()
    places = [Path(one) for one in options.repository]
    if options.smoke:
        places = [Path(git(TOP / ".git", "rev-parse", "--absolute-git-dir").decode().strip())]
    missing = [str(one) for one in places if not (one / "HEAD").is_file()]
    for one in missing:
        print(f"{one}: no git directory", file=sys.stderr)
    commits = options.commits or (3 if options.smoke else 50 if options.quick else COMMITS)
    times = options.times or (1 if options.smoke else 4 if options.quick else TIMES)
    listed: list[str] = []
    tallies: dict[str, Tally] = {}
    texts: list[str] = []
    for place in places:
        if str(place) not in missing:
            label = place.parent.name if place.name in ("repo", ".git") else place.name
            tallies[label], more = look(place, label, options.skip, commits, listed)
            texts += more
    every = Tally()
    for tally in tallies.values():
        every.add(tally)
    planted = plant(texts, times, listed)
    if options.list:
        Path(options.list).write_text("".join(f"{line}\n" for line in listed), encoding="utf-8")
    is_short = not options.smoke and (bool(missing) or len(tallies) < REPOSITORIES)
    judge = not (options.smoke or options.quick or is_short)
    goals = goals_of(every, planted, loading(), judge=judge)
    status = finish("secrets", figures_of(tallies, every, planted), goals, as_json=options.json)
    return status or (DATA_MISSING if is_short else 0)


if __name__ == "__main__":
    sys.exit(main())

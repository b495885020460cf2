#!/usr/bin/env python3
"""What the repair engine finds without a model: the whole program, in its sandbox, on bugs that tests prove.

    python benchmarks/repair.py [--data DIR [--peers]] [--packages DIR [--mutants N] [--withheld]] [--only NAME]...
        [--seconds S] [--minutes M] [--jobs N] [--list FILE] [--quick] [--smoke] [--json]
    python benchmarks/repair.py --packages DIR --fetch
    python benchmarks/repair.py --tasks DIR --repositories DIR --cache DIR [--source NAME]

For each bug a repository of the program and its tests is made, without history, and `swe-agent run --engine repair
--max-time S` runs in it.

DIR of `--data` is a checkout of jkoppel/QuixBugs: 40 Python programs of one fault each, with tests and a corrected
version; with `--peers` those of `make peers` that need no model are run on the same repositories, in the same sandbox
and time. Plausible is a proposal that the program itself says is verified by the tests. Correct is, of these, what is
the corrected program but for layout and notes, or answers as that does on the inputs of the tests and 300 made of them;
where there are no such inputs (graphs, linked lists), only the former.

DIR of `--packages` holds unpacked packages with their tests, a folder each; `--fetch` fills it from the package index.
Of each, N single-point mutants are made by cosmic-ray (`make peers`), drawn with a fixed seed, kinds of operators and
modules taking turns: such that at least one test fails, that all tests still load, and that they end. Repaired is what
the program says is verified. Correct is, of these, what has the syntax tree of the original again, and nothing less;
what compiles to the same byte code is counted apart, as equivalent. Where the changed line stands in the engine's
ranking, and the right edit among its candidates, is asked of the engine's public functions on a traced run of its own.
With `--withheld` each mutant is tried once more without the templates that could take its kind back: what is left are
other edits that pass the tests, wrong ones mostly.

DIR of `--tasks` holds fixes of real projects, which get an environment and are verified as `tasks.py` does. The tree
has the tests that the fix came with. Repaired is what the program says is verified, correct what has the syntax trees
of the fix; most fixes are far more than one small edit.
"""

from __future__ import annotations

import json
import math
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import mutant_repairs, repair_peers, task_repairs
from benchmarks.harness.mutants import PEER, Mutant, mutants
from benchmarks.harness.packages import Package, fetch, packages
from benchmarks.harness.quixbugs import Bug, bugs
from benchmarks.harness.repair_runs import Run, accept, run
from benchmarks.harness.report import DATA_MISSING, Goal, at_least, finish, parser
from benchmarks.harness.tasks.grade import Bench, DoesNotVerify, verify
from benchmarks.harness.tasks.load import SOURCES, read, select
from benchmarks.harness.tasks.material import Missing, gather

SECONDS, TEST_SECONDS, SECONDS_TO_VERIFY = 60, 8, 900
ALL, PLAUSIBLE, CORRECT = 40, 22, 16
QUICK = ("gcd", "flatten")
PUBLISHED = {
    "published: Astor and Nopol, Java": "13 of 40 plausible, 12 of 22 patches overfit (Ye et al., arXiv 1805.03454)",
    "published: ChatGPT with hints, Python": "31 of 40 (Sobania et al., arXiv 2301.08653)",
}
"""Of QuixBugs, to stand beside our own figures. Other programs decide in each what is correct."""
MUTANTS, LEAST_PACKAGES = 4, 10
REPAIRED, REPAIRED_CORRECT = 60, 40
QUICK_PACKAGES = ("webcolors",)
Given = TypeVar("Given")
Came = TypeVar("Came", "Outcome", mutant_repairs.Outcome, repair_peers.Outcome, task_repairs.Outcome)
TINY = {
    "tiny/__init__.py": "def larger(one, two):\n    return one if one > two else two\n",
    "tests/test_tiny.py": (
        "import tiny\n\n\ndef test_larger():\n    assert tiny.larger(1, 2) == 2\n    assert tiny.larger(3, 2) == 3\n"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    name: str
    run: Run
    verdict: str

    @property
    def is_correct(self) -> bool:
        return self.run.proposed and self.verdict in ("same", "alike")

    def row(self) -> dict[str, object]:
        said = {"plausible": self.run.proposed, "verdict": self.verdict, "tried": self.run.tried}
        return {"name": self.name, **said, "seconds": self.run.seconds, "said": self.run.said}

    def told(self) -> str:
        word = "plausible" if self.run.proposed else "-"
        effort = f"{self.run.tried:5} tried {self.run.seconds:5.1f} s"
        return f"{self.name:30} {word:9} {self.verdict:8} {effort}  {self.run.said[:100]}"


def repaired(bug: Bug, seconds: int) -> Outcome:
    with TemporaryDirectory(prefix="repair-") as name:
        home = Path(name)
        repo = bug.repository(home / "repo").path
        done = run(repo, home, f"python -m pytest -q {bug.test}", seconds, SWE_AGENT_TEST_SECONDS=str(TEST_SECONDS))
        verdict = ""
        if done.proposed:
            accept(repo, home)
            verdict = bug.judged((repo / bug.path).read_text("utf-8"), home / "judged")
        return Outcome(name=bug.name, run=done, verdict=verdict)


def of_programs(found: Sequence[Bug], options: Namespace) -> tuple[dict[str, object], dict[str, Goal]]:
    outcomes = list(_told(lambda bug: repaired(bug, options.seconds), found, options))
    plausible, correct = sum(one.run.proposed for one in outcomes), sum(one.is_correct for one in outcomes)
    judge = len(outcomes) >= ALL
    goals = {
        "plausible": at_least(PLAUSIBLE, plausible, judge=judge),
        "correct": at_least(CORRECT, correct, judge=judge),
    }
    figures: dict[str, object] = {
        "programs": len(outcomes),
        "same or alike": f"{correct} of {plausible} plausible",
        "edits tried": sum(one.run.tried for one in outcomes),
        "seconds, the slowest": round(max(one.run.seconds for one in outcomes), 1),
        "seconds, all": round(sum(one.run.seconds for one in outcomes), 1),
        **PUBLISHED,
    }
    if options.peers:
        pairs = [(peer, bug) for bug in found for peer in repair_peers.PEERS if peer.name not in repair_peers.missing()]
        theirs = list(_told(lambda pair: repair_peers.repaired(*pair, options.seconds), pairs, options))
        figures |= repair_peers.figures(theirs, len(outcomes))
    return figures, goals


def of_packages(found: Sequence[Package], options: Namespace) -> tuple[dict[str, object], dict[str, Goal]]:
    drawn: Counter[str] = Counter()
    chosen: list[list[Mutant]] = []
    for package in found:
        made = mutants(package, options.mutants)
        drawn += made.drawn
        chosen.append(made.mutants)
        print(f"{package.name}: {made.note or _counted(made.drawn)}", file=sys.stderr, flush=True)
    # Packages take turns, so that a run that is cut short has seen all of them.
    turns = [mutant for turn in zip_longest(*chosen) for mutant in turn if mutant is not None]
    outcomes = list(_told(lambda mutant: mutant_repairs.repaired(mutant, options.seconds), turns, options))
    if not outcomes:
        return {"mutants": 0}, {}
    judge = len({one.mutant.package.name for one in outcomes}) >= LEAST_PACKAGES
    repaired_share = mutant_repairs.share(outcomes, lambda one: one.run.verified)
    correct_share = mutant_repairs.share(outcomes, lambda one: one.correct)
    goals = {
        "mutants repaired, %": at_least(REPAIRED, repaired_share, judge=judge),
        "mutants correct at k=1, %": at_least(REPAIRED_CORRECT, correct_share, judge=judge),
    }
    figures = mutant_repairs.figures(outcomes, drawn)
    if options.withheld:
        lame = list(_told(partial(_without_its_templates, seconds=options.seconds), turns, options))
        figures |= mutant_repairs.withheld_figures(lame)
    return figures, goals


def of_tasks(options: Namespace) -> dict[str, object]:
    benches: list[Bench] = []
    for task in select(read(Path(options.tasks)), only=options.only, source=options.source):
        try:
            material = gather(task, Path(options.repositories), Path(options.cache))
            benches.append(verify(material, Path(options.cache), seconds=SECONDS_TO_VERIFY))
        except (Missing, DoesNotVerify) as error:
            print(f"{task.id}: does not build: {str(error)[-200:]}", file=sys.stderr, flush=True)
    outcomes = list(_told(lambda bench: task_repairs.repaired(bench, options.seconds), benches, options))
    return task_repairs.figures(outcomes)


def _without_its_templates(mutant: Mutant, seconds: int) -> mutant_repairs.Outcome:
    return mutant_repairs.repaired(mutant, seconds, mutant_repairs.INVERSE.get(mutant.place.kind, ()))


def _told(work: Callable[[Given], Came], given: Sequence[Given], options: Namespace) -> Iterator[Came]:
    """Each outcome, told and listed as soon as those before it are."""
    last = time.monotonic() + 60 * options.minutes if options.minutes else math.inf
    with ThreadPoolExecutor(options.jobs) as pool:
        for outcome in pool.map(lambda one: work(one) if time.monotonic() < last else None, given):
            if outcome is None:
                continue
            print(outcome.told(), file=sys.stderr, flush=True)
            if options.list:
                with Path(options.list).open("a", encoding="utf-8") as file:
                    print(json.dumps(outcome.row()), file=file)
            yield outcome


def _counted(drawn: Counter[str]) -> str:
    return ", ".join(f"{number} {verdict}" for verdict, number in drawn.most_common())


def _options() -> Namespace:
    asked = parser(__doc__)
    asked.add_argument("--packages", metavar="DIR", help="unpacked packages with their tests")
    asked.add_argument("--peers", action="store_true", help="with --data: peers on the same programs")
    asked.add_argument("--fetch", action="store_true", help="fill DIR of `--packages` from the package index, and end")
    asked.add_argument("--mutants", type=int, default=MUTANTS, metavar="N", help="of each package")
    asked.add_argument("--withheld", action="store_true", help="each mutant once more, without its kind's templates")
    asked.add_argument("--only", metavar="NAME", action="append", default=[], help="these programs or packages alone")
    asked.add_argument("--tasks", metavar="DIR", help="fixes of real projects")
    asked.add_argument("--repositories", metavar="DIR", help="of the tasks, bare git directories: owner+name/repo")
    asked.add_argument("--cache", metavar="DIR", help="of the tasks' environments")
    asked.add_argument("--source", choices=SOURCES, default="", help="tasks of this kind")
    asked.add_argument("--seconds", type=int, default=SECONDS, metavar="S", help="for each bug")
    asked.add_argument("--minutes", type=float, metavar="M", help="start with no bug after M minutes")
    asked.add_argument("--jobs", type=int, default=1, metavar="N", help="bugs at once")
    asked.add_argument("--list", metavar="FILE", help="write there what came of each bug")
    return asked.parse_args()


def main() -> int:
    options = _options()
    if options.fetch:
        print("\n".join(fetch(Path(options.packages))) if options.packages else "repair: --fetch needs --packages DIR")
        return 0 if options.packages else 2
    with TemporaryDirectory(prefix="tiny-") as tiny:
        if options.smoke and not options.packages and PEER.exists():
            for path, text in TINY.items():
                place = Path(tiny) / "tiny" / path
                place.parent.mkdir(parents=True)
                place.write_text(text, "utf-8")
            options.packages, options.mutants = tiny, 1
        return _measured(options)


def _measured(options: Namespace) -> int:
    quick = options.quick or options.smoke
    programs = bugs(Path(options.data)) if options.data else []
    given = packages(Path(options.packages)) if options.packages else []
    if given and not PEER.exists():
        print("repair: `make peers` installs cosmic-ray, which makes the mutants", file=sys.stderr)
        return DATA_MISSING
    if options.peers and repair_peers.missing():
        print(f"repair: without {', '.join(repair_peers.missing())}, which `make peers` installs", file=sys.stderr)
    only = options.only or ([*QUICK, *QUICK_PACKAGES, "tiny"] if quick else [])
    programs = [bug for bug in programs if not only or bug.name in only]
    given = [package for package in given if not only or package.name in only]
    if options.tasks and not (options.repositories and options.cache):
        print("repair: --tasks needs --repositories DIR and --cache DIR", file=sys.stderr)
        return 2
    if not programs and not given and not options.tasks:
        print("repair: --data names no checkout of QuixBugs, --packages no package with tests", file=sys.stderr)
        return DATA_MISSING
    figures: dict[str, object] = {}
    goals: dict[str, Goal] = {}
    if options.list:
        Path(options.list).write_text("", "utf-8")
    if programs:
        more, aims = of_programs(programs, options)
        figures, goals = figures | more, goals | aims
    if given:
        options.mutants = 1 if quick else options.mutants
        more, aims = of_packages(given, options)
        figures, goals = figures | more, goals | aims
    if options.tasks:
        figures |= of_tasks(options)
    return finish("repair", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What the repair engine finds without a model: the whole program, in its sandbox, on bugs that tests prove.

    python benchmarks/repair.py --data DIR [--only NAME]... [--seconds S] [--jobs N] [--list FILE] [--quick] [--smoke]
        [--json]

DIR is a checkout of jkoppel/QuixBugs: 40 Python programs of one fault each, with tests and a corrected version. For
each, a repository of that program and its tests is made, and `swe-agent run --engine repair --max-time S` runs in it.
Plausible is a proposal that the program itself says is verified by the tests. Correct is, of these, what is the
corrected program but for layout and notes, or answers as that does on the inputs of the tests and 300 made of them;
where there are no such inputs (graphs, linked lists), only the former.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.quixbugs import Bug, bugs
from benchmarks.harness.report import DATA_MISSING, Goal, at_least, finish, parser
from benchmarks.harness.trees import ENVIRONMENT

SECONDS, TEST_SECONDS = 60, 8
ALL, PLAUSIBLE, CORRECT = 40, 22, 16
QUICK = ("gcd", "flatten")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    name: str
    plausible: bool
    verdict: str
    tried: int
    seconds: float
    said: str

    @property
    def is_correct(self) -> bool:
        return self.plausible and self.verdict in ("same", "alike")


def repaired(bug: Bug, seconds: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="repair-") as name:
        folder = Path(name)
        repo = bug.repository(folder / "repo")
        env = {**ENVIRONMENT, "HOME": name, "XDG_STATE_HOME": f"{name}/state", "XDG_CACHE_HOME": f"{name}/cache"}
        env |= {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SWE_AGENT_TEST_SECONDS": str(TEST_SECONDS),
        }
        argv = [sys.executable, "-m", "swe_agent", "run", "make the tests pass", "--engine", "repair"]
        argv += ["--max-time", f"{seconds}s", "--test", f"python -m pytest -q {bug.test}", "--json"]
        began = time.monotonic()
        done = subprocess.run(argv, cwd=repo.path, env=env, capture_output=True, text=True, check=False)
        took = time.monotonic() - began
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = re.search(r"(\d+) edits tried", done.stdout)
        tried = int(found[1]) if found else 0
        ready = [event for event in events if event["type"] == "ProposalReady"]
        plausible = done.returncode == 0 and bool(ready)
        verdict = ""
        if ready:
            landed = [sys.executable, "-m", "swe_agent", "accept", "--force"]
            subprocess.run(landed, cwd=repo.path, env=env, capture_output=True, check=False)
            verdict = bug.judged((repo.path / bug.path).read_text("utf-8"), folder / "judged")
        ended = [event.get("message", "") for event in events if event["type"] == "TaskEnded"]
        said = ended[-1] if ended else done.stderr.strip().split("\n")[0]
        return Outcome(name=bug.name, plausible=plausible, verdict=verdict, tried=tried, seconds=took, said=said)


def main() -> int:
    asked = parser(__doc__)
    asked.add_argument("--only", metavar="NAME", action="append", default=[], help="programs with this name, alone")
    asked.add_argument("--seconds", type=int, default=SECONDS, metavar="S", help="for each program")
    asked.add_argument("--jobs", type=int, default=1, metavar="N", help="programs at once")
    asked.add_argument("--list", metavar="FILE", help="write there what came of each program")
    options = asked.parse_args()
    found = bugs(Path(options.data)) if options.data else []
    if not found:
        print("repair: --data names no checkout of QuixBugs", file=sys.stderr)
        return DATA_MISSING
    only = options.only or (QUICK if options.quick or options.smoke else [])
    chosen = [bug for bug in found if not only or bug.name in only]
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = []
        for one in pool.map(lambda bug: repaired(bug, options.seconds), chosen):
            outcomes.append(one)
            print(
                f"{one.name:30} {'plausible' if one.plausible else '-':9} {one.verdict:8} {one.tried:5} tried "
                f"{one.seconds:5.1f} s  {one.said[:100]}",
                file=sys.stderr,
                flush=True,
            )
    if options.list:
        Path(options.list).write_text("".join(f"{json.dumps(vars(one))}\n" for one in outcomes), "utf-8")
    plausible, correct = sum(one.plausible for one in outcomes), sum(one.is_correct for one in outcomes)
    judge = not only and len(outcomes) >= ALL
    goals: dict[str, Goal] = {
        "plausible": at_least(PLAUSIBLE, plausible, judge=judge),
        "correct": at_least(CORRECT, correct, judge=judge),
    }
    figures: dict[str, object] = {
        "programs": len(outcomes),
        "same or alike": f"{correct} of {plausible} plausible",
        "edits tried": sum(one.tried for one in outcomes),
        "seconds, the slowest": round(max(one.seconds for one in outcomes), 1),
        "seconds, all": round(sum(one.seconds for one in outcomes), 1),
    }
    return finish("repair", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

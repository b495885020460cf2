#!/usr/bin/env python3
"""How many edits the repair engine tries in a minute on one core, the sandbox included.

    python benchmarks/repair_rate.py [--seconds S] [--quick] [--smoke] [--json]

A package is made whose one failing test runs for 20 ms and asks for what no edit can give, so that the search goes on
until its time is over. The program and all that it starts are bound to one core. Counted is from the plan, which comes
after the plain and the traced run, to the end of the search: starts of Python and of the sandbox are among it. Beside
other work the wall clock says little; edits for a minute of CPU are told beside.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.report import at_least, finish, parser
from benchmarks.harness.trees import ENVIRONMENT
from swe_agent.testing.repository import RepoBuilder

SECONDS, QUICK, SMOKE = 75, 40, 30
LEAST = 300
BRANCH = """
def band_{n}(size, limit, rest):
    if size > limit and rest < {n}:
        return size - limit + {n}
    for step in range(rest):
        if step * {n} >= size or step == limit:
            return step - {n}
    return limit * rest
"""
BANDS = range(1, 13)
ALL = ", ".join(f"band_{n}(size, limit, rest)" for n in BANDS)
CODE = "".join(BRANCH.format(n=n) for n in BANDS) + f"\n\ndef bands(size, limit, rest):\n    return [{ALL}]\n"
TEST = """
import time

from bands import bands


def test_fits():
    assert len(bands(7, 3, 2)) == 12


def test_never():
    found = bands(7, 3, 2)
    end = time.process_time() + 0.02
    while time.process_time() < end:
        pass
    assert found == "what no edit gives"
"""


def searched(seconds: int) -> tuple[int, float, float, str]:
    """Edits tried, seconds of the search, seconds of CPU of the whole run, and how it ended."""
    with tempfile.TemporaryDirectory(prefix="rate-") as name:
        repo = RepoBuilder(Path(name) / "repo")
        repo.commit("bands", {"bands.py": CODE, "test_bands.py": TEST})
        env = {**ENVIRONMENT, "HOME": name, "XDG_STATE_HOME": f"{name}/state", "XDG_CACHE_HOME": f"{name}/cache"}
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        argv = [sys.executable, "-m", "swe_agent", "run", "make the tests pass", "--engine", "repair"]
        argv += ["--max-time", f"{seconds}s", "--test", "python -m pytest -q", "--json"]
        core = min(os.sched_getaffinity(0))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            argv, cwd=repo.path, env=env, capture_output=True, text=True, check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    tried = re.search(r"(\d+) edits tried", done.stdout)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = "" if tried else f"{done.stdout[-500:]}{done.stderr[-500:]}"
    return int(tried[1]) if tried else 0, _between(events), cpu, said


def _between(events: list[Mapping[str, Any]]) -> float:
    at = {event["type"]: datetime.fromisoformat(event["at"]) for event in events if "at" in event}
    if "PlanMade" not in at or "ToolUsed" not in at:
        return 0.0
    return (at["ToolUsed"] - at["PlanMade"]).total_seconds()


def main() -> int:
    options = parser(__doc__)
    options.add_argument("--seconds", type=int, default=SECONDS, help="of the whole run")
    typed = options.parse_args()
    seconds = SMOKE if typed.smoke else QUICK if typed.quick else typed.seconds
    tried, took, cpu, said = searched(seconds)
    if said:
        print(said, file=sys.stderr)
    rate = round(60 * tried / took) if took else None
    figures = {"edits tried": tried, "seconds of the search": took, "edits a minute of CPU": 60 * tried / cpu}
    goals = {"edits_a_minute": at_least(LEAST, rate, judge=not (typed.smoke or typed.quick))}
    return finish("repair rate", figures, goals, as_json=typed.json)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What a turn costs besides the model and the commands: CPU of the agent on a repository of 3,000 files.

    python benchmarks/turn.py [--quick] [--smoke] [--json]

A model on loopback answers at once, with calls that read, search, edit and keep a plan; no command is run and no test.
The same job is run with few and with many turns, and the difference is divided by the turns between them, so that the
start, the snapshot, the index and the end are left out. CPU is user and system time of the agent and of all that it
starts (git, for it asks git after each edit). mini-swe-agent does the same number of turns in the same run, each with
`true` for a command, the least that it can do. Its figure is left out where it is not installed (`.peers/mini`).
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.measure import measure
from benchmarks.harness.report import arguments, at_most, finish
from benchmarks.harness.tasks import patches
from swe_agent.testing.loopback import LoopbackOpenAI
from swe_agent.testing.scripted import calls, say

TOP = Path(__file__).resolve().parent.parent
MINI = TOP / ".peers" / "mini" / "bin" / "mini"
FILES, FEW, MANY = 3_000, 4, 44
ENDED = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
Policy = Callable[[Mapping[str, Any]], Any]


def project(folder: Path, files: int) -> None:
    """Modules that import each other, with six functions each."""
    made: dict[str, bytes] = {}
    for number in range(files):
        head = f'"""Module {number}."""\n\nfrom package_{(number + 1) % 60} import module_{(number + 1) % files}\n\n\n'
        body = "\n\n".join(
            f'def function_{number}_{k}(a, b):\n    """Does {k}."""\n    total = a + b * {k}\n    return total\n'
            for k in range(6)
        )
        made[f"package_{number % 60}/module_{number}.py"] = (head + body).encode()
    patches.write(folder, made)
    patches.commit_all(folder)


def ours(turns: int) -> Policy:
    """Read, search, edit and plan in turns; each edit goes on from the one before."""
    steps = itertools.count()

    def answer(body: Mapping[str, Any]) -> Any:
        if not body.get("tools"):
            return say(
                "OK" if "critic" in body["messages"][0]["content"] else "Do it.\n1. Edit `package_0/module_0.py`"
            )
        step = next(steps)
        if step >= turns:
            return calls(("finish", {"summary": "Done."}))
        number = step % 60 + 60
        return calls(
            [
                ("read", {"path": f"package_{number % 60}/module_{number}.py"}),
                ("search", {"pattern": f"function_{number}_3"}),
                ("edit", _edit(step // 4)),
                ("plan", {"steps": f"[x] step {step}\n[ ] the next"}),
            ][step % 4]
        )

    return answer


def _edit(number: int) -> dict[str, str]:
    was = '"""Module 0."""' if number == 0 else f'"""Module 0, edited {number} times."""'
    return {"path": "package_0/module_0.py", "old": was, "new": f'"""Module 0, edited {number + 1} times."""'}


def minis(turns: int) -> Policy:
    steps = itertools.count()

    def answer(_body: Mapping[str, Any]) -> Any:
        return calls(("bash", {"command": "true" if next(steps) < turns else ENDED}))

    return answer


def cpu(argv: Callable[[str], list[str]], policy: Policy, folder: Path, home: Path) -> float:
    with LoopbackOpenAI(policy) as server:
        environment = {
            "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"), "OPENAI_API_KEY": "not-a-key", "PYTHONPATH": str(TOP),
            "OPENAI_API_BASE": server.base_url, "MSWEA_CONFIGURED": "true", "MSWEA_SILENT_STARTUP": "1",
            "MSWEA_COST_TRACKING": "ignore_errors", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "MSWEA_GLOBAL_CONFIG_DIR": str(home / "mini"),
        }  # fmt: skip
        run = measure(argv(server.base_url), environment, str(folder))
    if run.status:
        raise RuntimeError(f"{argv('URL')[0]} ended with status {run.status}")
    return run.cpu_s


def of_a_turn(one: Callable[[int], float], few: int, many: int, times: int) -> float:
    """The least of several differences' parts: noise of a shared machine only adds to either."""
    least = {turns: min(one(turns) for _ in range(times)) for turns in (few, many)}
    return (least[many] - least[few]) / (many - few)


def main() -> int:
    options = arguments(__doc__)
    files = 60 if options.smoke else FILES
    few, many = (4, 8) if options.smoke else (FEW, MANY)
    times = 1 if options.smoke else 2 if options.quick else 4
    with tempfile.TemporaryDirectory(prefix="turn-") as name:
        folder, home = Path(name) / "project", Path(name) / "home"
        folder.mkdir()
        home.mkdir()
        project(folder, files)
        program = [sys.executable, "-m", "swe_agent", "run", "feature: do it", "--json", "--model", "m", "--base-url"]
        own = of_a_turn(lambda turns: cpu(lambda url: [*program, url], ours(turns), folder, home), few, many, times)
        figures: dict[str, object] = {"files": files, "ours, ms of CPU a turn": round(1000 * own, 1)}
        if MINI.exists() and not options.smoke:
            argv = [str(MINI), "--yolo", "--exit-immediately", "--model", "openai/m", "--task", "do it", "--output"]
            peer = of_a_turn(
                lambda turns: cpu(lambda _url: [*argv, str(home / "mini.json")], minis(turns), folder, home),
                few, many, times,
            )  # fmt: skip
            figures["mini-swe-agent, ms of CPU a turn"] = round(1000 * peer, 1)
        elif not options.smoke:
            figures["mini-swe-agent"] = "not installed"
    goals = {"cpu_ms_a_turn": at_most(50, round(1000 * own, 1), judge=not options.smoke)}
    return finish("turn", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What the desk takes: CPU until a proposal of 6,000 changed lines stands on the screen, and of a landing of 50 files.

    python benchmarks/desk.py [--quick] [--smoke] [--json]

A repository of 50 modules is made, and a branch that changes two lines in each of their 1,500 functions; `swe-agent
desk main..topic` makes a proposal of that. The full screen runs on a pseudo-terminal, of 80x24 and of 200x60 cells,
and is left with `q` as soon as it is drawn; plain prompts are fed with `q`. CPU is user and system time of the
program and all that it starts, the least of several runs, less that of `python -c pass`. A landing is `swe-agent
land` of all blocks, without a test command, less `swe-agent list`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.measure import best, measure
from benchmarks.harness.report import arguments, at_most, finish
from benchmarks.harness.tasks import patches
from benchmarks.harness.terminal import on_terminal

TOP = Path(__file__).resolve().parent.parent
FILES, FUNCTIONS = 50, 30
FULL_SCREEN = b"\x1b[?1049h"
ANSWERS = {b"q leave": b"q", b"accept this block?": b"q\n"}
"""By the end of what is drawn: the last line of the full screen, and the question of plain prompts."""


class Desk:
    """A repository with a proposal, and the program in it."""

    def __init__(self, folder: Path, files: int, functions: int) -> None:
        self.folder, home = folder / "project", folder / "home"
        home.mkdir()
        base = {f"shop/module_{number}.py": module(number, functions, "total") for number in range(files)}
        patches.write(self.folder, base)
        patches.commit_all(self.folder)
        patches.run_git(self.folder, "checkout", "--quiet", "-b", "topic")
        patches.write(self.folder, {path: data.replace(b"total", b"amount") for path, data in base.items()})
        patches.run_git(self.folder, "commit", "--quiet", "--all", "--message", "shop: another name")
        patches.run_git(self.folder, "checkout", "--quiet", "main")
        self.env = {
            "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(TOP),
        }  # fmt: skip
        self.decisions = folder / "decisions"
        self.decisions.write_text('{"block": "*", "decision": "accept"}\n', encoding="utf-8")
        self.run("desk", "main..topic", "--no-land")
        self.job = str(json.loads(self.output("list", "--json").splitlines()[-1])["jobs"][0]["job"])

    def argv(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "swe_agent", *arguments]

    def run(self, *arguments: str, stdin: str = "", statuses: tuple[int, ...] = (0, 1)) -> float:
        """CPU seconds. Exit code 1 says that blocks are open."""
        feed = ["sh", "-c", f'printf "%s" "{stdin}" | exec "$@"', "feed"] if stdin else []
        ran = measure([*feed, *self.argv(*arguments)], self.env, str(self.folder))
        if ran.status not in statuses:
            raise RuntimeError(f"`swe-agent {' '.join(arguments)}` ended with status {ran.status}")
        return ran.cpu_s

    def output(self, *arguments: str) -> str:
        done = subprocess.run(
            self.argv(*arguments), cwd=self.folder, env={**os.environ, **self.env}, stdout=-1, check=True, text=True
        )
        return done.stdout

    def full_screen(self, size: tuple[int, int]) -> float:
        """CPU seconds."""
        argv = self.argv("desk", self.job, "--no-land")
        ran, drawn = on_terminal(argv, answers=ANSWERS, size=size, env=self.env, cwd=self.folder)
        if ran.status not in (0, 1) or FULL_SCREEN not in drawn:
            raise RuntimeError(f"there was no full screen: {drawn[-500:].decode('utf-8', 'replace')}")
        return ran.cpu_s

    def landing(self) -> float:
        """CPU seconds of a landing that is taken back again."""
        self.run("desk", self.job, "--decisions", str(self.decisions), "--no-land")
        used = self.run("land", self.job, statuses=(0,))
        changed = patches.run_git(self.folder, "diff", "--name-only").splitlines()
        if not changed:
            raise RuntimeError("nothing has landed")
        self.run("undo", statuses=(0,))
        return used


def module(number: int, functions: int, name: str) -> bytes:
    """Functions with two lines that speak of a name, parted by lines that do not."""
    made = (
        f'def function_{number}_{k}(a, b):\n    """Does {k}."""\n    {name} = a + b * {k}\n    return {name}\n'
        for k in range(functions)
    )
    return f'"""Module {number}."""\n\n\n{"".join(f"{one}{chr(10)}{chr(10)}" for one in made)}'.encode()


def main() -> int:
    options = arguments(__doc__)
    files, functions = (3, 2) if options.smoke else (FILES, FUNCTIONS)
    times = 1 if options.smoke else 2 if options.quick else 5
    start = best([sys.executable, "-c", "pass"], times=times).cpu_s
    with tempfile.TemporaryDirectory(prefix="desk-") as name:
        desk = Desk(Path(name), files, functions)
        screens: dict[str, float] = {}
        for size in ((80, 24), (200, 60)):
            runs = [desk.full_screen(size) for _ in range(times + 1)]  # the first one warms the byte-code
            screens[f"{size[0]}x{size[1]}"] = min(runs) - start
        plain = min(desk.run("desk", desk.job, "--no-land", stdin="q") for _ in range(times)) - start
        listed = min(desk.run("list", statuses=(0,)) for _ in range(times))
        landing = min(desk.landing() for _ in range(times)) - listed
    figures: dict[str, object] = {
        "changed lines": 4 * files * functions,
        "files": files,
        **{f"full screen {size}, CPU s": round(cpu, 3) for size, cpu in screens.items()},
        "plain prompts, CPU s": round(plain, 3),
        f"landing of {files} files, CPU s": round(landing, 3),
    }
    judge = not options.smoke
    goals = {
        "full_screen_cpu_s": at_most(1.5, round(max(screens.values()), 3), judge=judge),
        "plain_cpu_s": at_most(0.3, round(plain, 3), judge=judge),
        "landing_cpu_s": at_most(0.5, round(landing, 3), judge=judge),
    }
    return finish("desk", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

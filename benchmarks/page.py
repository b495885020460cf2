#!/usr/bin/env python3
"""How large the review page is, and what it takes to make: 5,000 changed lines in three shapes.

    python benchmarks/page.py [--quick] [--smoke] [--json]

A repository is made for each shape, with a branch of its changes; `swe-agent desk main..topic` makes a proposal of that
and `swe-agent show --html` the page. The shapes:

    ordinary  our own modules: some are new, some are gone, and in the rest each third line has changed
    replaced  2,500 blocks, each a line for a line with three unchanged ones on both sides, in 50 files
    added     5,000 blocks, each a single added line with three unchanged ones on both sides, in 50 files

In the last two no line of context serves two blocks: more markup for each changed line is not possible. CPU is user and
system time of `show --html`, the least of several runs, less that of `swe-agent list`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.measure import measure
from benchmarks.harness.report import arguments, at_most, finish
from benchmarks.harness.tasks import patches

TOP = Path(__file__).resolve().parent.parent
FILES, LINES = 50, 5_000
MOST_BYTES = 2_000_000

Files = Mapping[str, bytes]


class Project:
    """A repository with a proposal, and the program in it."""

    def __init__(self, folder: Path, base: Files, head: Files) -> None:
        self.folder, home = folder / "project", folder / "home"
        home.mkdir(parents=True)
        patches.write(self.folder, base)
        patches.commit_all(self.folder)
        patches.run_git(self.folder, "checkout", "--quiet", "-b", "topic")
        for path in base.keys() - head.keys():
            (self.folder / path).unlink()
        patches.write(self.folder, head)
        patches.run_git(self.folder, "add", "--all")
        patches.run_git(self.folder, "commit", "--quiet", "--message", "shop: 5,000 lines")
        patches.run_git(self.folder, "checkout", "--quiet", "main")
        self.env = {
            "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(TOP),
        }  # fmt: skip
        self.cpu_s("desk", "main..topic", "--no-land", statuses=(1,))  # open blocks

    def cpu_s(self, *arguments: str, statuses: tuple[int, ...] = (0,)) -> float:
        ran = measure([sys.executable, "-m", "swe_agent", *arguments], self.env, str(self.folder))
        if ran.status not in statuses:
            raise RuntimeError(f"`swe-agent {' '.join(arguments)}` ended with status {ran.status}")
        return ran.cpu_s

    def shape(self) -> tuple[int, int]:
        """Changed lines and blocks."""
        argv = [sys.executable, "-m", "swe_agent", "show", "--json"]
        done = subprocess.run(argv, cwd=self.folder, env={**os.environ, **self.env}, stdout=-1, check=True, text=True)
        changes = json.loads(done.stdout.splitlines()[-1])["proposal"]["changes"]
        blocks = [block for change in changes for block in change["blocks"]]
        return sum(len(block["removed"]) + len(block["added"]) for block in blocks), len(blocks)


def ordinary(lines: int) -> tuple[Files, Files]:
    base: dict[str, bytes] = {}
    head: dict[str, bytes] = {}
    for number, path in enumerate(sorted((TOP / "swe_agent").rglob("*.py"))):
        name, text = f"src/{path.relative_to(TOP)}", path.read_bytes()
        parts = text.splitlines(keepends=True)
        if number % 4 != 0:
            base[name] = text
        if number % 4 != 1:
            changed = (part.replace(b"e", b"ee", 1) if at % 3 == 0 else part for at, part in enumerate(parts))
            head[name] = text if number % 4 == 0 else b"".join(changed)
        lines -= len(parts) if number % 4 < 2 else 2 * sum(b"e" in part for part in parts[::3])
        if lines <= 0:
            break
    return base, head


def replaced(lines: int) -> tuple[Files, Files]:
    each = lines // 2 // FILES
    return (
        {path(number): module(number, each, LINE) for number in range(FILES)},
        {path(number): module(number, each, LINE.replace("rate", "(1 + rate)")) for number in range(FILES)},
    )


def added(lines: int) -> tuple[Files, Files]:
    each = lines // FILES
    return (
        {path(number): module(number, each, "") for number in range(FILES)},
        {path(number): module(number, each, LINE) for number in range(FILES)},
    )


LINE = "            found.append(order.price * rate)\n"


def path(number: int) -> str:
    return f"shop/module_{number}.py"


def module(number: int, functions: int, line: str) -> bytes:
    made = (
        f'def total_{number}_{k}(orders, rate={k}):\n    """Of the orders that are paid, in cents."""\n    found = []\n'
        f"    for order in orders:\n        if order.price > {k}:\n{line}"
        f"    logger.debug('%d of %d', len(found), len(orders))\n    return sum(found)\n\n\n"
        for k in range(functions)
    )
    return f'"""Module {number}."""\n\n\n{"".join(made)}'.encode()


SHAPES = {"ordinary": ordinary, "replaced": replaced, "added": added}


def main() -> int:
    options = arguments(__doc__)
    times = 1 if options.smoke or options.quick else 3
    figures: dict[str, object] = {}
    sizes: dict[str, int] = {}
    seconds: list[float] = []
    for name, shape in SHAPES.items():
        with tempfile.TemporaryDirectory(prefix="page-") as folder:
            project = Project(Path(folder), *shape(4 * FILES if options.smoke else LINES))
            page = Path(folder) / "page.html"
            runs = [project.cpu_s("show", "--html", str(page)) for _ in range(times + 1)]  # the first warms byte-code
            listed = min(project.cpu_s("list") for _ in range(times))
            lines, blocks = project.shape()
            sizes[name] = page.stat().st_size
            seconds.append(min(runs) - listed)
        figures |= {
            f"{name}: changed lines": lines, f"{name}: blocks": blocks, f"{name}: bytes": sizes[name],
            f"{name}: CPU s": round(seconds[-1], 3),
        }  # fmt: skip
    judge = not options.smoke
    goals = {f"{name}_bytes": at_most(MOST_BYTES, size, judge=judge) for name, size in sizes.items()}
    goals["cpu_s"] = at_most(4.0, round(max(seconds), 3), judge=judge)
    return finish("page", figures, goals, as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

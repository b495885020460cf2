"""The repair engine on fixes of real projects: the tree before the fix with the tests that fail, and what comes of it.

Most fixes are more than one small edit: those are counted apart, by the lines that the fix changes outside of tests.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.context_tests import lay
from benchmarks.harness.ranks import tree_of
from benchmarks.harness.repair_runs import Run, accept, run
from benchmarks.harness.tasks import patches
from benchmarks.harness.tasks.grade import Bench
from swe_agent.core.diff import changed_runs, split_lines
from swe_agent.syntax.language import is_test_file

SMALL = 6
"""Lines that go and come."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`lines` that the fix takes away and brings outside of tests; `verdict` is "same" where what came of the run has
    the syntax trees of the fix, in all files."""

    id: str
    run: Run
    lines: int
    verdict: str

    @property
    def is_correct(self) -> bool:
        return self.run.verified and self.verdict == "same"

    @property
    def is_small(self) -> bool:
        return self.lines <= SMALL

    def row(self) -> dict[str, object]:
        said = {"verified": self.run.verified, "verdict": self.verdict, "tried": self.run.tried, "lines": self.lines}
        return {"id": self.id, **said, "seconds": round(self.run.seconds, 1), "said": self.run.said}

    def told(self) -> str:
        word = self.verdict if self.run.verified else "-"
        effort = f"{self.run.tried:5} tried {self.run.seconds:5.1f} s"
        return f"{self.id:45} {self.lines:4} lines {word:6} {effort}  {self.run.said[:90]}"


def repaired(bench: Bench, seconds: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="repair-", ignore_cleanup_errors=True) as name:
        home, folder = Path(name), Path(name) / "checkout"
        folder.mkdir()
        lay(bench, folder)
        before = _sources(folder)
        task = bench.material.task
        patches.apply(folder, task.gold)
        wanted = _sources(folder)
        patches.run_git(folder, "checkout", "--quiet", "--force", "HEAD", "--", ".")
        # What the fix brings is no part of the tree that it was made for.
        for path in wanted.keys() - before.keys():
            (folder / path).unlink(missing_ok=True)
        done = run(folder, home, bench.runner.command(folder), seconds)
        if done.proposed:
            accept(folder, home)
        after = _sources(folder)
    verdict = "same" if _trees(after) == _trees(wanted) else "other"
    return Outcome(id=task.id, run=done, lines=_changed(before, wanted), verdict=verdict if done.proposed else "")


def figures(outcomes: Sequence[Outcome]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, some in (("tasks", outcomes), (f"tasks of {SMALL} lines at most", [o for o in outcomes if o.is_small])):
        verified, correct = sum(one.run.verified for one in some), sum(one.is_correct for one in some)
        found[name] = f"{verified} repaired, {correct} as it was written, of {len(some)}"
    return found


def _sources(folder: Path) -> dict[str, str]:
    paths = patches.run_git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
    own = [path for path in paths if path.endswith(".py") and not is_test_file(path) and (folder / path).is_file()]
    return {path: (folder / path).read_text("utf-8", "surrogateescape") for path in own}


def _trees(sources: dict[str, str]) -> dict[str, str]:
    return {path: _tree(text) for path, text in sources.items()}


def _tree(text: str) -> str:
    try:
        return tree_of(text)
    except (SyntaxError, ValueError):
        return text


def _changed(before: dict[str, str], after: dict[str, str]) -> int:
    rows = ((_lines(before, path), _lines(after, path)) for path in before.keys() | after.keys())
    return sum(b1 - b0 + h1 - h0 for old, new in rows for b0, b1, h0, h1 in changed_runs(old, new))


def _lines(sources: dict[str, str], path: str) -> list[str]:
    return split_lines(sources.get(path, "").encode("utf-8", "surrogateescape"))

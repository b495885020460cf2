"""A real, small implementation of what the agent works on: files in a dictionary, and tests that are functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import unified_diff
from hashlib import sha256

from swe_agent.agent.bench import CommandOutput, Edited, Hit
from swe_agent.core.edit import Edit
from swe_agent.core.measured import Measured
from swe_agent.core.source import Symbol
from swe_agent.core.verdict import TestCase, TestRun, Verdict, compare
from swe_agent.edits.apply import Applied, apply
from swe_agent.edits.formats import apply_text
from swe_agent.edits.refusal import Refused
from swe_agent.syntax.faults import new_faults
from swe_agent.syntax.parse import outline

Check = Callable[[Mapping[str, str]], bool]


class MemoryBench:
    """Implements agent.bench.Bench. `checks` are the project's tests, by id."""

    def __init__(self, files: Mapping[str, str], checks: Mapping[str, Check] | None = None) -> None:
        self.content = dict(files)
        self.checks = checks
        self.commands: list[str] = []
        self.base = dict(files)
        self._before = self.run_tests(())

    def files(self) -> Sequence[str]:
        return sorted(self.content)

    def read(self, path: str) -> str | None:
        if path.startswith(("/", "../")):
            raise ValueError(f"{path!r} is not a path of the tree")
        return self.content.get(path)

    def search(self, pattern: str, under: str, *, regex: bool) -> Sequence[Hit]:
        return [
            Hit(path=path, line=number, text=line)
            for path in self.files()
            if path.startswith(under)
            for number, line in enumerate(self.content[path].split("\n"), 1)
            if pattern in line
        ]

    def symbols(self, name: str) -> Sequence[Symbol]:
        return [symbol for path in self.files() for symbol in self.outline(path) if symbol.name == name]

    def outline(self, path: str) -> Sequence[Symbol]:
        return outline(path, self.content[path])

    def edit(self, edits: Sequence[Edit]) -> str | None:
        outcome = self._changed(apply(edits, self.read, new_faults))
        return outcome.feedback if isinstance(outcome, Refused) else None

    def edit_text(self, text: str, format: str) -> Edited:
        outcome = self._changed(apply_text(text, self.content, self.read, new_faults, format))
        if isinstance(outcome, Refused):
            return Edited(refused=outcome.feedback)
        return Edited(paths=tuple(outcome.files), inexact=tuple(outcome.overlooked))

    def _changed(self, outcome: Applied | Refused) -> Applied | Refused:
        if isinstance(outcome, Refused):
            return outcome
        for path, text in outcome.files.items():
            if text is None:
                del self.content[path]
            else:
                self.content[path] = text
        return outcome

    def run(self, command: str) -> CommandOutput:
        self.commands.append(command)
        return CommandOutput(status=0, text=f"ran {command}\n", timed_out=False)

    def run_tests(self, only: Sequence[str]) -> TestRun | None:
        if self.checks is None:
            return None
        cases = tuple(
            TestCase(id=id_, outcome="passed" if check(self.content) else "failed")
            for id_, check in self.checks.items()
            if not only or id_ in only
        )
        red = any(case.red for case in cases)
        return TestRun(command=("checks",), status=int(red), cases=cases, seconds=0.0, tier="none", output_tail="end")

    def run_tests_before(self, only: Sequence[str]) -> TestRun | None:
        now, self.content = self.content, dict(self.base)
        try:
            return self.run_tests(only)
        finally:
            self.content = now

    def verdict(self) -> Verdict:
        return compare(self._before, self.run_tests(()))

    def measure(self, *, thoroughly: bool = False) -> Measured | None:
        return None

    def tree(self) -> str:
        return sha256(repr(sorted(self.content.items())).encode("utf-8", "surrogateescape")).hexdigest()

    def diff(self) -> str:
        texts = (
            (path, self.base.get(path, ""), self.content.get(path, ""))
            for path in sorted({*self.base, *self.content})
            if self.base.get(path) != self.content.get(path)
        )
        return "".join(
            line
            for path, old, new in texts
            for line in unified_diff(old.splitlines(True), new.splitlines(True), f"a/{path}", f"b/{path}")
        )

    def doubts(self) -> Sequence[str]:
        return ()

"""What the tests say of the tree as it is: the whole suite where there is time, what the change can reach where there
is not, and new tests tried on the code as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from swe_agent.core.diff import FileChange
from swe_agent.core.event import TestsRan
from swe_agent.core.ports import Emit
from swe_agent.core.verdict import TestRun, TestState, Verdict, compare
from swe_agent.syntax.language import is_test_file
from swe_agent.verify.baseline import Baseline
from swe_agent.verify.run import RunCommand, run_tests, selects
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.workspace import Workspace

SLOW = 60.0
"""Seconds of a whole run, from which on a model that asks for tests gets those that its change can reach."""
PART_SECONDS = 180.0
"""Time limit of a run of a part of a slow suite."""
MOST_AGAIN = 20
"""Tests that are run once more when they are broken, to tell the flaky ones."""

Reached = Callable[[Sequence[str]], Sequence[str]]
"""Changed files to files of tests."""
Own = Callable[[Sequence[FileChange]], Sequence[str]]
"""Changes to the ids of the tests that they bring or touch."""


@contextmanager
def unchanged(space: Workspace) -> Iterator[list[str]]:
    """What a test run writes (reports, recordings, caches that nobody ignores) is no part of the change. Afterwards the
    list holds the tree with what it wrote, if it wrote anything."""
    before, written = space.leave().tree, list[str]()
    try:
        yield written
    finally:
        if (after := space.leave().tree) != before:
            written.append(after)
            space.reset(before)


class Evidence:
    """Each run of tests is recorded with the tree that it ran on; a run of the whole suite is not repeated on one tree.

    `base` is the tree before any edit.
    """

    def __init__(self, space: Workspace, box: JobBox, base: str, baseline: Baseline, emit: Emit) -> None:
        self._space = space
        self._box = box
        self.base = base
        self._baseline = baseline
        self._emit = emit
        self._run_command: RunCommand
        self.reached: Reached = lambda _changed: ()
        self.own: Own = lambda _changes: ()
        self.seconds: Callable[[], float] = lambda: 600.0
        self._verdicts: dict[str, Verdict] = {}
        self._runs: dict[str, TestRun] = {}
        self._changes: tuple[str, tuple[FileChange, ...]] = ("", ())
        self.last_run: TestRun | None = baseline.run
        """Of the tree, not of the code as it was."""

    def runs_by(self, run_command: RunCommand) -> None:
        self._run_command = run_command

    @property
    def can_run(self) -> bool:
        """Whether there is a run before any edit to compare with."""
        return self._baseline.run is not None

    def forget(self, tree: str) -> None:
        """What was seen of a tree counts no longer."""
        self._runs.pop(tree, None)
        self._verdicts.pop(tree, None)

    def remember(self, tree: str, run: TestRun) -> None:
        """Take a recorded run of the whole suite as the evidence for a tree."""
        self._runs[tree] = run

    # ---- for the model

    def run(self, only: Sequence[str], tree: str) -> TestRun | None:
        """These tests; with none named the whole suite, or of a slow one what the change can reach."""
        command = self._baseline.command
        if command is None:
            return None
        chosen = tuple(only) if selects(command) else ()
        most = PART_SECONDS if self._slow and selects(command) else None
        if not chosen and self._slow:
            hangs = self._baseline.run is not None and self._baseline.run.timed_out
            chosen = (tuple(self._own(tree)) if hangs else ()) or self._reachable(tree)
        run = self.last_run = self._run(chosen, most)
        if not chosen:
            self._record(tree, run)
        return run

    def run_before(self, only: Sequence[str], tree: str) -> TestRun | None:
        """These tests, or the files of tests that changed, on the code as it was."""
        command, changed = self._baseline.command, self._changed_tests(tree)
        if command is None:
            return None
        return self._on_base(changed, (only or changed) if selects(command) else ())

    # ---- for the proposal

    def verdict(self, tree: str) -> Verdict:
        """Compared with the run before any edit."""
        if tree not in self._verdicts:
            self._verdicts[tree] = self._judged(tree)
        return self._verdicts[tree]

    def _judged(self, tree: str) -> Verdict:
        before = self._baseline
        if before.command is None or (before.run is None and before.note):
            return Verdict(before=before.run, note=before.note)
        if before.run is not None and before.run.timed_out:
            return self._in_part(tree)
        if tree not in self._runs and self._slow and (broken := self._broken_nearby(tree)):
            return broken
        if tree not in self._runs:
            self._record(tree, self._run(()))
        run = self._runs[tree]
        if run.timed_out and before.run is not None and not before.run.timed_out and self._reachable(tree):
            return self._in_part(tree)
        verdict = compare(before.run, run, flaky=frozenset(before.flaky))
        if verdict.broken:
            return self._without_flaky(verdict)
        return verdict if verdict.fixed else self._with_new_tests(tree, verdict)

    @property
    def _slow(self) -> bool:
        run = self._baseline.run
        return run is not None and (run.seconds > SLOW or run.timed_out)

    def _broken_nearby(self, tree: str) -> Verdict | None:
        """Whether a test close to the change is broken: then the whole of a slow suite need not be waited for."""
        chosen, was = self._reachable(tree), self._baseline.run
        if not chosen or was is None:
            return None
        run = self._run(chosen)
        outcomes = run.outcomes()
        before = replace(was, cases=tuple(case for case in was.cases if case.id in outcomes))
        verdict = compare(before, run, flaky=frozenset(self._baseline.flaky))
        if not verdict.of(TestState.BROKEN):
            return None
        verdict = self._without_flaky(verdict)
        return verdict if verdict.of(TestState.BROKEN) else None

    def _without_flaky(self, verdict: Verdict) -> Verdict:
        """Broken tests are run once more: one that passes now, with the same files, cannot make up its mind."""
        broken, command = verdict.of(TestState.BROKEN), self._baseline.command
        if not broken or len(broken) > MOST_AGAIN or command is None or not selects(command):
            return verdict
        again = self._run(broken).outcomes()
        flaky = {test for test in broken if test in again and again[test].outcome == "passed"}
        if not flaky:
            return verdict
        return compare(verdict.before, verdict.after, flaky=frozenset({*self._baseline.flaky, *flaky}))

    def _with_new_tests(self, tree: str, verdict: Verdict) -> Verdict:
        """The tests that the change brings, tried without the rest of it: one that fails there and passes here shows
        what was wrong."""
        command, changed = self._baseline.command, self._changed_tests(tree)
        after = verdict.after
        if command is None or not changed or after is None or not (after.cases or after.green):
            return verdict
        if not selects(command) and self._slow:
            return verdict
        old = self._on_base(changed, changed if selects(command) else ())
        if beside := self._left_out(changed, after):
            new = self._run(beside)
            verdict = verdict.joined(old, new, flaky=frozenset(self._baseline.flaky))
            self.last_run = verdict.after
            if verdict.broken:
                return self._without_flaky(verdict)
        return verdict.with_reproduced(old, self._own(tree))

    def _left_out(self, changed: Sequence[str], run: TestRun) -> list[str]:
        """Files of tests that the change brings or touches and that the command does not run, where that can be told:
        a command may name files."""
        command = self._baseline.command
        ran = {case.id.partition("::")[0] for case in run.cases if "::" in case.id}
        tell = command is not None and selects(command) and bool(ran)
        return [path for path in changed if path not in ran] if tell else []

    def _in_part(self, tree: str) -> Verdict:
        """By the tests that the change brings and those that it can reach, on the code as it is and as it was, each as
        far as they end in a time that somebody would wait."""
        changed, found = self._changed_tests(tree), None
        for what, chosen in (("that the change brings", self._own(tree)), ("that it can reach", self._reachable(tree))):
            new = self._run(chosen, PART_SECONDS) if chosen else None
            if new is None or new.timed_out:
                continue
            self.last_run = new
            old = self._on_base(changed, chosen, PART_SECONDS)
            verdict = compare(old, new, flaky=frozenset(self._baseline.flaky))
            found = replace(verdict, note=f"the whole suite takes too long: only the tests {what} ran")
        if found is not None:
            return found
        note = f"the tests do not end within {self.seconds():.0f} s, nor do those that the change can reach"
        return Verdict(before=self._baseline.run, note=note)

    def _own(self, tree: str) -> Sequence[str]:
        command = self._baseline.command
        return self.own(self.changes(tree)) if command is not None and selects(command) else ()

    def _on_base(self, changed: Sequence[str], only: Sequence[str], seconds: float | None = None) -> TestRun:
        """A run of `only` on the base with the changed files of tests."""
        head = self._space.leave().tree
        files = self._box.files(head)
        base = self._box.tree_with(self.base, {path: files.get(path) for path in changed})
        there = self._box.files(base)
        try:
            self._space.reset(base)
            run = self._run([test for test in only if test.split("::")[0] in there] or only, seconds)
            self._emit(TestsRan(run=run, tree=base))
        finally:
            self._space.reset(head)
        return run

    # ---- runs

    def _run(self, only: Sequence[str], most: float | None = None) -> TestRun:
        command = self._baseline.command
        assert command is not None, "who asks for a run has looked whether there is a command"
        seconds = self.seconds() if most is None else min(most, self.seconds())
        with unchanged(self._space):
            return run_tests(self._run_command, command, seconds=seconds, only=only)

    def _record(self, tree: str, run: TestRun) -> None:
        self._emit(TestsRan(run=run, tree=tree))
        self._runs[tree] = self.last_run = run

    def _reachable(self, tree: str) -> tuple[str, ...]:
        command = self._baseline.command
        if command is None or not selects(command):
            return ()
        return tuple(self.reached([change.path for change in self.changes(tree)]))

    def _changed_tests(self, tree: str) -> tuple[str, ...]:
        return tuple(c.path for c in self.changes(tree) if c.new is not None and is_test_file(c.path))

    def changes(self, tree: str) -> tuple[FileChange, ...]:
        if self._changes[0] != tree:  # a verdict asks several times
            self._changes = (tree, self._box.changes(self.base, tree))
        return self._changes[1]

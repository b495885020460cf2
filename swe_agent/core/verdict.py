"""Test runs and what two of them say together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from swe_agent.core.naming import named

TestOutcome = Literal["passed", "failed", "error", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase:
    __test__ = False  # pytest collects classes whose names begin with Test
    id: str
    outcome: TestOutcome
    message: str = ""

    @property
    def red(self) -> bool:
        return self.outcome in ("failed", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """One run of a test command by the harness. `cases` is empty where the output was not understood."""

    __test__ = False
    command: tuple[str, ...]
    status: int
    """The exit status; 124 where the run was ended for taking too long."""
    cases: tuple[TestCase, ...]
    seconds: float
    tier: str
    """The sandbox tier it ran under."""
    parsed_by: str = ""
    """Which parser understood the output; empty where none did."""
    timed_out: bool = False
    output_tail: str = ""

    @property
    def green(self) -> bool:
        return self.status == 0 and not self.timed_out

    def outcomes(self) -> dict[str, TestCase]:
        return {case.id: case for case in self.cases}


class TestState(StrEnum):
    __test__ = False
    FIXED = "fixed"
    KEPT = "kept"
    BROKEN = "broken"
    STILL_FAILING = "still failing"
    FLAKY = "flaky"
    NOT_RUN = "not run"


WHOLE_RUN = "the whole run"
"""Stands for the tests of a run that does not tell them apart."""
Word = Literal["verified", "kept", "broken", "unverified", "not fixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the tests say of a change. `after` is a run by the harness, of exactly the tree in question."""

    states: Mapping[str, TestState] = field(default_factory=dict)
    before: TestRun | None = None
    after: TestRun | None = None
    note: str = ""
    """Why nothing can be said, where nothing can, or not all."""
    reproduced: tuple[str, ...] = ()
    """Of the fixed tests those that the change brought along: they fail on the code as it was."""

    def of(self, state: TestState) -> tuple[str, ...]:
        return tuple(sorted(test for test, is_ in self.states.items() if is_ is state))

    def with_reproduced(self, base: TestRun, own: Collection[str] = ()) -> Verdict:
        """With what a run of the change's own tests on the code as it was says: a test that is red there and passes now
        is fixed. Where a file of tests cannot even be collected there, that holds for the tests which are new in it.

        `own` are ids without parameters of the tests that the change brings or touches, where they are known.
        """
        if self.after is not None and not self.after.cases:
            # Where single tests cannot be told apart, the whole run is one.
            red = self.after.green and not base.green and not base.timed_out
            return replace(self, states={WHOLE_RUN: TestState.FIXED}, reproduced=(WHOLE_RUN,)) if red else self
        known = self.before.outcomes() if self.before else {}
        was = base.outcomes()
        # `tests/test_a.py` stands for `tests/test_a.py::test_b`.
        lost = tuple(f"{test}::" for test, case in was.items() if case.outcome == "error" and "::" not in test)

        def failed(test: str) -> bool:
            return was[test].red if test in was else test not in known and test.startswith(lost)

        found = [test for test, state in self.states.items() if state is TestState.KEPT and failed(test)]
        if not found:
            return self._unproved(base, own)
        states = {**self.states, **dict.fromkeys(found, TestState.FIXED)}
        return replace(self, states=states, reproduced=tuple(sorted(found)))

    def _unproved(self, base: TestRun, own: Collection[str]) -> Verdict:
        """Saying which of the change's own tests it does not take the change to pass."""
        known = self.before.outcomes() if self.before else {}
        new = {test: case for test, case in base.outcomes().items() if test not in known}
        idle = sorted(
            test
            for test, case in new.items()
            if case.outcome == "passed" and (not own or test.partition("[")[0] in own)
        )
        if not idle:
            return self
        note = f"new tests pass on the code as it was too: {named(idle, 3)}"
        return replace(self, note="; ".join(part for part in (self.note, note) if part))

    def joined(self, old: TestRun, new: TestRun, *, flaky: frozenset[str] = frozenset()) -> Verdict:
        """With tests that the whole run leaves out, run by themselves before (`old`) and after (`new`). One that is red
        before and passes after is left for `with_reproduced`: the change may have brought it."""
        if self.before is None or self.after is None:
            return self
        now = new.outcomes()
        past = [c for c in old.cases if c.id in now and not (c.red and now[c.id].outcome == "passed")]
        before = replace(self.before, cases=(*self.before.cases, *past))
        tail = self.after.output_tail if new.green else new.output_tail
        after = replace(self.after, cases=(*self.after.cases, *new.cases), output_tail=tail)
        return replace(compare(before, after, flaky=flaky), note=self.note)

    @property
    def ran(self) -> bool:
        return self.after is not None

    @property
    def broken(self) -> bool:
        """A test that passed before fails now, the whole run turned from green to red (a linter or a threshold in the
        command counts too), or the run died and took tests that passed with it."""
        if self.of(TestState.BROKEN):
            return True
        if self.before is None or self.after is None or self.after.green:
            return False
        passed = {case.id for case in self.before.cases if case.outcome == "passed"}
        died = not self.after.cases or self.after.timed_out or self.after.status >= 128
        return self.before.green or (died and bool(passed & set(self.of(TestState.NOT_RUN))))

    @property
    def fixed(self) -> bool:
        """A test that failed before passes now; or, where one of the runs does not tell its tests apart, red turned
        green."""
        if self.of(TestState.FIXED):
            return True
        if self.before is None or self.after is None or (self.before.cases and self.after.cases):
            return False
        return not self.before.green and self.after.green

    @property
    def kept(self) -> bool:
        """A run after the change, and everything green: no regression, but no proof of a fix either."""
        return self.after is not None and self.after.green and not self.broken

    @property
    def lost(self) -> tuple[str, ...]:
        """Tests that passed or failed before, and that the change has made disappear or be skipped."""
        was = self.before.outcomes() if self.before else {}
        return tuple(test for test in self.of(TestState.NOT_RUN) if test in was and was[test].outcome != "skipped")

    @property
    def red_before(self) -> bool:
        """Whether there was a failing test that the change could prove itself by; a flaky one could not."""
        if self.before is None:
            return False
        if not self.before.cases:
            return not self.before.green
        return any(case.red and self.states.get(case.id) is not TestState.FLAKY for case in self.before.cases)

    @property
    def word(self) -> Word:
        """`verified`: a test that failed before passes now, and none is broken. `kept`: all green, as before."""
        if not self.ran:
            return "unverified"
        if self.broken:
            return "broken"
        if self.fixed:
            return "verified"
        return "kept" if self.kept else "not fixed"


def compare(before: TestRun | None, after: TestRun | None, *, flaky: frozenset[str] = frozenset()) -> Verdict:
    """Join two runs test by test. A test that changed its mind without a change of code is flaky, not evidence."""
    if after is None:
        return Verdict(before=before, note="no test was run after the change")
    was = before.outcomes() if before else {}
    now = after.outcomes()
    states: dict[str, TestState] = {}
    silent = _names_red_alone(before) and (_names_red_alone(after) or (after.green and not after.cases))
    for test in was.keys() | now.keys():
        gone = was.get(test) if test not in now else None
        if silent and gone is not None and gone.red:
            states[test] = TestState.FIXED
            continue
        states[test] = TestState.FLAKY if test in flaky else _state(was.get(test), now.get(test))
    return Verdict(states=states, before=before, after=after)


def _names_red_alone(run: TestRun | None) -> bool:
    """Whether a run is silent on tests that pass, as unittest is without `-v`."""
    return run is not None and run.parsed_by == "unittest" and bool(run.cases) and all(c.red for c in run.cases)


def _state(was: TestCase | None, now: TestCase | None) -> TestState:
    if now is None or now.outcome == "skipped":
        return TestState.NOT_RUN
    if was is None or was.outcome == "skipped":
        # A test that the change itself brings has no past: green is kept, red is the change's own failure.
        return TestState.BROKEN if now.red else TestState.KEPT
    if was.red:
        return TestState.STILL_FAILING if now.red else TestState.FIXED
    return TestState.BROKEN if now.red else TestState.KEPT

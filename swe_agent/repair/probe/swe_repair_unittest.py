"""Records unittest's own tests, and runs them for trials. Runs in the sandbox, under the project's own Python (3.8 or
later); standard library only.

    PYTHONPATH=<this folder> python -m swe_repair_unittest [NAME|discover ...]
"""

from __future__ import annotations

import sys
import unittest
from typing import Any

import swe_repair_probe as probe  # type: ignore[import-not-found] # beside this file in the sandbox, not a package there


class UnittestResult(unittest.TestResult):
    """Outcomes by test id; lines too, where a recording is given."""

    def __init__(self, recording: Any) -> None:
        super().__init__()
        self.recording = recording
        self.outcomes: dict[str, str] = {}
        self.traces: dict[str, Any] = {}
        """Of those that failed."""

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self.outcomes[test.id()] = "passed"
        if self.recording:
            self.recording.tracer.start()

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        if self.recording:
            lines = self.recording.tracer.stop()
            self.recording.case(test.id())["outcome"] = self.outcomes[test.id()]
            self.recording.ran(test.id(), lines)

    def note(self, test: Any, outcome: str, error: Any = None) -> None:
        case = getattr(test, "test_case", test)
        name = case.id()
        self.outcomes[name] = outcome
        if error:
            self.traces[name] = error[2]
        if self.recording:
            self.recording.case(name)["outcome"] = outcome
            if error:
                self.recording.raised(name, error[1])

    def addFailure(self, test: Any, err: Any) -> None:
        self.note(test, "failed", err)

    def addError(self, test: Any, err: Any) -> None:
        self.note(test, "error", err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err:
            self.note(subtest, "failed", err)

    def addSkip(self, test: Any, reason: str) -> None:
        self.note(test, "skipped")

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self.note(test, "skipped")

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.note(test, "failed")


def loaded_tests(names: list[str]) -> Any:
    """The suite of these names, or of all that are found."""
    loader = unittest.defaultTestLoader
    return loader.discover(".", top_level_dir=".") if names in ([], ["discover"]) else loader.loadTestsFromNames(names)


def cases_of(suite: Any) -> Any:
    """The single tests of a suite, in order."""
    for part in suite:
        if isinstance(part, unittest.BaseTestSuite):
            yield from cases_of(part)
        else:
            yield part


def result_of(suite: Any, recording: Any = None) -> UnittestResult:
    result = UnittestResult(recording)
    suite.run(result)
    return result


def run_unittest(names: list[str], recording: Any) -> UnittestResult:
    return result_of(loaded_tests(names), recording)


def record_unittest(names: list[str]) -> None:
    recording = probe.Recording()
    run_unittest(names, recording)
    recording.tell("unittest", "", names)


if __name__ == "__main__":
    record_unittest(sys.argv[1:])

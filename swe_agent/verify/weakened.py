"""Whether a change takes teeth out of the tests that were there: fewer claims, more skips, or tests that are gone.

Told by lines, for any language: a person looks at it and decides. A test that was rewritten with as many claims as
before is not flagged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from swe_agent.core.diff import FileChange
from swe_agent.core.proposal import HazardNote

KIND = "test-weakened"
GONE = "the file of tests is gone"
_CLAIM = re.compile(
    r"\b(?:assert\w*|expect|should|require\.\w+|t\.(?:Error|Fatal)\w*|EXPECT_\w+|ASSERT_\w+|XCTAssert\w*|pytest\.raises"
    r"|refute\w*|must_\w+|toThrow|verify)\b[!?]?"
)
_SKIP = re.compile(
    r"\b(?:skip\w*|xfail|xit|xdescribe|xtest|Ignore[d]?|Disabled|t\.Skip\w*|todo|pending|GTEST_SKIP|expectedFailure)\b"
)
_WORDS = r"(?:def|func|fun|function)\b\s*(?:\([^)]*\)\s*)?(?:_*test|should)"
_CALLS = r"(?:it|test|(?-i:TEST\w*))\b(?:\.\w+)*\s*[(\"'`]"
_MODIFIERS = r"(?:(?:async|public|private|protected|static|pub|export|suspend)\s+)*"
_TEST = re.compile(rf"^\s*{_MODIFIERS}(?:{_WORDS}|{_CALLS}|fn\s+\w|void\s+\w+\s*\()", re.IGNORECASE)
"""Where one may begin. In languages that mark their tests it is any function."""
_COUNTED = re.compile(
    rf"^\s*(?:{_MODIFIERS}(?:{_WORDS}|{_CALLS})|(?-i:@(?:\w+\.)*\w*Test\b|#\[(?:\w+::)*(?:test|rstest)\b"
    r"|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b))",
    re.IGNORECASE,
)
"""What there is one of for each test: its name, or its mark."""


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that go, and those that come in their place."""

    removed: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost, and the line that shows it: the place of its run, on which side, and its place there."""

    kind: Literal["claims", "tests", "skips"]
    why: str
    run: int
    is_added: bool
    line: int


def weakened(changes: Iterable[FileChange], is_test: Callable[[str], bool]) -> tuple[HazardNote, ...]:
    """A note for each file of tests that says less than it did."""
    found: list[HazardNote] = []
    for change in changes:
        if is_test(change.path) and change.old is not None:
            found += [HazardNote(kind=KIND, path=change.path, detail=detail) for detail in _why(change)]
    return tuple(found)


def _why(change: FileChange) -> Iterator[str]:
    if change.new is None:
        yield GONE
        return
    for loss in losses([Run(block.removed, block.added) for block in change.blocks]):
        yield loss.why


def is_testing(text: str) -> bool:
    """Whether a file holds tests that make claims, and not only what tests need."""
    return _CLAIM.search(text) is not None and bool(_count(_COUNTED, text.split("\n")))


def claims(lines: Iterable[str]) -> list[str]:
    """Those that claim something."""
    return [line for line in lines if _CLAIM.search(line)]


def losses(runs: Sequence[Run]) -> Iterator[Loss]:
    """What a file of tests that stays has lost, one of each kind."""
    removed = [line for run in runs for line in run.removed]
    added = [line for run in runs for line in run.added]
    fewer = _count(_CLAIM, removed) - _count(_CLAIM, added)
    if fewer > 0:
        yield _shown("claims", f"{fewer} claim{'s' if fewer > 1 else ''} fewer than before", runs)
    if _count(_COUNTED, removed) > _count(_COUNTED, added):
        yield _shown("tests", "a test is gone", runs)
    skipped = [(at, line) for at, run in enumerate(runs) for line in _outside_new_tests(run)]
    if _count(_SKIP, [text for _, (_, text) in skipped]) > _count(_SKIP, removed):
        run, (line, _) = next((at, one) for at, one in skipped if _SKIP.search(one[1]))
        yield Loss("skips", "tests are skipped, or expected to fail", run, True, line)


def _shown(kind: Literal["claims", "tests"], why: str, runs: Sequence[Run]) -> Loss:
    """By the first line that goes in the run that loses the most."""
    pattern = _CLAIM if kind == "claims" else _COUNTED
    lost = [_count(pattern, run.removed) - _count(pattern, run.added) for run in runs]
    at = lost.index(max(lost))
    line = next(place for place, text in enumerate(runs[at].removed) if pattern.search(text))
    return Loss(kind, why, at, False, line)


def _outside_new_tests(run: Run) -> Iterator[tuple[int, str]]:
    """Added lines with their places, but for those of tests that the run brings along, with their decorators: what is
    new may be skipped where it cannot run, and takes nothing away."""
    if _count(_TEST, run.removed):
        yield from enumerate(run.added)  # tests are rewritten here: none of them is new for certain
        return
    below: int | None = None
    for at, line in enumerate(run.added):
        indent = len(line) - len(line.lstrip())
        if below is not None and line.strip() and indent <= below:
            below = None
        if below is None and _TEST.match(line):
            below = indent
        elif below is None and line.strip() and not _decorates_new_test(run.added[at:]):
            yield at, line


def _decorates_new_test(lines: Iterable[str]) -> bool:
    """Whether decorators alone stand between here and a test that is new too."""
    for line in lines:
        if _TEST.match(line):
            return True
        if not line.lstrip().startswith(("@", "#[")):
            return False
    return False


def _count(pattern: re.Pattern[str], lines: Iterable[str]) -> int:
    return sum(bool(pattern.search(line)) for line in lines)

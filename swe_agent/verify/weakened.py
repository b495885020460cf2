"""Whether a change takes teeth out of the tests that were there: fewer claims, more skips, or tests that are gone.

Told by lines, for any language: a person looks at it and decides. A test that was rewritten with as many claims as
before is not flagged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from swe_agent.core.diff import FileChange
from swe_agent.core.proposal import HazardNote

KIND = "test-weakened"
_CLAIM = re.compile(
    r"\b(?:assert\w*|expect|should|require\.\w+|t\.(?:Error|Fatal)\w*|EXPECT_\w+|ASSERT_\w+|XCTAssert\w*|pytest\.raises"
    r"|refute\w*|must_\w+|toThrow|verify)\b[!?]?"
)
_SKIP = re.compile(
    r"\b(?:skip\w*|xfail|xit|xdescribe|xtest|Ignore[d]?|Disabled|t\.Skip\w*|todo|pending|GTEST_SKIP|expectedFailure)\b"
)
_TEST = re.compile(
    r"^\s*(?:async\s+)?(?:def|func|function|fn|it|test|TEST\w*)\b(?:\.\w+)*[ (\"'`]*(?:Test|test|should|\w)",
    re.IGNORECASE,
)


def weakened(changes: Iterable[FileChange], is_test: Callable[[str], bool]) -> tuple[HazardNote, ...]:
    """A note for each file of tests that says less than it did."""
    found: list[HazardNote] = []
    for change in changes:
        if is_test(change.path) and change.old is not None:
            found += [HazardNote(kind=KIND, path=change.path, detail=detail) for detail in _why(change)]
    return tuple(found)


def _why(change: FileChange) -> Iterator[str]:
    if change.new is None:
        yield "the file of tests is gone"
        return
    removed = [line for block in change.blocks for line in block.removed]
    added = [line for block in change.blocks for line in block.added]
    fewer = _count(_CLAIM, removed) - _count(_CLAIM, added)
    if fewer > 0:
        yield f"{fewer} fewer claims than before"
    if _count(_TEST, removed) > _count(_TEST, added):
        yield "a test is gone"
    if _count(_SKIP, added) > _count(_SKIP, removed):
        yield "tests are skipped, or expected to fail"


def _count(pattern: re.Pattern[str], lines: Iterable[str]) -> int:
    return sum(bool(pattern.search(line)) for line in lines)

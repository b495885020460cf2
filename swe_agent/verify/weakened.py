"""Whether a change takes teeth out of the tests that were there: fewer claims, more skips, or tests that are gone.

Told by lines, for any language: a person looks at it and decides. A test that was rewritten with as many claims as
before is not flagged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from swe_agent.core.diff import Block, FileChange
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
    skipped = [line for block in change.blocks for line in _outside_new_tests(block)]
    if _count(_SKIP, skipped) > _count(_SKIP, removed):
        yield "tests are skipped, or expected to fail"


def _outside_new_tests(block: Block) -> Iterator[str]:
    """Added lines but for those of tests that the block brings along, with their decorators: what is new may be skipped
    where it cannot run, and takes nothing away."""
    if _count(_TEST, block.removed):
        yield from block.added  # tests are rewritten here: none of them is new for certain
        return
    below: int | None = None
    for at, line in enumerate(block.added):
        indent = len(line) - len(line.lstrip())
        if below is not None and line.strip() and indent <= below:
            below = None
        if _TEST.match(line):
            below = indent
        elif below is None and line.strip() and not _decorates_new_test(block.added[at:]):
            yield line


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

"""Tests that say less than they did: fewer claims, skips, tests or files of tests that are gone.

Each test is compared with itself, so that new ones beside it hide nothing. What goes here and comes elsewhere has
moved. Where more of the code goes than comes, its tests go with it: that is only said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import SIDES, FileDiff, Row, Side
from swe_agent.review.findings import Finding, Severity
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.verify.weakened import GONE, Run, claims, is_testing, losses

if TYPE_CHECKING:
    from tree_sitter import Node

_BLOCK = re.compile(r"(?:it|test)(?:\.\w+)*")
_MARKS = ("@", "#[")
_NAME = re.compile(r"_*test|should", re.IGNORECASE)
_MARK = re.compile(r"\s*(?:@(?:\w+\.)*\w*Test\b|#\[(?:\w+::)*(?:test|rstest)\b|\[(?:Fact|Theory|Test))")
Rows = tuple[list[Row], list[Row]]
"""Lines that go and lines that come, without one between them that stays."""


@dataclass(frozen=True, slots=True)
class Part:
    """A test, or a function that tests use. Lines from 1, both included."""

    name: str
    first: int
    last: int
    is_test: bool


def findings(change: Reviewed) -> Iterator[Finding]:
    lost = _Lost(change)
    for file in lost.tests:
        if file.old is None or not _may_lose(file):
            continue
        if not is_testing(change.text("left", file.old)):
            continue
        if file.new is None:
            if not lost.has_moved([row.text for row in file.changed("left")]):
                yield _finding(file, GONE, None, lost.severity)
            continue
        yield from lost.of(file)


@dataclass(frozen=True)
class _Lost:
    change: Reviewed

    @cached_property
    def tests(self) -> tuple[FileDiff, ...]:
        return tuple(file for file in self.change.written if is_test_file(file.path) and language_of(file.path))

    @cached_property
    def severity(self) -> Severity:
        """By whether more of the code goes than comes."""
        code = [file for file in self.change.written if language_of(file.path) and not is_test_file(file.path)]
        went = sum(1 for file in code for _ in file.changed("left"))
        shrinks = went > sum(1 for file in code for _ in file.changed("right"))
        return Severity.INFO if shrinks else Severity.MEDIUM

    @cached_property
    def _came(self) -> frozenset[str]:
        return frozenset(row.text.strip() for file in self.tests for row in file.changed("right"))

    def _comes_elsewhere(self, name: str) -> bool:
        """Whether a test of this name comes with a changed file."""
        word = name.rpartition(".")[2]
        return any(
            name in {part.name for part in _parts(self.change, "right", file)}
            for file in self.tests
            if any(word in row.text for row in file.changed("right"))
        )

    def has_moved(self, lines: Sequence[str]) -> bool:
        """Whether at least half of what they claim, or of what they say, comes elsewhere."""
        said = claims(lines) or [line for line in lines if any(map(str.isalpha, line))]
        return bool(said) and 2 * sum(line.strip() in self._came for line in said) >= len(said)

    def of(self, file: FileDiff) -> Iterator[Finding]:
        before, after = (_by_name(_parts(self.change, side, file)) for side in SIDES)
        gone = [
            part for name, part in before.items() if part.is_test and name not in after and self._is_gone(file, part)
        ]
        if gone:
            what = "a test is gone" if len(gone) == 1 else f"{len(gone)} tests are gone"
            row = next((row for row in file.changed("left") if gone[0].first <= row.old <= gone[0].last), None)
            yield _finding(file, what, row, self.severity)
        rows = list(_runs(file))
        both = [(before[name], after[name]) for name in before if name in after]
        for old, new in both:
            yield from self._weaker(file, list(_within(rows, old, new)))
        yield from self._weaker(file, list(_outside(rows, [*before.values()], [*after.values()])))

    def _is_gone(self, file: FileDiff, part: Part) -> bool:
        lines = self.change.lines("left", file.old)[part.first - 1 : part.last]
        went = [row.text for row in file.changed("left") if part.first <= row.old <= part.last]
        is_whole = 5 * len(went) >= 3 * len(lines)
        return is_whole and not self._comes_elsewhere(part.name) and not self.has_moved(went)

    def _weaker(self, file: FileDiff, rows: list[Rows]) -> Iterator[Finding]:
        kept = [([row for row in went if row.text.strip() not in self._came], came) for went, came in rows]
        for loss in losses([_run(one) for one in kept]):
            if loss.kind == "tests":
                continue
            went, came = kept[loss.run]
            is_rewritten = loss.kind == "claims" and any(claims([row.text for row in now]) for _, now in kept)
            severity = Severity.INFO if is_rewritten else Severity.MEDIUM if loss.kind == "skips" else self.severity
            yield _finding(file, loss.why, (came if loss.is_added else went)[loss.line], severity)


def _parts(change: Reviewed, side: Side, file: FileDiff) -> list[Part]:
    path = file.path_on(side)
    lines = change.lines(side, path)
    found = [
        Part(one.qualified, first, one.span.end, _is_test(one.name, lines[first - 1 : one.span.start + 2]))
        for one in change.symbols(side, path)
        if one.kind in ("function", "method")
        for first in (_first(lines, one.span.start),)
    ]
    parsed = change.parsed(side, path)
    if parsed is None or parsed.language.name not in ("javascript", "typescript", "tsx"):
        return found
    return [*found, *_blocks(parsed.root, parsed.text_of)]


def _blocks(root: Node, text_of: Callable[[Node], str]) -> Iterator[Part]:
    """`it("does this", …)`; by their names, with those of the blocks around them left out."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "call_expression":
            target, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
            first = given.named_children[0] if given is not None and given.named_child_count else None
            is_named = first is not None and first.type in ("string", "template_string")
            if target is not None and is_named and first is not None and _BLOCK.fullmatch(text_of(target)):
                yield Part(text_of(first), node.start_point.row + 1, node.end_point.row + 1, True)
                continue
        stack += node.named_children


def _is_test(name: str, head: Sequence[str]) -> bool:
    return bool(_NAME.match(name)) or any(_MARK.match(line) for line in head)


def _first(lines: Sequence[str], start: int) -> int:
    """With the marks above it."""
    while start > 1 and lines[start - 2].lstrip().startswith(_MARKS):
        start -= 1
    return start


def _by_name(parts: list[Part]) -> Mapping[str, Part]:
    return {part.name: part for part in parts}


def _within(rows: list[Rows], old: Part, new: Part) -> Iterator[Rows]:
    for went, came in rows:
        mine = [row for row in went if old.first <= row.old <= old.last]
        theirs = [row for row in came if new.first <= row.new <= new.last]
        if mine or theirs:
            yield mine, theirs


def _outside(rows: list[Rows], before: list[Part], after: list[Part]) -> Iterator[Rows]:
    for went, came in rows:
        mine = [row for row in went if not any(part.first <= row.old <= part.last for part in before)]
        theirs = [row for row in came if not any(part.first <= row.new <= part.last for part in after)]
        if mine or theirs:
            yield mine, theirs


def _may_lose(file: FileDiff) -> bool:
    """Whether any run of lines by itself says less: only then is it worth to read the tests around it."""
    return any(any(True for _ in losses([_run(rows)])) for rows in _runs(file))


def _run(rows: Rows) -> Run:
    went, came = rows
    return Run([row.text for row in went], [row.text for row in came])


def _runs(file: FileDiff) -> Iterator[Rows]:
    for hunk in file.hunks:
        went: list[Row] = []
        came: list[Row] = []
        for row in hunk.rows:
            if row.sign != " ":
                (went if row.sign == "-" else came).append(row)
            elif went or came:
                yield went, came
                went, came = [], []
        if went or came:
            yield went, came


def _finding(file: FileDiff, why: str, row: Row | None, severity: Severity) -> Finding:
    return Finding(
        rule="tests/weakened",
        severity=severity,
        message=f"The tests say less than before: {why}.",
        category="tests",
        path=file.path,
        anchor=here(file, row) if row is not None else None,
        confidence=0.7,
    )

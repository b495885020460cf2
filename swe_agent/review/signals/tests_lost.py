"""Tests that say less than they did: fewer claims, skips, tests or files of tests that are gone.

Each test is compared with itself, under its new name too, so that new ones beside it hide nothing. What goes here and
comes elsewhere has moved. Where more of the code goes than comes, its tests go with it: that is only said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import SIDES, FileDiff, Row, Side
from swe_agent.review.findings import Finding, Severity
from swe_agent.review.signals.near import Near
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.verify.code_lines import Line, code_lines
from swe_agent.verify.losses import GONE, Loss, Run, claims, is_claim, is_testing, losses

if TYPE_CHECKING:
    from tree_sitter import Node

_BLOCK = re.compile(r"(?:it|test)(?:\.\w+)*")
_BLOCKS = ("javascript", "typescript", "tsx")
"""Languages whose tests are calls."""
_MARKS = ("@", "#[")
_NAME = re.compile(r"test|should", re.IGNORECASE)
_NAMES = {"python": re.compile("test"), "go": re.compile("Test(?![a-z])")}
_BY_MARK = frozenset({"rust", "javascript", "typescript", "tsx"})
"""Where a name alone makes no test."""
_MARK = re.compile(r"\s*(?:@(?:\w+\.)*\w*Test\b|#\[(?:\w+::)*\w*test\w*\b|\[(?:Fact|Theory|Test))")
_RETURN = re.compile(r"\s*return\s*(?:None|nil|undefined)?\s*;?\s*")
_NEAR = 20
"""Lines within which a test that is renamed may have moved."""
Rows = tuple[list[Row], list[Row]]
"""Lines that go and lines that come, without one between them that stays."""


@dataclass(frozen=True, slots=True)
class Part:
    """A test, or a function that tests use. Lines from 1, both included; `start` is the first after its marks."""

    name: str
    first: int
    start: int
    last: int
    is_test: bool

    @property
    def own_name(self) -> str:
        return self.name.rpartition(".")[2]


Parts = Mapping[str, Part]


def findings(change: Reviewed) -> Iterator[Finding]:
    lost = _Lost(change)
    for file in lost.tests:
        if file.old is None or not lost.may_lose(file) or not lost.is_testing(file):
            continue
        if file.new is None:
            if not lost.has_moved([lost.line(file, row) for row in file.changed("left")]):
                yield _finding(file, GONE, None, lost.severity)
            continue
        yield from lost.of(file)


_SAYS = re.compile(
    r"assert|expect|should|require|verify|refute|must_|raises|throw|test|spec|\bit\b|\bt\.|\bfn\b", re.IGNORECASE
)
_STOPS = re.compile(
    r"skip|xfail|\bx(?:it|describe|test)|ignore|disabled|todo|pending|failure|\breturn\b", re.IGNORECASE
)
"""Words of what may say less where it goes, and where it comes: more than it takes."""


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
        files = [file for file in self.change.written if language_of(file.path)]
        return frozenset(row.text.strip() for file in files for row in file.changed("right"))

    def is_testing(self, file: FileDiff) -> bool:
        """Of the file as it was; what stands around the changes says it already in most of them."""
        return is_testing(self.lines(file, "left")) or is_testing(self._whole(file, "left"))

    def lines(self, file: FileDiff, side: Side) -> Sequence[Line]:
        """What stands around the changes; other lines are blank where they are left out."""
        key = (side, file.path)
        if key not in self._lines:
            near = self.change.once(Near).text(side, file)
            whole = self._whole(file, side) if near is None else code_lines(file.path_on(side) or "", near.split("\n"))
            self._lines[key] = whole
        return self._lines[key]

    def _whole(self, file: FileDiff, side: Side) -> Sequence[Line]:
        path = file.path_on(side)
        return code_lines(path or "", self.change.lines(side, path))

    @cached_property
    def _lines(self) -> dict[tuple[Side, str], Sequence[Line]]:
        return {}

    def line(self, file: FileDiff, row: Row) -> Line:
        side: Side = "left" if row.sign == "-" else "right"
        lines, at = self.lines(file, side), row.number(side) - 1
        return lines[at] if at < len(lines) else Line(row.text, row.text)

    def may_lose(self, file: FileDiff) -> bool:
        """Whether any run of lines by itself says less: only then is it worth to read the files whole."""
        for rows in _runs(file):
            goes = any(_SAYS.search(row.text) for row in rows[0])
            if not goes and not any(_STOPS.search(row.text) for row in rows[1]):
                continue  # told by its words alone, before any of it is read
            went, came = (code_lines(file.path, [row.text for row in side], is_part=True) for side in rows)
            if any(_RETURN.fullmatch(line.code) for line in came) or any(True for _ in losses([Run(went, came)])):
                return True
        return False

    def _run(self, file: FileDiff, rows: Rows, calls: re.Pattern[str] | None = None) -> Run:
        """What calls a function that is new and claims something, claims it too."""
        went, came = ([self.line(file, row) for row in side] for side in rows)
        if calls is not None:
            came = [Line(one.text, f"{one.code} ; assert it") if calls.search(one.code) else one for one in came]
        return Run(went, came)

    def _comes_elsewhere(self, name: str) -> bool:
        """Whether a test of this name comes with a changed file."""
        word = name.rpartition(".")[2]
        return any(
            name in {part.name for part in _parts(self.change, "right", file)}
            for file in self.tests
            if any(word in row.text for row in file.changed("right"))
        )

    def has_moved(self, lines: Sequence[Line]) -> bool:
        """Whether at least half of what they claim, or of what they say, comes elsewhere."""
        said = claims(lines) or [line for line in lines if any(map(str.isalpha, line.text))]
        return bool(said) and 2 * sum(line.text.strip() in self._came for line in said) >= len(said)

    def of(self, file: FileDiff) -> Iterator[Finding]:
        before, after = (_by_name(_parts(self.change, side, file)) for side in SIDES)
        renamed = self._renamed(file, before, after)
        pairs = {**{name: name for name in before if name in after}, **renamed}
        gone = [part for name, part in before.items() if part.is_test and name not in pairs]
        yield from self._gone(file, [part for part in gone if self._is_gone(file, part)])
        rows = list(_runs(file))
        calls = self._claiming(file, before, after)
        for old, new in ((before[name], after[other]) for name, other in pairs.items()):
            if old.is_test and not new.is_test:
                yield from self._not_run(file, old, new)
                continue
            if old.is_test and (row := self._returns_first(file, new)) is not None:
                yield _finding(file, "a test returns before its first statement", row, Severity.MEDIUM)
            yield from self._weaker(file, list(_within(rows, old, new)), calls)
        yield from self._weaker(file, list(_outside(rows, [*before.values()], [*after.values()])), calls)

    def _claiming(self, file: FileDiff, before: Parts, after: Parts) -> re.Pattern[str] | None:
        """Calls of functions that are new and claim something."""
        lines = self.lines(file, "right")
        new = [part for name, part in after.items() if not part.is_test and name not in before]
        names = {part.own_name for part in new if any(map(is_claim, lines[part.start : part.last]))}
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\s*\(") if names else None

    def _gone(self, file: FileDiff, gone: Sequence[Part]) -> Iterator[Finding]:
        kept = Counter(self.line(file, row).commented_out for row in file.changed("right"))
        groups: dict[str, list[Part]] = {}
        for part in gone:
            said = self._said(file, "left", part)
            is_commented = said and 2 * sum((said & kept).values()) > sum(said.values())
            groups.setdefault("commented out" if is_commented else "gone", []).append(part)
        for how, parts in groups.items():
            what = f"a test is {how}" if len(parts) == 1 else f"{len(parts)} tests are {how}"
            row = next((row for row in file.changed("left") if parts[0].first <= row.old <= parts[0].last), None)
            yield _finding(file, what, row, self.severity)

    def _is_gone(self, file: FileDiff, part: Part) -> bool:
        lines = self.lines(file, "left")[part.first - 1 : part.last]
        went = [self.line(file, row) for row in file.changed("left") if part.first <= row.old <= part.last]
        is_whole = 5 * len(went) >= 3 * len(lines)
        return is_whole and not self._comes_elsewhere(part.name) and not self.has_moved(went)

    def _said(self, file: FileDiff, side: Side, part: Part) -> Counter[str]:
        """What stands below its first line."""
        lines = self.lines(file, side)[part.start : part.last]
        return Counter(line.text.strip() for line in lines if any(map(str.isalnum, line.text)))

    def _renamed(self, file: FileDiff, before: Parts, after: Parts) -> dict[str, str]:
        """Tests with most of their lines under a new name, at about the same place."""
        went = [part for name, part in before.items() if part.is_test and name not in after]
        said = {name: self._said(file, "right", part) for name, part in after.items() if name not in before}
        alike: list[tuple[int, str, str]] = []
        for old in went:
            mine, place = self._said(file, "left", old), file.counterpart("left", old.first)
            for name, theirs in said.items():
                shared = sum((mine & theirs).values())
                is_near = after[name].first - _NEAR <= place <= after[name].last + _NEAR
                if is_near and 2 * shared >= sum(mine.values()) > 0:
                    alike.append((shared, old.name, name))
        found: dict[str, str] = {}
        for _, name, other in sorted(alike, reverse=True):
            if name not in found and other not in found.values():
                found[name] = other
        return found

    def _not_run(self, file: FileDiff, old: Part, new: Part) -> Iterator[Finding]:
        """Of a test that is no test any more; not where others call it now."""
        named = re.compile(rf"\b{re.escape(new.own_name)}\b")
        uses = {(file.path, at) for file in self.tests for at in self._naming(file, named)}
        uses |= {(one.path, one.line) for one in self.change.around.mentions([new.own_name]).get(new.own_name, ())}
        is_called = bool(uses - {(file.path, new.start)})
        row = next((row for row in file.changed("right") if new.first <= row.new <= new.last), None)
        row = row or next((row for row in file.changed("left") if old.first <= row.old <= old.last), None)
        if not is_called and row is not None:
            yield _finding(file, f"`{new.own_name}` is no longer run as a test", row, Severity.MEDIUM)

    def _naming(self, file: FileDiff, name: re.Pattern[str]) -> Iterator[int]:
        yield from (at for at, line in enumerate(self._whole(file, "right"), 1) if name.search(line.code))

    def _returns_first(self, file: FileDiff, part: Part) -> Row | None:
        """Where that is new, and hides what follows."""
        lines = self.lines(file, "right")
        body = range(part.start, part.last + 1)
        opened = next((at for at in body if lines[at - 1].code.rstrip().endswith((":", "{"))), part.last)
        code = [at for at in range(opened + 1, part.last + 1) if lines[at - 1].code.strip(" \t\"';")]
        if len(code) < 2 or not _RETURN.fullmatch(lines[code[0] - 1].code) or lines[code[1] - 1].code.strip() == "}":
            return None
        return next((row for row in file.changed("right") if row.new == code[0]), None)

    def _weaker(self, file: FileDiff, rows: list[Rows], calls: re.Pattern[str] | None) -> Iterator[Finding]:
        kept = [([row for row in went if row.text.strip() not in self._came], came) for went, came in rows]
        runs = [self._run(file, one, calls) for one in kept]
        for loss in losses(runs):
            if loss.kind == "tests":
                continue
            went, came = kept[loss.run]
            yield _finding(file, loss.why, (came if loss.is_added else went)[loss.line], self._severity(loss, runs))

    def _severity(self, loss: Loss, runs: Sequence[Run]) -> Severity:
        if loss.kind == "skips":
            return Severity.MEDIUM
        is_rewritten = not loss.is_plain and any(claims(run.added) for run in runs)
        return Severity.INFO if is_rewritten else self.severity


def _parts(change: Reviewed, side: Side, file: FileDiff) -> list[Part]:
    path = file.path_on(side)
    lines = change.lines(side, path)
    language = language_of(path or "")
    found = [
        Part(
            one.qualified,
            first,
            one.span.start,
            one.span.end,
            _is_test(language, one.name, lines[first - 1 : one.span.start + 2]),
        )
        for one in change.once(Near).symbols(side, file)
        if one.kind in ("function", "method")
        for first in (_first(lines, one.span.start),)
    ]
    parsed = change.parsed(side, path) if language in _BLOCKS else None
    return found if parsed is None else [*found, *_blocks(parsed.root, parsed.text_of)]


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
                start = node.start_point.row + 1
                yield Part(text_of(first), start, start, node.end_point.row + 1, True)
                continue
        stack += node.named_children


def _is_test(language: str, name: str, head: Sequence[str]) -> bool:
    is_named = language not in _BY_MARK and _NAMES.get(language, _NAME).match(name) is not None
    return is_named or any(_MARK.match(line) for line in head)


def _first(lines: Sequence[str], start: int) -> int:
    """With the marks above it."""
    while start > 1 and lines[start - 2].lstrip().startswith(_MARKS):
        start -= 1
    return start


def _by_name(parts: list[Part]) -> Parts:
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

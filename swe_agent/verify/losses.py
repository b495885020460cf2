"""Whether a change takes teeth out of the tests that were there: fewer claims, more skips, or tests that are gone.

Told by lines, for any language: a person looks at it and decides. Words in comments and strings count for nothing. A
test that was rewritten with as many claims as before is not flagged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from swe_agent.verify.code_lines import Line

GONE = "the file of tests is gone"
_CLAIM = re.compile(
    r"\bassert\w*+(?!::|\s*(?:,|$))|(?<!\.)\bexpect\w*+\s*(?:[(<{]|\.(?!any|\w+(?:Containing|Matching|CloseTo)\b))|\.expect\((?!\s*(?:[\"'`]|&?format!))|\bshould\b"
    r"|\brequire\.\w+|\bt\.(?:Error|Fatal)\w*|\bEXPECT_\w+|\bASSERT_\w+|\bXCTAssert\w*|\bpytest\.raises\b|\brefute\w*"
    r"|\bmust_\w+|\btoThrow\b|\bverify!?\s*[(<{]"
)
"""Rust's `.expect("…")` takes a value out, and claims nothing; `expect.any(…)` is part of a claim."""
_ALWAYS = re.compile(
    r"\bassert\s+True\s*(?:[,;]|$)|\bassert\b.*\bor\s+True\s*(?:[,;]|$)"
    r"|\b(?:assert(?:\.(?:ok|isTrue|True))?|assert_?[tT]rue|require\.True|XCTAssert(?:True)?|(?:EXPECT|ASSERT)_TRUE)!?"
    r"\s*\((?:\s*t,)?\s*[tT]rue\s*[,)]"
    r"|\bexpect\(\s*(true|false|\d+)\s*\)\.(?:toBe|toEqual|toStrictEqual|to\.(?:be|equal|eq|eql))\(\s*\1\s*\)"
    r"|\bexpect\(\s*true\s*\)\.(?:toBeTruthy|toBeDefined|to\.be\.true)"
    r"|\b(?:assert\w*!?|expect)\s*\(.*\|\|\s*true\s*\)\s*(?:\.toBe\(\s*true\s*\)|\.toBeTruthy|;|$)"
    r"|\bassert_eq!\(\s*(true|\d+)\s*,\s*\2\s*\)"
)
"""Claims that cannot fail."""
_SKIP = re.compile(
    r"\b(?:it|test|describe|suite|context|specify|bench|mark|pytest|unittest|this|self|ctx|t|b|tb|f)\.(?:\w+\.)*"
    r"(?:skip\w*|Skip(?:f|Now)?\b|todo\b|fixme\b|xfail\b)|\b(?:it|test)\.(?:fails|failing)\b"
    r"|@(?:\w+\.)*(?:skip\w*|xfail|expectedFailure|Ignored?|Disabled\w*)\b|\bpytest\.importorskip\b|\b(?:raise\s+|\.)SkipTest\b"
    r"|\bskip(?:Test|If\w*|Unless\w*|On[A-Z]\w*)\(|(?<![.\w])x(?:it|describe|test|context|specify)\b\s*[.(\"']|#!?\[(?:cfg_attr\(.*,\s*)?ignore\b"
    r"|\bGTEST_SKIP\b|\bDISABLED_|\bXCTSkip|\bmarkTest(?:Skipped|Incomplete)\b|\[(?:Ignore|Explicit)\b|\bSkip\s*=\s*\""
    r"|^\s*skip(?:_if_\w+)?:\s*(?:true|[\"'`])|\b(?:it|test|describe)\b.*\bskip:\s*true|[,\s]:(?:skip|pending)\b"
    r"|^\s*(?:skip|pending)\s*(?:$|\(\s*[)\"']|[\"']|(?:if|unless)\b)|\b__test__\s*=\s*False"
)
_FAILS = re.compile(r"xfail|expectedFailure|\.(?:fails|failing)\b")
_MAYBE = re.compile(r"[iI]f|[uU]nless|importorskip|DisabledOn|cfg_attr")
_MODIFIERS = r"(?:(?:async|public|private|protected|static|pub|export|suspend)\s+)*"
_HELPER_IN_GO = r"(?!(?-i:func\s+test\w*\s*\([^)]*\*testing\.))"
"""Go runs what is called `Test…` alone."""
_WORDS = rf"{_HELPER_IN_GO}(?:def|func|fun|function)\b\s*(?:\([^)]*\)\s*)?(?:test|should)"
_CALLS = r"(?:it|test|(?-i:TEST\w*))\b(?:\.\w+)*\s*[(\"'`]"
_TEST = re.compile(rf"^\s*{_MODIFIERS}(?:{_WORDS}|{_CALLS}|fn\s+\w|void\s+\w+\s*\()", re.IGNORECASE)
"""Where one may begin. In languages that mark their tests it is any function."""
_COUNTED = re.compile(
    rf"^\s*(?:{_MODIFIERS}(?:{_WORDS}|{_CALLS})|(?-i:@(?:\w+\.)*\w*Test\b|#\[(?:\w+::)*(?:test|rstest)\b"
    r"|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b))",
    re.IGNORECASE,
)
"""What there is one of for each test: its name, or its mark."""
_IMPORT = re.compile(
    r"^\s*(?:import\b|from\s+\S+\s+import\b|(?:pub\s+)?use\s|using\b|#include\b|require\b(?!\.)|.*=\s*require\()"
)
_DEFINED = re.compile(rf"^\s*{_MODIFIERS}(?:(?:def|func|fun|fn|function|class)\b\s*(?:\([^)]*\)\s*)?[\w*]+|void\s+\w+)")
"""Neither claims or skips anything by the name that it brings in or gives."""


@dataclass(frozen=True, slots=True)
class Run:
    """Lines that go, and those that come in their place."""

    removed: Sequence[Line]
    added: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost, and the line that shows it: the place of its run, on which side, and its place there. `is_plain`:
    the line itself says it, whatever else is rewritten."""

    kind: Literal["claims", "tests", "skips"]
    why: str
    run: int
    is_added: bool
    line: int
    is_plain: bool = False


def is_testing(lines: Sequence[Line]) -> bool:
    """Whether a file holds tests that make claims, and not only what tests need."""
    return any(map(is_claim, lines)) and any(_COUNTED.search(line.code) for line in lines)


def claims(lines: Iterable[Line]) -> list[Line]:
    """Those that claim something."""
    return [line for line in lines if is_claim(line)]


def is_claim(line: Line) -> bool:
    code = _said(line.code)
    return _CLAIM.search(code) is not None and not _ALWAYS.search(code)


def _is_skip(line: Line) -> bool:
    return _SKIP.search(_said(line.code)) is not None


def _said(code: str) -> str:
    """Without the names that a line brings in or gives."""
    if _IMPORT.match(code):
        return ""
    named = _DEFINED.match(code)
    return code[named.end() :] if named else code


def _is_counted(line: Line) -> bool:
    return _COUNTED.search(line.code) is not None


def losses(runs: Sequence[Run]) -> Iterator[Loss]:
    """What a file of tests that stays has lost, one of each kind."""
    removed = [line for run in runs for line in run.removed]
    added = [line for run in runs for line in run.added]
    fewer = len(claims(removed)) - len(claims(added))
    if fewer > 0:
        yield _fewer(fewer, {line.text.strip() for line in claims(removed)}, runs)
    if sum(map(_is_counted, removed)) > sum(map(_is_counted, added)):
        yield _shown("tests", "a test is gone", runs)
    skipped = [(at, line) for at, run in enumerate(runs) for line in _outside_new_tests(run)]
    skips = [(at, place, line) for at, (place, line) in skipped if _is_skip(line)]
    if len(skips) > sum(map(_is_skip, removed)):
        at, place, line = skips[0]
        above = runs[at].added[place - 1].code.strip() if place else ""
        yield Loss("skips", _skipped(line.code, above), at, True, place)


def _skipped(code: str, above: str) -> str:
    if _FAILS.search(code):
        return "a test is expected to fail"
    found = _SKIP.search(code)
    is_sometimes = (found and _MAYBE.search(code[found.start() :])) or re.match(r"(?:\}?\s*else\s+)?if\b", above)
    return "a test is skipped in some cases" if is_sometimes else "a test is skipped"


def _fewer(count: int, before: set[str], runs: Sequence[Run]) -> Loss:
    """Where lines show how they were lost, it is told of those."""
    added = [(at, place, line) for at, run in enumerate(runs) for place, line in enumerate(run.added)]
    commented = [row for row in added if row[2].commented_out in before]
    always = [row for row in added if _ALWAYS.search(row[2].code)]
    for rows, one, many in (
        (commented, "a claim is commented out", "{} claims are commented out"),
        (always, "a claim can no longer fail", "{} claims can no longer fail"),
    ):
        if rows:
            told = min(count, len(rows))
            why = one if told == 1 else many.format(told)
            rest = f", and there are {count - told} fewer besides" if count > told else ""
            return Loss("claims", f"{why}{rest}", rows[0][0], True, rows[0][1], is_plain=True)
    return _shown("claims", f"{count} claim{'s' if count > 1 else ''} fewer than before", runs)


def _shown(kind: Literal["claims", "tests"], why: str, runs: Sequence[Run]) -> Loss:
    """By the first line that goes in the run that loses the most."""
    counts = is_claim if kind == "claims" else _is_counted
    lost = [sum(map(counts, run.removed)) - sum(map(counts, run.added)) for run in runs]
    at = lost.index(max(lost))
    line = next(place for place, line in enumerate(runs[at].removed) if counts(line))
    return Loss(kind, why, at, False, line)


def _outside_new_tests(run: Run) -> Iterator[tuple[int, Line]]:
    """Added lines with their places, but for those of tests that the run brings along, with their decorators: what is
    new may be skipped where it cannot run, and takes nothing away."""
    if any(_TEST.search(line.code) for line in run.removed):
        yield from enumerate(run.added)  # tests are rewritten here: none of them is new for certain
        return
    below: int | None = None
    for at, line in enumerate(run.added):
        indent = len(line.code) - len(line.code.lstrip())
        is_code = bool(line.code.strip())
        if below is not None and is_code and indent <= below:
            below = None
        if below is None and _TEST.match(line.code):
            below = indent
        elif below is None and is_code and not _decorates_new_test(run.added[at:]):
            yield at, line


def _decorates_new_test(lines: Iterable[Line]) -> bool:
    """Whether decorators alone stand between here and a test that is new too."""
    for line in lines:
        if _TEST.match(line.code):
            return True
        if line.code.strip() and not line.code.lstrip().startswith(("@", "#[")):
            return False
    return False

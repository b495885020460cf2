"""What a test run's output says, test by test. Native formats, read from the text that the tools print.

Parsers are tried in order; the first that finds a test understood the output. Where none does, the run still counts as
a whole, by its exit status.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from swe_agent.core.verdict import TestCase, TestOutcome

Parser = Callable[[str], Sequence[TestCase]]

_PYTEST_WORDS: dict[str, TestOutcome] = {
    "PASSED": "passed",
    "FAILED": "failed",
    "FAIL": "failed",  # before pytest 3.7
    "ERROR": "error",
    "SKIPPED": "skipped",
    "XFAIL": "skipped",
    "XPASS": "passed",
}


_SUBTEST = re.compile(r"SUBFAIL|[\[(].*[\])] SUBFAIL ")
_TEST_ID = re.compile(r" (\S+\.py::\S+)")


def parse(output: bytes) -> tuple[str, tuple[TestCase, ...]]:
    """The parser's name and the cases; ("", ()) where the output was not understood."""
    text = _plain(output.decode("utf-8", "replace"))
    for name, parser in _PARSERS:
        if cases := parser(text):
            unique: dict[str, TestCase] = {}
            for case in cases:
                # One name may come twice: a teardown that fails after its test, two suites alike. Red is not hidden.
                if case.red or not unique.setdefault(case.id, case).red:
                    unique[case.id] = case
            return name, tuple(unique[key] for key in sorted(unique))
    return "", ()


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text).replace("\r\n", "\n")


def _pytest(text: str) -> list[TestCase]:
    """The short summary that `-rfEsxXp` adds, one line a test: `FAILED tests/a.py::test[x] - reason`."""
    at = text.rfind("short test summary info")
    if at < 0:
        return []  # other tools print lines that begin with ERROR too
    cases: list[TestCase] = []
    parts: list[str] = []
    for line in text[at:].splitlines():
        word, _, rest = line.partition(" ")
        if _SUBTEST.match(line):
            parts.append(line)
            continue
        outcome = _PYTEST_WORDS.get(word)
        if outcome is None or not rest or rest.startswith("["):
            continue  # `SKIPPED [3] file.py:10: reason` names no test
        # Only what did not pass has a reason; what passed may have ` - ` in its parameters.
        test, message = (rest, "") if word == "PASSED" else _split_reason(rest)
        cases.append(TestCase(id=test, outcome=outcome, message=message))
    return cases + _of_parts(parts, cases)


def _of_parts(lines: Sequence[str], cases: Sequence[TestCase]) -> list[TestCase]:
    """The tests that parts of them (`subTest`, `subtests`) have failed in: `SUBFAILED[text] (i=1) tests/a.py::test -
    reason`. Pytest lists such a test of unittest's as passed. The text is anybody's, so names are known by the other
    lines where they can be."""
    failed: list[TestCase] = []
    for line in lines:
        known = [case.id for case in cases if f" {case.id} - " in f"{line} - "]
        found = _TEST_ID.search(line)
        test = max(known, key=len) if known else found[1] if found else ""
        if test:
            _, _, reason = line.rpartition(f" {test} - ")
            failed.append(TestCase(id=test, outcome="failed", message=reason))
    return failed


def _split_reason(rest: str) -> tuple[str, str]:
    """Separate the test from ` - reason`. A parameter in brackets may hold ` - ` itself."""
    depth = 0
    for i, char in enumerate(rest):
        depth += (char == "[") - (char == "]")
        if depth <= 0 and rest.startswith(" - ", i):
            return rest[:i], rest[i + 3 :]
    test, separator, message = rest.partition("] - ") if "[" in rest else (rest, "", "")
    return (test + "]", message) if separator else (rest, "")


def _unittest(text: str) -> list[TestCase]:
    """`-v` lines: `test_a (pkg.mod.Case.test_a) ... ok`, and the headings of failures where `-v` was not given."""
    cases: list[TestCase] = []
    pattern = r"^([\w.]+) \(([\w.]+)\)(?:\n[^\n]*)? \.\.\. (?:.*?)\b(ok|FAIL|ERROR|skipped|expected failure)\b"
    words: dict[str, TestOutcome] = {"ok": "passed", "FAIL": "failed", "ERROR": "error"}
    for match in re.finditer(pattern, text, re.MULTILINE):
        case = match[2] if match[2].endswith(match[1]) else f"{match[2]}.{match[1]}"
        cases.append(TestCase(id=case, outcome=words.get(match[3], "skipped")))
    for match in re.finditer(r"^(FAIL|ERROR): ([\w.]+) \(([\w.]+)\)", text, re.MULTILINE):
        case = match[3] if match[3].endswith(match[2]) else f"{match[3]}.{match[2]}"
        cases.append(TestCase(id=case, outcome=words[match[1]]))
    return cases


def _go(text: str) -> list[TestCase]:
    words: dict[str, TestOutcome] = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}
    cases: list[TestCase] = []
    pending: list[tuple[str, TestOutcome]] = []
    for line in text.splitlines():
        if match := re.match(r"\s*--- (PASS|FAIL|SKIP): (\S+)", line):
            pending.append((match[2], words[match[1]]))
        elif match := re.match(r"(?:ok|FAIL|\?)\s+(\S+)\s", line + " "):
            cases += [TestCase(id=f"{match[1]}.{test}", outcome=outcome) for test, outcome in pending]
            pending = []
    return cases + [TestCase(id=test, outcome=outcome) for test, outcome in pending]


def _cargo(text: str) -> list[TestCase]:
    words: dict[str, TestOutcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}
    pattern = r"^test (.+?) \.\.\. (ok|FAILED|ignored)"
    return [TestCase(id=m[1], outcome=words[m[2]]) for m in re.finditer(pattern, text, re.MULTILINE)]


def _tap(text: str) -> list[TestCase]:
    """The Test Anything Protocol, which node's own runner prints."""
    cases: list[TestCase] = []
    for match in re.finditer(r"^\s*(not ok|ok) \d+(?: -)? (.+?)(?:\s+#\s*(SKIP|TODO).*)?$", text, re.MULTILINE):
        outcome: TestOutcome = "skipped" if match[3] else "passed" if match[1] == "ok" else "failed"
        # A hash would begin a remark, so it is written with a backslash.
        cases.append(TestCase(id=re.sub(r"\\([#\\])", r"\1", match[2]), outcome=outcome))
    return cases


def _mocha(text: str) -> list[TestCase]:
    """mocha's list, in which what failed bears a number: `✔ name (45ms)`, `1) name`, `- name` of what is pending;
    below it stands how many passed."""
    summary = re.search(r"^ +\d+ passing\b", text, re.MULTILINE)
    if summary is None:
        return []
    cases: list[TestCase] = []
    pattern = r"^ +(?:([✔✓√])|(\d+\))|-) (.+?)(?: \(\d+m?s\))?$"
    for match in re.finditer(pattern, text[: summary.start()], re.MULTILINE):
        outcome: TestOutcome = "passed" if match[1] else "failed" if match[2] else "skipped"
        cases.append(TestCase(id=match[3].strip(), outcome=outcome))
    return cases


def _marks(text: str) -> list[TestCase]:
    """jest, vitest and node for people: `✓ name (3 ms)`, `✕ name`, `○ skipped name`, `﹣ name # SKIP`."""
    words: dict[str, TestOutcome] = {"✓": "passed", "✔": "passed", "√": "passed", "○": "skipped", "﹣": "skipped"}
    cases: list[TestCase] = []
    time, note = r"(?: \(?\d+(?:\.\d+)? ?m?s\)?)?", r"(?: # (?:SKIP|TODO).*)?"
    for match in re.finditer(rf"^\s*([✓✔√✕✖\u00d7✗○﹣]) (.+?){time}{note}$", text, re.MULTILINE):
        if match[2] != "failing tests:":  # a heading of node's
            cases.append(TestCase(id=match[2].strip(), outcome=words.get(match[1], "failed")))
    return cases


_PARSERS: tuple[tuple[str, Parser], ...] = (
    ("pytest", _pytest),
    ("unittest", _unittest),
    ("go", _go),
    ("cargo", _cargo),
    ("tap", _tap),
    ("mocha", _mocha),
    ("marks", _marks),
)

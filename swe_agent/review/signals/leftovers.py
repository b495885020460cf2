"""What people write while they look for a fault, and mean to take out again: breakpoints, dumps, tests that run alone.

Printing is none of it: many a program is there to print.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from swe_agent.review.change import Reviewed, here
from swe_agent.review.findings import Finding, Severity
from swe_agent.syntax.language import language_of


@dataclass(frozen=True, slots=True)
class _Left:
    what: str
    severity: Severity
    pattern: re.Pattern[str]


def _stops(pattern: str) -> _Left:
    return _Left("a breakpoint", Severity.HIGH, re.compile(pattern))


def _dumps(pattern: str) -> _Left:
    return _Left("a dump of a value", Severity.LOW, re.compile(pattern))


def _alone(pattern: str) -> _Left:
    return _Left("a mark that lets this test run alone, and all others not", Severity.HIGH, re.compile(pattern))


_CRIES = r"(?:DEBUG|XXX|HERE)\b"
"""What people print so that they find the line again."""
_SCRIPT = (
    _stops(r"^\s*debugger\s*;?\s*$"),
    _dumps(rf"^\s*console\.(?:(?:trace|dir|table)\(|(?:log|debug|info)\([\"'`]{_CRIES})"),
    _alone(r"^\s*(?:describe|it|test|context|suite)\.only\(|^\s*(?:fdescribe|fit)\("),
)
LEFT = {
    "python": (
        _stops(r"^\s*(?:breakpoint\(|(?:i?pdb|pudb|wdb)\.set_trace\(|debugpy\.(?:listen|breakpoint)\()"),
        _dumps(
            rf"^\s*(?:import (?:i?pdb|pudb|wdb)\b|from i?pdb import|ic\(|icecream\.|pprint\.pprint\("
            rf"|print\(f?[\"']{_CRIES})"
        ),
    ),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "tsx": _SCRIPT,
    "ruby": (
        _stops(r"^\s*(?:binding\.(?:pry|irb|b)|byebug|debugger)\b"),
        _alone(r"^\s*(?:fit|fdescribe|fcontext)\b|\bfocus: true\b"),
    ),
    "php": (_stops(r"^\s*(?:xdebug_break|dd)\("), _dumps(r"^\s*(?:var_dump|print_r|dump)\(")),
    "rust": (_dumps(r"\bdbg!\("),),
    "go": (
        _stops(r"^\s*runtime\.Breakpoint\("),
        _dumps(rf"^\s*(?:spew\.Dump\(|(?:fmt|log)\.Print\w*\(\"{_CRIES})"),
    ),
    "java": (_dumps(rf"^\s*(?:\w+\.printStackTrace\(\)|System\.(?:out|err)\.print\w*\(\"{_CRIES})"),),
    "c-sharp": (_stops(r"^\s*(?:System\.Diagnostics\.)?Debugger\.(?:Break|Launch)\("),),
}


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.index.files:
        left = LEFT.get(language_of(file.new) if file.new else "", ())
        for row in file.changed("right") if left else ():
            for one in left:
                if one.pattern.search(row.text) and not file.is_moved(row):
                    yield Finding(
                        rule="leftover",
                        severity=one.severity,
                        message=f"This looks left over from looking for a fault: {one.what}.",
                        category="correctness",
                        path=file.path,
                        anchor=here(file, row),
                        confidence=0.9 if one.severity is Severity.HIGH else 0.6,
                    )
                    break

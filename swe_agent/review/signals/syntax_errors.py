"""Syntax errors that the change has brought in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from swe_agent.core.source import SyntaxFault
from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import SIDES, FileDiff
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.signals.near import Near
from swe_agent.syntax.compiled import error_in
from swe_agent.syntax.faults import new_faults
from swe_agent.syntax.language import language_of

_NEWER = ("invalid syntax", "f-string", "multiple exception types", "expected '('")
_UNKNOWN = re.compile(r"^\w+ as \w+,?$|<(?:typeof )?import\(|^export type \*")
"""`export { thing as new }`, `f<typeof import("x")>()`, `export type * from`: the grammars do not know them."""

_TEMPLATE = re.compile(r"\{%[-+]? *\w+.*?%\}")
"""What is written by a program before anybody reads it."""
_TEMPLATES = ("javascript", "typescript", "css", "json", "yaml", "toml")
_LENIENT = re.compile(
    r"(?:^|/)\.(?:vscode|devcontainer|zed)/|(?:^|/)(?:[jt]sconfig[^/]*|\.eslintrc|devcontainer)\.json$|\.code-workspace$"
)
"""JSON whose readers let comments and last commas pass."""


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.index.files:
        if file.new is None or ("right", file.new) not in change.contents or _LENIENT.search(file.new):
            continue
        told: set[int | None] = set()
        for fault in _faults(change, file):
            line = _blamed(file, fault.line)
            hunk = file.hunk_at("right", line)
            if hunk in told:  # one slip makes a parser stumble more than once
                continue
            told.add(hunk)
            yield _finding(file, line, fault.near, is_sure=_is_sure(change, file, fault))


def _finding(file: FileDiff, line: int, near: str, *, is_sure: bool) -> Finding:
    where = f", near `{near}`" if near else ""
    lags = f"The grammar at hand cannot read this{where}: it is wrong, or newer than the grammar."
    return Finding(
        rule="syntax-error",
        severity=Severity.CRITICAL if is_sure else Severity.LOW,
        message=f"This does not parse{where}." if is_sure else lags,
        category="correctness",
        path=file.path,
        anchor=Anchor(file.path, "right", line, line),
        confidence=1.0 if is_sure else 0.5,
    )


def _is_sure(change: Reviewed, file: FileDiff, fault: SyntaxFault) -> bool:
    """Python's own compiler is, but for type parameters that are newer than it. A grammar of ours may be older than the
    text: it is believed where brackets do not go together as they did before."""
    if language_of(file.path) == "python" and not fault.near.startswith("expected '('"):
        return True
    before, after = (change.text(side, file.path_on(side)) for side in SIDES)
    return any(
        before.count(opens) - before.count(closes) != after.count(opens) - after.count(closes)
        for opens, closes in ("()", "[]", "{}")
    )


def _blamed(file: FileDiff, line: int) -> int:
    """The line of the change that a fault comes of: a parser often stumbles far above what is wrong, now and then
    below."""
    touched = {row.new for row in file.changed("right")}
    touched |= {file.counterpart("left", row.old) for row in file.changed("left")}
    if not touched or line in touched:
        return line
    return min((one for one in touched if one > line), default=max(touched))


def _faults(change: Reviewed, file: FileDiff) -> Iterator[SyntaxFault]:
    """Python's compiler is of one version, and the project may be for a newer one: what the grammar has nothing
    against, and the compiler merely does not know, is none."""
    assert file.new is not None
    near = change.once(Near).text("right", file)
    if near is not None and error_in(file.new, near) is None:
        return  # then the rest compiles as well as it did
    before, after = change.text("left", file.old), change.text("right", file.new)
    if language_of(file.new) in _TEMPLATES and _TEMPLATE.search(after):
        return
    found = new_faults(file.new, before, after)
    if found and language_of(file.new) == "python" and (error := error_in(file.new, after)) is not None:
        found = (error,)  # where it says the fault is, and what it is
    parsed = change.parsed("right", file.new) if found else None
    is_fine = parsed is not None and not parsed.root.has_error
    for fault in found:
        if not (is_fine and fault.near.startswith(_NEWER)) and not _UNKNOWN.search(fault.near):
            yield fault

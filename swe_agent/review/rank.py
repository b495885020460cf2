"""Which findings are told, in which order, and how many of them where people work.

Forty-six comments on one change are read by nobody: the most important ones stand at their lines, the rest in a fold of
the summary, and of each that is not told at all it is said why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from swe_agent.review.findings import Anchor, Finding, Severity

Anchored = tuple[Finding, Anchor | None]
COMMENTS = 10
_BROKEN = ("syntax-error", "*/invalid-syntax", "*/syntax", "*/E999")
_SAYS_IT: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("conflict-marker", _BROKEN, False),
    ("syntax-error", _BROKEN[1:], False),
    ("leftover", ("*/T100", "*/no-debugger"), True),
    ("*/F401", ("dead-code/import",), True),
    ("*/no-unused-vars", ("dead-code/import",), True),
)
"""Rules, and others that say the same of the same file, or of the same line alone. Patterns, as in `off`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """By the settings of a repository. `off` are patterns of rules (`leftover`, `ruff/*`)."""

    least: Severity = Severity.INFO
    confidence: float = 0.0
    off: tuple[str, ...] = ()
    comments: int = COMMENTS


@dataclass(frozen=True, slots=True)
class Ranked:
    """The most important first. `told` are to stand at their lines, `folded` in the summary with why they do; `left`
    are told nowhere but in the report of what was left out."""

    told: tuple[Anchored, ...]
    folded: tuple[tuple[Anchored, str], ...]
    left: tuple[tuple[Anchored, str], ...] = field(default=())


def ranked(findings: Iterable[Anchored], wanted: Wanted) -> Ranked:
    told: list[Anchored] = []
    folded: list[tuple[Anchored, str]] = []
    left: list[tuple[Anchored, str]] = []
    wished: list[Anchored] = []
    for one in findings:
        reason = _reason_to_leave(one[0], wanted)
        if reason is None:
            wished.append(one)
        else:
            left.append((one, reason))
    for one in sorted(_one_of_each(_said_once(wished, left), left), key=_key):
        finding, _ = one
        if finding.severity is Severity.INFO:
            folded.append((one, "for information"))
        elif len(told) >= wanted.comments:
            folded.append((one, f"beyond the first {wanted.comments}"))
        else:
            told.append(one)
    return Ranked(tuple(told), tuple(folded), tuple(left))


def _key(one: Anchored) -> tuple[int, float, str, int, str]:
    finding, anchor = one
    return -finding.severity, -finding.confidence, finding.path, anchor.first if anchor else 0, finding.rule


def _reason_to_leave(finding: Finding, wanted: Wanted) -> str | None:
    if any(fnmatchcase(finding.rule, pattern) for pattern in wanted.off):
        return f"the rule {finding.rule} is off"
    if finding.severity < wanted.least:
        return f"less than {wanted.least.word}"
    if finding.confidence < wanted.confidence:
        return f"confidence {finding.confidence:.2f}, less than {wanted.confidence:.2f}"
    return None


def _said_once(findings: Iterable[Anchored], left: list[tuple[Anchored, str]]) -> list[Anchored]:
    """Without what another rule says better."""
    kept = list(findings)
    for pattern, others, is_of_line in _SAYS_IT:
        places = {_place(one, is_of_line): one[0].rule for one in kept if fnmatchcase(one[0].rule, pattern)}
        if not places:
            continue
        rest = []
        for one in kept:
            better = places.get(_place(one, is_of_line))
            if better is not None and any(fnmatchcase(one[0].rule, other) for other in others):
                left.append((one, f"{better} says it already"))
            else:
                rest.append(one)
        kept = rest
    return kept


def _place(one: Anchored, is_of_line: bool) -> tuple[str, int]:
    finding, anchor = one
    return finding.path, anchor.first if anchor and is_of_line else 0


def _one_of_each(findings: Iterable[Anchored], left: list[tuple[Anchored, str]]) -> Sequence[Anchored]:
    """What a model says of the very lines of which a rule says the same kind of thing is said already."""
    rows = sorted(findings, key=lambda one: one[0].is_from_model)
    proved: set[tuple[str, str, int]] = set()
    kept: list[Anchored] = []
    for finding, anchor in rows:
        lines = {(finding.category, anchor.path, line) for line in _lines(anchor)} if anchor else set()
        if finding.is_from_model and lines and lines <= proved:
            left.append(((finding, anchor), "a rule says it already"))
            continue
        if not finding.is_from_model:
            proved |= lines
        kept.append((finding, anchor))
    return kept


def _lines(anchor: Anchor) -> range:
    return range(anchor.first, anchor.last + 1)

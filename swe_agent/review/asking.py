"""What a model answers to a question about a change, read as findings: leniently in form, strictly in what counts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from swe_agent.review.change import Reviewed
from swe_agent.review.exchange import SEVERITIES
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.syntax.faults import new_faults

CATEGORIES = ("correctness", "security", "performance", "concurrency", "resources", "api", "tests", "design")
MOST = 20
"""Findings of one answer that are read."""
LETTERS = 600
"""Of a message; a scenario may have three times as many."""
AROUND = 40
"""Lines above and below what a claim is about that its verifier sees."""
CERTAIN = 0.5
"""Below it a verifier's word is not enough."""
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A verifier's word on one finding: `scenario` is in which situation what goes wrong; without one it does not
    stand. `same_as` is the number of another one that says the same, or 0."""

    stands: bool
    scenario: str
    confidence: float
    severity: Severity | None
    same_as: int = 0


def findings_in(answer: str, paths: Sequence[str]) -> list[Finding]:
    """Those about one of these files that quote something. What is said of anything else was made up."""
    found = []
    for row in _rows(answer)[:MOST]:
        path, quote = _text(row, "path").removeprefix("./"), _text(row, "quote")
        message = " ".join(_text(row, "message").split())[:LETTERS]
        if path not in paths or not quote.strip() or not message:
            continue
        category = _text(row, "category").lower()
        category = category if category in CATEGORIES else "correctness"
        suggestion = row.get("suggestion")
        line = row.get("line")
        found.append(
            Finding(
                rule=f"model/{category}",
                severity=SEVERITIES.get(_text(row, "severity").lower(), Severity.MEDIUM),
                message=message,
                category=category,
                path=path,
                side="left" if _text(row, "side") in ("left", "-", "old", "removed") else "right",
                line=line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else 0,
                quote=tuple(_quoted(quote)),
                suggestion=suggestion.rstrip("\n") if isinstance(suggestion, str) and suggestion.strip() else None,
                confidence=_share(row.get("confidence"), 0.5),
                is_from_model=True,
            )
        )
    return found


_NUMBERED = re.compile(r"^\s*\d+ [ +-] ")


def _quoted(quote: str) -> Iterator[str]:
    """Its lines as they stand in the file. Numbers and signs were put before them for the model alone."""
    lines = quote.strip("\n").split("\n")
    if all(_NUMBERED.match(line) or not line.strip() for line in lines):
        lines = [_NUMBERED.sub("", line) for line in lines]
    yield from lines


def verdicts_in(answer: str, count: int) -> Mapping[int, Verdict]:
    """By number, from 1."""
    found: dict[int, Verdict] = {}
    for row in _rows(answer):
        number = row.get("number")
        if isinstance(number, int) and 1 <= number <= count:
            scenario = _text(row, "scenario").strip()[: 3 * LETTERS]
            stands = row.get("stands") is True and bool(scenario)
            severity = SEVERITIES.get(_text(row, "severity").lower())
            same = row.get("same_as")
            found[number] = Verdict(
                stands=stands,
                scenario=scenario,
                confidence=_share(row.get("confidence"), 0.5),
                severity=severity,
                same_as=same if isinstance(same, int) and same != number and 1 <= same <= count else 0,
            )
    return found


def judged(findings: Sequence[Finding], verdicts: Mapping[int, Verdict]) -> tuple[list[Finding], list[Finding]]:
    """Those that stand, each with its scenario, and those that do not. What nobody judged does not stand."""
    kept, dropped = [], []
    for number, finding in enumerate(findings, 1):
        verdict = verdicts.get(number)
        if verdict is None or not verdict.stands or verdict.confidence < CERTAIN or _is_said(number, verdicts):
            dropped.append(finding)
            continue
        severity = finding.severity if verdict.severity is None else min(finding.severity, verdict.severity)
        kept.append(replace(finding, detail=verdict.scenario, severity=severity, confidence=verdict.confidence))
    return kept, dropped


def _is_said(number: int, verdicts: Mapping[int, Verdict]) -> bool:
    """Whether another one that says the same is told; of two that name each other the first is."""
    other = verdicts.get(verdicts[number].same_as)
    if other is None or not other.stands or other.confidence < CERTAIN:
        return False
    return other.same_as != number or verdicts[number].same_as < number


def distinct(findings: Sequence[Finding]) -> list[Finding]:
    """Of what several passes say about the same lines under the same heading the one that is surest. What else is said
    twice the verifier sees: two faults may be in one line."""
    found: dict[tuple[str, str, tuple[str, ...]], Finding] = {}
    for finding in findings:
        key = (finding.path, finding.category, tuple("".join(line.split()) for line in finding.quote[:2]))
        known = found.get(key)
        if known is None or (finding.severity, finding.confidence) > (known.severity, known.confidence):
            found[key] = finding
    return list(found.values())


def listed(findings: Sequence[tuple[Finding, Anchor | None]], change: Reviewed) -> str:
    """For the verifier: what is claimed, and below it more of the code around the claims than was shown, each line
    once."""
    rows = []
    wanted: dict[str, set[int]] = {}
    for number, (finding, anchor) in enumerate(findings, 1):
        quote = "\n".join(f"    {line}" for line in finding.quote[:6])
        where = f"{finding.path}:{anchor.first}" if anchor else finding.path
        rows.append(f"{number}. {where} [{finding.severity.word}] {finding.message}\n{quote}")
        if anchor is not None and anchor.side == "right":
            wanted.setdefault(anchor.path, set()).update(range(anchor.first - AROUND, anchor.last + AROUND + 1))
    around = [(path, _around(change.lines("right", path), numbers)) for path, numbers in wanted.items()]
    shown = [f"around the claims, {path}:\n{said}" for path, said in around if said]
    return "\n\n".join([*rows, *shown])


def _around(lines: Sequence[str], wanted: Iterable[int]) -> str:
    rows: list[str] = []
    before = 0
    for number in sorted(number for number in wanted if 0 < number <= len(lines)):
        rows += ["  …"] if number > before + 1 else []
        rows.append(f"{number:5d}   {lines[number - 1]}")
        before = number
    return "\n".join(rows)


# ---- suggestions


def fitting(finding: Finding, anchor: Anchor | None, change: Reviewed) -> Finding:
    """Without a suggestion that cannot stand there: one that changes nothing, or after which the file parses worse. One
    that is not indented as its lines are is, where that makes it whole."""
    if finding.suggestion is None:
        return finding
    lines = list(change.lines("right", anchor.path)) if anchor is not None and anchor.side == "right" else []
    if anchor is None or not lines or anchor.last > len(lines) or "```" in finding.suggestion:
        return replace(finding, suggestion=None)
    old = lines[anchor.first - 1 : anchor.last]
    new = _indented(finding.suggestion.split("\n"), old)
    if new == old:
        return replace(finding, suggestion=None)
    before, after = "\n".join(lines) + "\n", "\n".join([*lines[: anchor.first - 1], *new, *lines[anchor.last :]]) + "\n"
    if any(new_faults(anchor.path, before, after)):
        return replace(finding, suggestion=None)
    return replace(finding, suggestion="\n".join(new))


def _indented(new: Sequence[str], old: Sequence[str]) -> list[str]:
    """As far in as the lines that it replaces, where the first one is not indented at all."""
    there = next((line for line in old if line.strip()), "")
    margin = there[: len(there) - len(there.lstrip())]
    first = next((line for line in new if line.strip()), "")
    if not margin or first[:1].isspace():
        return list(new)
    return [margin + line if line.strip() else line for line in new]


# ---- answers


def _rows(answer: str) -> list[Mapping[str, Any]]:
    """The objects of the array that stands in it, whatever is said around it. Of an answer that was cut off those that
    are whole."""
    decoder = json.JSONDecoder()
    for found in re.finditer(r"\[", answer):
        try:
            rows, _ = decoder.raw_decode(answer, found.start())
        except ValueError:
            continue
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            return rows
    return list(_objects(answer, decoder))


def _objects(answer: str, decoder: json.JSONDecoder) -> Iterator[Mapping[str, Any]]:
    at = 0
    while (at := answer.find("{", at)) >= 0:
        try:
            row, at = decoder.raw_decode(answer, at)
        except ValueError:
            at += 1
            continue
        if isinstance(row, dict):
            yield row


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _share(value: object, otherwise: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    return min(1.0, max(0.0, float(value) / 100 if value > 1 else float(value)))


Redact = Callable[[str], str]


def redacted(finding: Finding, redact: Redact) -> Finding:
    """No secret of the repository or of the user leaves by a model's words."""
    return replace(
        finding,
        message=redact(finding.message),
        detail=redact(finding.detail),
        suggestion=None if finding.suggestion is None else redact(finding.suggestion),
    )

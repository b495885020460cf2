"""Findings in the formats that other tools read. Each is a value of JSON types; nothing here knows a platform's calls.

- rdjson and rdjsonl: reviewdog's Diagnostic Format; whatever reviewdog can post to, it posts these.
- SARIF 2.1.0 (OASIS), with what GitHub's code scanning asks for beyond it: descriptions and help of every rule, stable
  fingerprints, relative addresses.
- Code Quality of GitLab: one object a finding; equal fingerprints are merged there without a word, so none are equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from swe_agent.review.findings import Finding, Severity, Told

NAME = "swe-agent"
HOME = "https://pypi.org/project/swe-agent/"
Json = dict[str, Any]

_RD = {
    Severity.CRITICAL: "ERROR", Severity.HIGH: "ERROR", Severity.MEDIUM: "WARNING", Severity.LOW: "INFO",
    Severity.INFO: "INFO",
}  # fmt: skip
_SARIF = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note",
    Severity.INFO: "note",
}  # fmt: skip
_QUALITY = {
    Severity.CRITICAL: "blocker", Severity.HIGH: "critical", Severity.MEDIUM: "major", Severity.LOW: "minor",
    Severity.INFO: "info",
}  # fmt: skip
_SCORES = {
    Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0", Severity.INFO: "0.5",
}  # fmt: skip
"""By which code scanning sorts what concerns security."""

RESULTS, DESCRIPTION = 25_000, 1_024
"""What code scanning takes: of more results it refuses all; letters of a rule's description."""
LINE = 60_000
"""Bytes of a row: at a line of 64 KiB reviewdog stops to read rdjsonl, without a word."""


def rd_rows(told: Sequence[Told]) -> Iterator[Json]:
    """One diagnostic each, of what has a file. A line that went is not in the head, so only its file is named."""
    for one in told:
        if not one.finding.path:
            continue
        finding = one.finding
        row: Json = {
            "message": _said(finding),
            "location": {"path": finding.path},
            "severity": _RD[finding.severity],
            "source": {"name": NAME, "url": HOME},
            "code": {"value": finding.rule},
        }
        if one.anchor is not None and one.anchor.side == "right":
            row["location"]["range"] = {"start": {"line": one.anchor.first}, "end": {"line": one.anchor.last}}
            if finding.suggestion is not None and finding.suggestion == _sound(finding.suggestion):
                after = {
                    "start": {"line": one.anchor.first, "column": 1},
                    "end": {"line": one.anchor.last + 1, "column": 1},
                }
                text = finding.suggestion + "\n" if finding.suggestion else ""
                row["suggestions"] = [{"range": after, "text": text}]
        yield _in_a_line(_sound(row))


def _in_a_line(row: Json) -> Json:
    if len(json.dumps(row)) > LINE:
        row.pop("suggestions", None)
    if len(json.dumps(row)) > LINE:
        row["message"] = row["message"][: LINE // 24]  # a letter is 12 bytes at most; half of the line is for the rest
    return row


def rdjson(told: Sequence[Told]) -> Json:
    return {"source": {"name": NAME, "url": HOME}, "diagnostics": list(rd_rows(told))}


def sarif(told: Sequence[Told], *, version: str) -> Json:
    """What stands on no line of the head is a notification of the run: code scanning wants a place of every result."""
    found = [one for one in told if one.anchor is not None and one.anchor.side == "right"]
    placed = found[:RESULTS]
    ids = list(dict.fromkeys(one.finding.rule for one in placed))
    firsts = {one.finding.rule: one.finding for one in reversed(placed)}
    driver = {
        "name": NAME,
        "informationUri": HOME,
        "semanticVersion": version,
        "rules": [_rule(firsts[id_]) for id_ in ids],
    }
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The root of the repository."}}},
        "results": [_result(one, ids.index(one.finding.rule)) for one in placed],
    }
    rest = [one for one in told if one.anchor is None or one.anchor.side == "left"]
    notes = [{"level": _SARIF[one.finding.severity], "message": {"text": _named(one.finding)}} for one in rest]
    if left := len(found) - len(placed):
        notes.append({"level": "warning", "message": {"text": f"Of {len(found):,} findings {left:,} are not in here."}})
    if notes:
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [_sound(run)]}


def _rule(finding: Finding) -> Json:
    """By the first of its findings: it has no life of its own."""
    words = finding.rule.replace("/", ": ").replace("-", " ").replace("_", " ")
    text = f"{words[:1].upper()}{words[1:]}."
    properties: Json = {"tags": [finding.category] if finding.category else []}
    if finding.category == "security":
        properties["security-severity"] = _SCORES[finding.severity]
    return {
        "id": finding.rule,
        "shortDescription": {"text": text},
        "fullDescription": {"text": finding.message[:DESCRIPTION]},
        "help": {"text": finding.detail or finding.message},
        "defaultConfiguration": {"level": _SARIF[finding.severity]},
        "properties": properties,
    }


def _result(one: Told, rule: int) -> Json:
    assert one.anchor is not None
    region = {"startLine": one.anchor.first, "endLine": one.anchor.last}
    address = {"uri": quote(one.finding.path, safe="/", errors="surrogateescape"), "uriBaseId": "SRCROOT"}
    return {
        "ruleId": one.finding.rule,
        "ruleIndex": rule,
        "level": _SARIF[one.finding.severity],
        "message": {"text": _said(one.finding)},
        "locations": [{"physicalLocation": {"artifactLocation": address, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{one.fingerprint}:1"},
        "rank": round(100 * one.finding.confidence, 1),
    }


def code_quality(told: Sequence[Told]) -> list[Json]:
    """Of what has a file; where it has no line in the head, its first."""
    return [
        {
            "description": _sound(_said(one.finding)),
            "check_name": one.finding.rule,
            "fingerprint": one.fingerprint,
            "severity": _QUALITY[one.finding.severity],
            "location": {
                "path": _sound(one.finding.path),
                "lines": {"begin": one.anchor.first if one.anchor and one.anchor.side == "right" else 1},
            },
        }
        for one in told
        if one.finding.path
    ]


def _said(finding: Finding) -> str:
    return f"{finding.message} {finding.detail}".strip()


def _named(finding: Finding) -> str:
    return f"{finding.path}: {_said(finding)}" if finding.path else _said(finding)


def _sound(value: Any) -> Any:
    """Bytes that are no UTF-8 are lone surrogates in a text of ours; where others read JSON, one refuses the whole."""
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case list():
            return [_sound(one) for one in value]
        case dict():
            return {name: _sound(one) for name, one in value.items()}
        case _:
            return value

"""Findings in the formats that other tools read. Each is a value of JSON types; nothing here knows a platform's calls.

- rdjson and rdjsonl: reviewdog's Diagnostic Format; whatever reviewdog can post to, it posts these.
- SARIF 2.1.0 (OASIS), with what GitHub's code scanning asks for beyond it: descriptions and help of every rule, stable
  fingerprints, relative addresses.
- Code Quality of GitLab: one object a finding; equal fingerprints are merged there without a word, so none are equal.
"""

from __future__ import annotations

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
            if finding.suggestion is not None:
                after = {
                    "start": {"line": one.anchor.first, "column": 1},
                    "end": {"line": one.anchor.last + 1, "column": 1},
                }
                text = finding.suggestion + "\n" if finding.suggestion else ""
                row["suggestions"] = [{"range": after, "text": text}]
        yield row


def rdjson(told: Sequence[Told]) -> Json:
    return {"source": {"name": NAME, "url": HOME}, "diagnostics": list(rd_rows(told))}


def sarif(told: Sequence[Told], *, version: str) -> Json:
    """What stands on no line of the head is a notification of the run: code scanning wants a place of every result."""
    placed = [one for one in told if one.anchor is not None and one.anchor.side == "right"]
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
    if rest:
        notes = [{"level": _SARIF[one.finding.severity], "message": {"text": _named(one.finding)}} for one in rest]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


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
        "fullDescription": {"text": finding.message},
        "help": {"text": finding.detail or finding.message},
        "defaultConfiguration": {"level": _SARIF[finding.severity]},
        "properties": properties,
    }


def _result(one: Told, rule: int) -> Json:
    assert one.anchor is not None
    region = {"startLine": one.anchor.first, "endLine": one.anchor.last}
    address = {"uri": quote(one.finding.path, safe="/", errors="surrogatepass"), "uriBaseId": "SRCROOT"}
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
            "description": _said(one.finding),
            "check_name": one.finding.rule,
            "fingerprint": one.fingerprint,
            "severity": _QUALITY[one.finding.severity],
            "location": {
                "path": one.finding.path,
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

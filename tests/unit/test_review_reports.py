"""Findings as other tools read them."""

from __future__ import annotations

from swe_agent.review.findings import Anchor, Finding, Severity, Told
from swe_agent.review.reports import code_quality, rd_rows, rdjson, sarif

LEAK = Finding(
    rule="secret/npm-token", severity=Severity.CRITICAL, message="It is a secret.", detail="Revoke it.",
    category="security", path="src/my file.py",
)  # fmt: skip
FIX = Finding(
    rule="ruff/F401", severity=Severity.LOW, message="Unused.", path="a.py", suggestion="import os", category="style"
)
GONE = Finding(rule="test-removed", severity=Severity.MEDIUM, message="A test went.", path="t.py")
WHOLE = Finding(rule="dependency", severity=Severity.INFO, message="The lock file is older.")
TOLD = [
    Told(LEAK, Anchor("src/my file.py", "right", 3, 3), "f1"),
    Told(FIX, Anchor("a.py", "right", 1, 2), "f2"),
    Told(GONE, Anchor("t.py", "left", 9, 12), "f3"),
    Told(WHOLE, None, "f4"),
]


def test_what_reviewdog_reads() -> None:
    rows = list(rd_rows(TOLD))
    assert [row["severity"] for row in rows] == ["ERROR", "INFO", "WARNING"]  # the last one has no file
    assert rows[0]["location"] == {"path": "src/my file.py", "range": {"start": {"line": 3}, "end": {"line": 3}}}
    assert rows[1]["suggestions"] == [
        {"range": {"start": {"line": 1, "column": 1}, "end": {"line": 3, "column": 1}}, "text": "import os\n"}
    ]
    assert rows[2]["location"] == {"path": "t.py"}
    assert rdjson(TOLD)["diagnostics"] == rows


def test_what_code_scanning_reads() -> None:
    (run,) = sarif(TOLD, version="1.2.3")["runs"]
    results = run["results"]
    assert [result["ruleId"] for result in results] == ["secret/npm-token", "ruff/F401"]
    assert [run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] for result in results] == [
        result["ruleId"] for result in results
    ]
    place = results[0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "src/my%20file.py", "uriBaseId": "SRCROOT"}
    assert place["region"] == {"startLine": 3, "endLine": 3}
    assert run["tool"]["driver"]["rules"][0]["properties"] == {"tags": ["security"], "security-severity": "9.5"}
    told = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert told == ["t.py: A test went.", "The lock file is older."]


def test_what_gitlab_reads() -> None:
    rows = code_quality(TOLD)
    assert [(row["check_name"], row["severity"], row["location"]["lines"]["begin"]) for row in rows] == [
        ("secret/npm-token", "blocker", 3), ("ruff/F401", "minor", 1), ("test-removed", "major", 1),
    ]  # fmt: skip
    assert len({row["fingerprint"] for row in rows}) == len(rows)

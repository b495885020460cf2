"""Syntax errors that the change has brought in."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.review.change import Reviewed
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.syntax.faults import new_faults


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.index.files:
        if file.new is None or ("right", file.new) not in change.contents:
            continue
        for fault in new_faults(file.new, change.text("left", file.old), change.text("right", file.new)):
            yield Finding(
                rule="syntax-error",
                severity=Severity.CRITICAL,
                message=f"This does not parse, near `{fault.near}`." if fault.near else "This does not parse.",
                category="correctness",
                path=file.path,
                anchor=Anchor(file.path, "right", fault.line, fault.line),
            )

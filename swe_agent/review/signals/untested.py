"""Code that changes without a test that changes with it, or that names what was changed. Said once a change."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.review.change import Reviewed
from swe_agent.review.findings import Finding, Severity
from swe_agent.review.signals.definitions import Definitions, called
from swe_agent.syntax.language import is_test_file

SHOWN = 8


def findings(change: Reviewed) -> Iterator[Finding]:
    definitions = change.once(Definitions)
    if definitions.has_tests:
        return
    bare = []
    for one in definitions.touched:
        names = {one.symbol.name, called(one.symbol)}
        found = [mention for name in names for mention in definitions.mentions.get(name, ())]
        if found and not any(is_test_file(mention.path) for mention in found):
            bare.append(f"`{one.symbol.qualified}` in `{one.file.path}`")
    if bare:
        more = f" and {len(bare) - SHOWN} more" if len(bare) > SHOWN else ""
        yield Finding(
            rule="tests/missing",
            severity=Severity.INFO,
            message="Code changes here that no test names, and no test changes with it.",
            detail=f"Without a test that names them: {', '.join(bare[:SHOWN])}{more}.",
            category="tests",
            confidence=0.6,
        )

"""Which of several candidates that pass the tests a person would have written. Passing proves little; this is taste:

changes that delete code, bring in numbers nobody used before, or write a lot, are the less plausible ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from swe_agent.repair.candidate import Candidate

DELETES, NEW_LITERAL, LENGTH, MAX_LENGTH = 0.6, 0.4, 0.01, 0.5
_TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|\"[^\"]*\"|'[^']*'|[^\w\s]+")
_LITERAL = re.compile(r"\d|[\"']")


def implausibility(candidate: Candidate, text: str) -> float:
    """Lower is better. `text` is the file before the edit."""
    removed = candidate.removed(text)
    old, new = _TOKEN.findall(removed), _TOKEN.findall(candidate.replacement)
    cost = candidate.cost + min(MAX_LENGTH, LENGTH * abs(len(candidate.replacement) - len(removed)))
    names_lost = Counter(filter(str.isidentifier, old)) - Counter(filter(str.isidentifier, new))
    if names_lost and len(new) < len(old):
        cost += DELETES
    known = set(_TOKEN.findall(text))
    brought = [token for token in new if _LITERAL.match(token) and token not in known and token not in ("0", "1")]
    return cost + NEW_LITERAL * len(brought)


def in_order(candidates: Iterable[Candidate], text_of: dict[str, str]) -> list[Candidate]:
    """The most plausible first; equals in order of place and text."""
    return sorted(
        candidates,
        key=lambda c: (round(implausibility(c, text_of[c.path]), 6), c.path, c.start, c.end, c.replacement),
    )

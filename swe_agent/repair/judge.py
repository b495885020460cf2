"""Which of several candidates that pass the tests a person would have written. Passing proves little; this is taste:

changes that delete code, bring in numbers nobody used before, or write a lot, are the less plausible ones.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from swe_agent.repair.candidate import Candidate

DELETES, NEW_LITERAL, LENGTH, MAX_LENGTH = 0.6, 0.4, 0.005, 0.3
_TOKEN = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?|\"[^\"]*\"|'[^']*'|[^\w\s]+")
_LITERAL = re.compile(r"\d|[\"']")


def doubts(candidate: Candidate, text: str) -> float:
    """What speaks against an edit beside its rank: 0 or more, on the same scale. `text` is the file before the edit."""
    removed = candidate.removed(text)
    old, new = _TOKEN.findall(removed), _TOKEN.findall(candidate.replacement)
    cost = min(MAX_LENGTH, LENGTH * abs(len(candidate.replacement) - len(removed)))
    names_lost = Counter(filter(str.isidentifier, old)) - Counter(filter(str.isidentifier, new))
    if names_lost and len(new) < len(old):
        cost += DELETES
    known = set(_TOKEN.findall(text))
    brought = [token for token in new if _LITERAL.match(token) and token not in known and token not in ("0", "1")]
    return cost + NEW_LITERAL * len(brought)


def shared_score(scores: Sequence[float]) -> float:
    """The cost of what several edits have in common, on the same natural logarithmic scale: their plausibilities added.

    >>> shared_score([1.0]), round(shared_score([1.0, 1.0]), 2)
    (1.0, 0.31)
    """
    least = min(scores)
    return least - math.log(sum(math.exp(least - score) for score in scores))


def confidence(own: Sequence[float], others: Sequence[float]) -> float:
    """0 to 1: the share that one edit, with those that do the same, has of the plausibility of all that pass the same
    tests. Scores are costs on a natural logarithmic scale.

    >>> confidence([1.0], []), confidence([1.0], [1.0]), confidence([1.0, 1.0], [1.0, 1.0])
    (1.0, 0.5, 0.5)
    """
    return 1 / sum(math.exp(shared_score(own) - score) for score in (shared_score(own), *others))

"""How much a person changes of what they accept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_TOKEN = re.compile(r"\w+|[^\w\s]")


def edit_ratio(proposed: Iterable[str], taken: Iterable[str]) -> float:
    """The share of tokens that a person changed: of those on the longer side, how many have no counterpart.

    >>> edit_ratio(["f(x)"], ["f(y)"])
    0.25
    """
    before, after = (Counter(_TOKEN.findall("".join(lines))) for lines in (proposed, taken))
    longer = max(before.total(), after.total())
    return 1 - (before & after).total() / longer if longer else 0.0

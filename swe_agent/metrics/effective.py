"""Which lines count: a bracket, a blank line and an `else` are nobody's work."""

from __future__ import annotations

import re

_WORD = re.compile(r"\w")
MORE_THAN = 3
"""Characters that are not white space."""


def is_effective(line: str) -> bool:
    """At least one word, and more than three characters that are not white space (the rule of Claude Code's
    contribution metrics: lines are rather under-counted than over-counted).

    >>> [is_effective(line) for line in ("    x = 1", "    });", "  fi  ", "-----", "")]
    [False, False, False, False, False]
    >>> is_effective("total += price")
    True
    """
    return _WORD.search(line) is not None and len("".join(line.split())) > MORE_THAN

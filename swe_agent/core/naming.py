"""Many things in one sentence."""

from __future__ import annotations

from collections.abc import Sequence


def named(names: Sequence[str], most: int, between: str = ", ") -> str:
    """The first ones by name, the others by their number.

    >>> named(["a", "b"], 3), named(["a", "b", "c", "d"], 2), named([], 2)
    ('a, b', 'a, b and 2 more', '')
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return between.join(names[:most]) + more

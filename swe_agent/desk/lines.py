"""Some lines of a block instead of all of them."""

from __future__ import annotations

from collections.abc import Container

from swe_agent.core.diff import Block


def picked(block: Block, wanted: Container[int]) -> tuple[str, ...]:
    """The lines in the place of the block where only some of it is taken, as Amend has them.

    Lines are numbered from 1, removed ones first. A removed line that is not wanted stays, an added one does not come.
    """
    numbered = list(enumerate((*block.removed, *block.added), 1))
    gone = len(block.removed)
    kept = [line for number, line in numbered if (number in wanted) == (number > gone)]
    # A last line without an end may have got another one behind it.
    return (*(line if line.endswith("\n") else line + "\n" for line in kept[:-1]), *kept[-1:])


def numbers_of(text: str, last: int) -> frozenset[int]:
    """`1,3-5` as numbers from 1 to `last`; empty where it is something else.

    >>> sorted(numbers_of("1,3-5", 9)), sorted(numbers_of("9-", 9)), sorted(numbers_of("x", 9))
    ([1, 3, 4, 5], [], [])
    """
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, end = part.partition("-")
        if not first.isdecimal() or not (end or first).isdecimal() or part.endswith("-"):
            return frozenset()
        if not 1 <= int(first) <= int(end or first) <= last:
            return frozenset()
        found |= set(range(int(first), int(end or first) + 1))
    return frozenset(found)

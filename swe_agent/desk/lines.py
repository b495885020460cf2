"""Some lines of a block instead of all of them: in which order they stand, and what they come to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from swe_agent.core.diff import Block
from swe_agent.desk.words import pairs


class LineOf(NamedTuple):
    """One line of a block: a removed or an added one, and which."""

    sign: Literal["-", "+"]
    at: int


def removed_first(block: Block) -> tuple[LineOf, ...]:
    """All lines as a diff has them, and as they are numbered where somebody names them by number."""
    return (
        *(LineOf("-", at) for at in range(len(block.removed))),
        *(LineOf("+", at) for at in range(len(block.added))),
    )


def in_order(block: Block) -> tuple[LineOf, ...]:
    """All lines in the one order that keeps what belongs together side by side: each removed line before what became
    of it, and both sides in their own order."""
    return tuple(_in_order(block))


def _in_order(block: Block) -> Iterator[LineOf]:
    i = j = 0
    for to_i, to_j in (*pairs(block.removed, block.added), (len(block.removed), len(block.added))):
        yield from (LineOf("-", k) for k in range(i, to_i))
        yield from (LineOf("+", k) for k in range(j, to_j))
        if to_i < len(block.removed) and to_j < len(block.added):
            yield LineOf("-", to_i)
            yield LineOf("+", to_j)
        i, j = to_i + 1, to_j + 1


def picked(block: Block, chosen: Collection[LineOf]) -> tuple[str, ...]:
    """The lines in the place of the block where only some of its are taken, as Amend has them: a removed line that is
    not chosen stays, an added one does not come. All of them give the added lines, none the removed ones."""
    kept: list[str] = []
    for line in in_order(block):
        if (line in chosen) == (line.sign == "+"):
            kept.append(block.added[line.at] if line.sign == "+" else block.removed[line.at])
    # A last line without an end may have got another one behind it.
    return (*(line if line.endswith("\n") else line + "\n" for line in kept[:-1]), *kept[-1:])


def ended_as(block: Block, lines: Sequence[str]) -> tuple[str, ...]:
    """Lines that somebody wrote for a block. Those that end in a bare LF end in CRLF where all of the block's own do:
    those that it brings, or takes away where it brings none."""
    own = [line for line in block.added or block.removed if line.endswith("\n")]
    if not own or not all(line.endswith("\r\n") for line in own):
        return tuple(lines)
    bare = (line.removesuffix("\n").removesuffix("\r") if line.endswith("\n") else line for line in lines)
    return tuple(f"{line}\r\n" if ended.endswith("\n") else line for line, ended in zip(bare, lines, strict=True))


def without_returns(block: Block, lines: Sequence[str]) -> tuple[str, ...]:
    """The same lines as they are shown to whoever writes others for them: `ended_as` puts the CRs back. As they are
    where it would not."""
    bare = tuple(line.removesuffix("\r\n") + "\n" if line.endswith("\r\n") else line for line in lines)
    return bare if ended_as(block, bare) == tuple(lines) else tuple(lines)


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

"""What of a file is most like lines that are not in it: something to read in a refusal, never a place to edit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches
from itertools import zip_longest

from swe_agent.edits.refusal import Difference, Region

_COMMON = 50
"""A line that stands more often says nothing about the place."""
_ABOVE = 2


def region_at(texts: Sequence[str], line: int) -> Region:
    """A line (from 1) and the two above it, which tell it from others of its kind."""
    start = max(0, line - 1 - _ABOVE)
    return Region(line=start + 1, lines=tuple(texts[start:line]))


def nearest(texts: Sequence[str], wanted: Sequence[str]) -> tuple[Region | None, tuple[Difference, ...]]:
    """The region that shares the rarest of the wanted lines, white space aside; None where nothing is like it."""
    own, asked = [_plain(line) for line in texts], [_plain(line) for line in wanted]
    start = _start(own, asked)
    if start is None:
        return None, ()
    end = min(len(texts), start + len(wanted))
    region = Region(line=start + 1, lines=tuple(texts[start : min(len(texts), end + 1)]))
    return region, tuple(_differences(texts[start:end], own[start:end], wanted, asked, start))


def _plain(line: str) -> str:
    return "".join(line.split())


def _start(own: Sequence[str], asked: Sequence[str]) -> int | None:
    """Each line votes for the places where it would stand, the more the fewer there are."""
    places: dict[str, list[int]] = {}
    for number, line in enumerate(own):
        places.setdefault(line, []).append(number)
    votes: dict[int, float] = defaultdict(float)
    for at, line in enumerate(asked):
        found = places.get(line, []) if line else []
        for place in found if len(found) <= _COMMON else ():
            votes[max(0, place - at)] += len(line) / len(found)
    if not votes:
        longest = sorted({line for line in asked if line}, key=len, reverse=True)[:3]
        for line in longest:
            for other in get_close_matches(line, [key for key in places if key], n=1):
                place, at = places[other][0], asked.index(line)
                votes[max(0, place - at)] += len(line)
    return max(votes, key=lambda start: (votes[start], -start)) if votes else None


def _differences(
    texts: Sequence[str], own: Sequence[str], wanted: Sequence[str], asked: Sequence[str], start: int
) -> list[Difference]:
    """Line for line; those that are alike but for white space count as the same line."""
    found: list[Difference] = []
    for tag, i, j, k, m in SequenceMatcher(None, own, asked, autojunk=False).get_opcodes():
        if tag == "insert" and i == len(own):
            pairs = [(None, line) for line in wanted[k:m]]
        else:
            pairs = list(zip_longest(texts[i:j], wanted[k:m]))  # type: ignore[arg-type]
        for offset, (line, quoted) in enumerate(pairs):
            if line != quoted:
                found.append(Difference(line=start + i + min(offset, max(0, j - i)) + 1, quoted=quoted, own=line))
    return found

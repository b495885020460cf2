"""What a line is known as, in 32 bits, so that a file's labels are an array.

The top bit says that the line is effective, the next one that it is an agent's, the third one that it is attested as
human. Then follow, for an agent's, the number of the line of evidence and whether a person has changed it since; for
any other, the number of its origin: a commit and a language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Literal

EFFECTIVE = 1 << 31
AI = 1 << 30
HUMAN = 1 << 29
EDITED = 1
NUMBER = HUMAN - 1
OPEN = 0
"""Not known yet; only while a commit is looked at."""


def is_ai(label: int) -> bool:
    """Also where a person has changed it since."""
    return bool(label & AI)


def is_untouched_ai(label: int) -> bool:
    return label & (AI | EDITED) == AI


def of_evidence(line: int, *, edited: bool = False) -> int:
    return AI | line << 1 | edited


def evidence_line(label: int) -> int:
    return (label & NUMBER) >> 1


def of_origin(number: int, kind: Literal["human", "unknown"]) -> int:
    return number | HUMAN if kind == "human" else number


def bits_of(labels: Iterable[int]) -> int:
    """Those that any of them has."""
    return reduce(or_, set(labels), 0)


def bare(label: int) -> int:
    """Without the bit that says whether it counts."""
    return label & ~EFFECTIVE


@dataclass(frozen=True, slots=True)
class Origin:
    """Lines of one commit and language that no evidence explains. `commit` is empty for what was there before."""

    commit: str
    language: str
    kind: Literal["human", "unknown"]


@dataclass
class Origins:
    """Numbers for origins, from 1, and back."""

    known: list[Origin] = field(default_factory=list)
    _numbers: dict[Origin, int] = field(default_factory=dict)

    def number(self, origin: Origin) -> int:
        number = self._numbers.get(origin)
        if number is None:
            self.known.append(origin)
            number = self._numbers[origin] = len(self.known)
        return number

    def of(self, label: int) -> Origin:
        return self.known[(label & NUMBER) - 1]

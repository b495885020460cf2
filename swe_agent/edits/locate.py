"""Where a piece of text stands in a file: exactly once, or a refusal that says what was nearest.

Exact and unique; `places` has the labelled matches, by lines. Similarity never.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from swe_agent.edits.refusal import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """`feedback` is written for the model: what is wrong, and the nearest region with its line numbers."""

    reason: Reason
    feedback: str


def locate(text: str, wanted: str) -> Found | NotFound:
    """The one place where `wanted` stands in `text`, in characters."""
    if not wanted:
        return NotFound(
            reason=Reason.UNANCHORED, feedback="the text to replace is empty; quote the lines that shall change"
        )
    first = text.find(wanted)
    if first < 0:
        return NotFound(reason=Reason.MISSING, feedback=_nearest(text, wanted))
    second = text.find(wanted, first + 1)
    if second >= 0:
        places = _lines_of(text, wanted)
        return NotFound(
            reason=Reason.AMBIGUOUS,
            feedback=f"the text stands in the file {len(places)} times, at lines {', '.join(map(str, places[:10]))}; "
            "quote more of the lines around the one that you mean",
        )
    return Found(start=first, end=first + len(wanted))


def _lines_of(text: str, wanted: str) -> list[int]:
    places, at = [], text.find(wanted)
    while at >= 0:
        places.append(text.count("\n", 0, at) + 1)
        at = text.find(wanted, at + 1)
    return places


def _nearest(text: str, wanted: str) -> str:
    """The region that shares most lines with the wanted one, quoted with numbers. A pointer only, never applied."""
    lines = text.splitlines()
    asked = [line.strip() for line in wanted.splitlines() if line.strip()]
    if not lines or not asked:
        return "the text does not stand in the file"
    stripped = [line.strip() for line in lines]
    height = len(wanted.splitlines())
    close = set(difflib.get_close_matches(max(asked, key=len), stripped, n=3, cutoff=0.6)) | set(asked)
    hits = [1 if line in close else 0 for line in stripped]
    best = max(range(len(lines)), key=lambda i: (sum(hits[i : i + height]), -i))
    if not sum(hits[best : best + height]):
        return "the text does not stand in the file, nor anything like it; read the file again"
    shown = "\n".join(f"{i + 1:>5}  {lines[i]}" for i in range(best, min(len(lines), best + height + 1)))
    return f"the text does not stand in the file exactly as quoted; the nearest lines are:\n{shown}"

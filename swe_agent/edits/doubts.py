"""Reasons not to believe a place that fits: what a hunk says there may mean something else.

Nothing here finds a place. Where one of these holds the hunk is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import groupby, pairwise

from swe_agent.core.edit import Hunk, Kind
from swe_agent.edits.lines import Splice

_WORD = re.compile(r"\w")
_SLIP = 0.6

Old = Sequence[tuple[Kind, str]]
Lined = Sequence[int | None]
"""For each old line of a hunk where it stands in the file; None for one that does not."""


def says(lines: Iterable[str]) -> bool:
    """Whether there is more in them than brackets and white space."""
    return any(map(_WORD.search, lines))


def enough(there: Sequence[str], *, wrong: bool) -> bool:
    """One bracket is no place, and where one line is wrong, one that is right is too little, or brackets alone."""
    said = [key for key in there if key]
    wordy = says(said)
    return (wordy and len(said) > 1) if wrong else (wordy or len(said) > 1)


def is_bent(lined: Lined) -> bool:
    """Whether the old lines do not stand one after the other."""
    return any(line is None or other is None or other - line != 1 for line, other in pairwise(lined))


def blank_goes(hunk: Hunk) -> bool:
    """Whether somewhere nothing but blank lines go: which of several they are is not sure next to a line that is not
    quoted right."""
    runs = groupby(hunk.lines, key=lambda line: line[0])
    return any(kind is Kind.GOES and not any(text.strip() for _, text in run) for kind, run in runs)


def may_come(texts: Sequence[str], hunk: Hunk, old: Old, lined: Lined) -> bool:
    """Whether a line that stays and is not there may be one that comes, its mark forgotten: right beside a change.
    Only where the reply counts its lines, and has one old and one new too many, it is invented."""
    wrong = next((at for at, line in enumerate(lined) if line is None), None)
    if wrong is None:
        return False
    before, after = (lined[at] if 0 <= at < len(lined) else None for at in (wrong - 1, wrong + 1))
    if before is not None and after is not None and after - before != 1:
        return False  # another line of the file stands in its place
    edge = before + 1 if after is None and before is not None else after - 1 if after is not None else -1
    if (before is None or after is None) and 0 <= edge < len(texts) and _alike(texts[edge], old[wrong][1]):
        return False  # it is a slip of the pen of that line
    kinds = [kind for kind, _ in hunk.lines]
    at = [number for number, kind in enumerate(kinds) if kind is not Kind.COMES][wrong]
    near = {*kinds[max(0, at - 1) : at], *kinds[at + 1 : at + 2]}
    if near <= {Kind.STAYS}:
        return False
    gone = {text.strip() for kind, text in hunk.lines if kind is Kind.GOES}
    if hunk.compared:
        return old[wrong][1].strip() in gone
    if old[wrong][1].strip() in gone:
        return True
    return hunk.sizes != (len(old) - 1, sum(kind is not Kind.GOES for kind in kinds) - 1)


def _alike(one: str, other: str) -> bool:
    """Only to tell what became of a line whose place is known."""
    return SequenceMatcher(None, one.strip(), other.strip(), autojunk=False).ratio() >= _SLIP


def trails(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether all lines are quoted with white space at their end that those of the file lack."""
    return all(quoted != quoted.rstrip() and own == own.rstrip() for quoted, own in pairs if own.strip())


def foreign(texts: Sequence[str], splices: Sequence[Splice]) -> bool:
    """Whether new lines are indented by tabs in a file of spaces, or the other way round: no line that is quoted says
    how many of them one tab is."""
    own = Counter(filter(None, map(indented_by, texts)))
    if not own:
        return False
    (usual, times), *_ = own.most_common(1)
    new = {indented_by(text) for splice in splices for text in splice.new}
    return times >= 0.9 * own.total() and bool(new - {usual, ""})


def indented_by(line: str) -> str:
    """Tab or space; neither for one space, with which the lines of a comment may begin."""
    return line[0] if line.strip() and line.startswith(("\t", "  ")) else ""

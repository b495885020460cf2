"""The three-way merge by lines: what two sides have made of one text, where they do not get in each other's way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from swe_agent.core.diff import changed_runs, is_binary, join_lines, split_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What stands in one place of three texts, where two of them have changed it differently. `line` is where, in
    ours, from 1."""

    line: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """The three-way merge by lines, or None where both sides changed the same or touching lines differently."""
    if ours in (base, theirs):
        return theirs
    if theirs == base:
        return ours
    if any(map(is_binary, (base, ours, theirs))):
        return None
    parts = list(_merged(split_lines(base), split_lines(ours), split_lines(theirs)))
    lines = [line for part in parts if not isinstance(part, Conflict) for line in part]
    return None if any(isinstance(part, Conflict) for part in parts) else join_lines(lines)


def conflicts(base: bytes, ours: bytes, theirs: bytes) -> tuple[Conflict, ...]:
    """The places for which `merge` gives None; nothing for binaries."""
    if any(map(is_binary, (base, ours, theirs))):
        return ()
    parts = _merged(split_lines(base), split_lines(ours), split_lines(theirs))
    return tuple(part for part in parts if isinstance(part, Conflict))


_Edit = tuple[int, int, tuple[str, ...]]


def _merged(lines: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Sequence[str] | Conflict]:
    """The merged lines in pieces, in order, with conflicts in between."""
    left, right = (
        {(b0, b1, tuple(side[h0:h1])) for b0, b1, h0, h1 in changed_runs(lines, side)} for side in (ours, theirs)
    )
    at = shift = 0
    for cluster in _clusters(sorted(left | right, key=lambda edit: edit[:2])):
        start, end = cluster[0][0], max(edit[1] for edit in cluster)
        yield lines[at:start]
        if len(cluster) == 1:
            yield cluster[0][2]
        else:
            sides = [tuple(_side(lines, start, end, cluster, edits)) for edits in (left, right)]
            yield Conflict(line=start + shift + 1, base=tuple(lines[start:end]), ours=sides[0], theirs=sides[1])
        shift += sum(len(edit[2]) - (edit[1] - edit[0]) for edit in cluster if edit in left)
        at = end
    yield lines[at:]


def _clusters(edits: Sequence[_Edit]) -> Iterator[list[_Edit]]:
    """Edits that overlap or touch together."""
    cluster: list[_Edit] = []
    for edit in edits:
        if cluster and edit[0] > max(one[1] for one in cluster):
            yield cluster
            cluster = []
        cluster.append(edit)
    if cluster:
        yield cluster


def _side(
    lines: Sequence[str], start: int, end: int, cluster: Sequence[_Edit], edits: Collection[_Edit]
) -> Iterator[str]:
    """The lines from `start` to `end` as one side has them."""
    at = start
    for b0, b1, replacement in (edit for edit in cluster if edit in edits):
        yield from lines[at:b0]
        yield from replacement
        at = b1
    yield from lines[at:end]

"""A plan in the words of GitLab's REST interface: draft notes, which are published together, and one note that is kept.

A position names the three commits of the merge request's version, not of its branches, which move on. A line that came
has a new number alone, one that went an old number alone, and one that stayed has both ("Create a new thread in the
merge request diff", "Draft notes").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from swe_agent.review.diff_index import DiffIndex, FileDiff, Hunk, Row, Side
from swe_agent.review.plan import Comment, Plan
from swe_agent.review.platforms import Position

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The commits of a version of a merge request (`diff_refs`)."""

    base: str
    start: str
    head: str


def draft_notes(plan: Plan, index: DiffIndex, version: Version) -> list[Json]:
    return [{"note": one.body, "position": _position(one, index, version)} for one in plan.comments]


def _position(one: Comment, index: DiffIndex, version: Version) -> Json:
    file = index.file(one.path)
    assert file is not None, "what is placed has its file in the diff"
    place: Json = {
        "base_sha": version.base,
        "start_sha": version.start,
        "head_sha": version.head,
        "old_path": file.old or file.new,
        "new_path": file.new or file.old,
    }
    if one.position is None:
        return {**place, "position_type": "file"}
    place["position_type"] = "text"
    place |= _numbers(file, one.position.side, one.position.line)
    if one.position.start_line:
        first, last = (_end(file, one.position, line) for line in (one.position.start_line, one.position.line))
        place["line_range"] = {"start": first, "end": last}
    return place


def _numbers(file: FileDiff, side: Side, line: int) -> Json:
    row = file.row_at(side, line)
    assert row is not None, "what is placed is shown"
    numbers: Json = {}
    if row.old:
        numbers["old_line"] = row.old
    if row.new:
        numbers["new_line"] = row.new
    return numbers


def _end(file: FileDiff, position: Position, line: int) -> Json:
    kind = {"+": "new", "-": "old", " ": "old"}
    row = file.row_at(position.side, line)
    assert row is not None, "what is placed is shown"
    return {"line_code": line_code(file, row), "type": kind[row.sign], **_numbers(file, position.side, line)}


def line_code(file: FileDiff, row: Row) -> str:
    """By which GitLab knows a line: the sum of its path, and where one who reads the diff from the top would be on both
    sides."""
    old, new = next(numbers for hunk in file.hunks for one, numbers in _counted(hunk) if one is row)
    return f"{sha1(file.path.encode('utf-8', 'surrogateescape')).hexdigest()}_{old}_{new}"  # noqa: S324  # GitLab's


def _counted(hunk: Hunk) -> Iterator[tuple[Row, tuple[int, int]]]:
    old, new = hunk.old_start, hunk.new_start
    for row in hunk.rows:
        yield row, (old, new)
        old += row.sign != "+"
        new += row.sign != "-"

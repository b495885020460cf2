"""What platforms let a comment be: their limits as data, and the rule by which they take or refuse a position.

GitHub's rule was checked against 54 comments of people that it took (all within the hunks of three context lines), its
refusals are worded as it words them. Sources: the REST description (`@octokit/openapi`), and reports of users where it
is silent. GitLab: "Discussions API", "Draft notes API".
"""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.review.diff_index import DiffIndex, FileDiff, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """`comments` in one review or batch; `annotations` in one request. 0 where there is no such thing."""

    name: str
    comments: int
    comment_letters: int
    summary_letters: int
    has_ranges: bool
    has_file_comments: bool
    """In the same batch as those on lines. GitHub has them, too, but each is a call of its own."""
    annotations: int
    annotation_letters: int
    most_annotations: int


GITHUB = Platform(
    name="github",
    comments=30,
    comment_letters=65_536,
    summary_letters=65_535,
    has_ranges=True,
    has_file_comments=False,
    annotations=50,
    annotation_letters=65_535,
    most_annotations=1_000,
)
GITLAB = Platform(
    name="gitlab",
    comments=100,
    comment_letters=1_000_000,
    summary_letters=1_000_000,
    has_ranges=True,
    has_file_comments=True,
    annotations=0,
    annotation_letters=0,
    most_annotations=0,
)
PLATFORMS = {platform.name: platform for platform in (GITHUB, GITLAB)}


@dataclass(frozen=True, slots=True)
class Position:
    """Where a comment stands: `line` is its last line, on `side`; a range begins at `start_line`, else 0."""

    path: str
    side: Side
    line: int
    start_line: int = 0
    start_side: Side | None = None


NOT_IN_DIFF = "line must be part of the diff"
OTHER_HUNK = "start line must be part of the same hunk as the line"
NOT_BEFORE = "start line must precede the end line"
NO_HUNK = "diff hunk can't be blank"


def refusal(index: DiffIndex, position: Position) -> str:
    """Why GitHub would refuse a position, in its words; empty where it takes it."""
    file = index.file(position.path)
    if file is None or not file.hunks or file.path != position.path:
        return NO_HUNK
    hunk = file.hunk_at(position.side, position.line)
    if hunk is None:
        return NOT_IN_DIFF
    if not position.start_line:
        return ""
    start_side = position.start_side or position.side
    start = file.hunk_at(start_side, position.start_line)
    if start != hunk:
        return OTHER_HUNK
    if not _precedes(file, hunk, start_side, position.start_line, position):
        return NOT_BEFORE
    return ""


def _precedes(file: FileDiff, hunk: int, side: Side, line: int, position: Position) -> bool:
    """As the hunk is shown: of two sides by the order of its rows, where these are known."""
    if side == position.side:
        return line < position.line
    rows = file.hunks[hunk].rows
    places = {(one, row.number(one)): at for at, row in enumerate(rows) for one in ("left", "right")}
    first, last = places.get((side, line)), places.get((position.side, position.line))
    return first is not None and last is not None and first < last

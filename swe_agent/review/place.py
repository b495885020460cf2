"""Where each finding stands: as close to its lines as the platform allows, and why not closer.

The steps down are: its lines, those of them that one hunk shows, its file, an annotation of a check, the summary.
Nothing is dropped; each step down has a reason, which `--explain-placement` shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from swe_agent.review.diff_index import DiffIndex
from swe_agent.review.findings import Anchor, Finding
from swe_agent.review.platforms import Platform, Position, refusal

Place = Literal["line", "range", "file", "annotation", "summary"]


@dataclass(frozen=True, slots=True)
class Placed:
    """`position` is None for what stands on no line of the diff. `reasons` say why it stands no closer, step by step;
    none where it stands on all of its lines."""

    finding: Finding
    place: Place
    position: Position | None = None
    anchor: Anchor | None = None
    reasons: tuple[str, ...] = ()


def placed(
    index: DiffIndex, findings: Sequence[tuple[Finding, Anchor | None]], platform: Platform
) -> tuple[Placed, ...]:
    """In the order given, the most important first: where a batch is full, the rest steps down."""
    comments = annotations = 0
    found: list[Placed] = []
    for finding, anchor in findings:
        one = _placed(index, finding, anchor, platform)
        if one.place in ("line", "range", "file"):
            if comments < platform.comments:
                comments += 1
            else:
                one = _beside(one, f"{platform.comments} comments are the most that one review holds", platform)
        if one.place == "annotation":
            if annotations < platform.most_annotations:
                annotations += 1
            else:
                one = _summed(one, f"{platform.most_annotations} annotations are the most that one check holds")
        found.append(one)
    return tuple(found)


def _placed(index: DiffIndex, finding: Finding, anchor: Anchor | None, platform: Platform) -> Placed:
    if not finding.path:
        return Placed(finding, "summary", reasons=("it is about no file",))
    file = index.file(finding.path)
    if file is None:
        one = Placed(finding, "summary", anchor=anchor)
        return _beside(one, "its file is not in the diff", platform)
    if anchor is None:
        said = "what it quotes stands nowhere in the file" if finding.quote else "it is about the file as a whole"
        return _on_file(Placed(finding, "summary"), said, platform)
    lines, reason = _shown(index, anchor, ranges=platform.has_ranges)
    if lines is None:
        return _on_file(Placed(finding, "summary", anchor=anchor), reason, platform)
    position = Position(file.path, anchor.side, lines[-1], lines[0] if len(lines) > 1 else 0)
    refused = refusal(index, position)
    if refused:
        return _on_file(Placed(finding, "summary", anchor=anchor), refused, platform)
    return Placed(finding, "range" if len(lines) > 1 else "line", position, anchor, (reason,) if reason else ())


def _shown(index: DiffIndex, anchor: Anchor, *, ranges: bool) -> tuple[range | None, str]:
    """Those of its lines that the hunk shows in which the first one of them is that is shown at all."""
    file = index.file(anchor.path)
    hunks = [(file.hunk_at(anchor.side, line), line) for line in range(anchor.first, anchor.last + 1)] if file else []
    seen = [(hunk, line) for hunk, line in hunks if hunk is not None]
    if not seen:
        return None, "the diff shows none of its lines"
    lines = [line for hunk, line in seen if hunk == seen[0][0]]
    if not ranges and len(lines) > 1:
        return range(lines[0], lines[0] + 1), "there are no ranges of lines"
    reason = "" if len(lines) == anchor.last - anchor.first + 1 else "the diff shows some of its lines alone"
    return range(lines[0], lines[-1] + 1), reason


def _on_file(one: Placed, reason: str, platform: Platform) -> Placed:
    if platform.has_file_comments:
        return Placed(one.finding, "file", None, one.anchor, (*one.reasons, reason))
    return _beside(one, reason, platform)


def _beside(one: Placed, reason: str, platform: Platform) -> Placed:
    """As an annotation, which may stand on any line of the head."""
    anchor = one.anchor
    if platform.annotations and anchor is not None and anchor.side == "right":
        return Placed(one.finding, "annotation", None, anchor, (*one.reasons, reason))
    return _summed(one, reason)


def _summed(one: Placed, reason: str) -> Placed:
    return Placed(one.finding, "summary", None, one.anchor, (*one.reasons, reason))

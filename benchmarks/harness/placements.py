"""The one door through which benchmarks reach the review's placing and identity.

What is asked and answered here is plain: paths, sides, numbers, and positions as the platforms' own calls take them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from swe_agent.review.anchor import Anchors
from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import DiffIndex, of_ranges, read_diff
from swe_agent.review.findings import Anchor, Finding, Severity, Told
from swe_agent.review.github import review_body
from swe_agent.review.gitlab import Version, draft_notes
from swe_agent.review.identity import Made, told_of
from swe_agent.review.place import placed
from swe_agent.review.plan import Plan, plan
from swe_agent.review.platforms import GITHUB, GITLAB, Position, refusal
from swe_agent.review.reconcile import Thread, reconcile
from swe_agent.review.result import Review, made_of

Side = Literal["left", "right"]
BATCH = 30
"""Findings that are placed at once, so that none steps down because a review is full."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Lines of a file on one side, from 1, both ends included."""

    path: str
    side: Side
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """As a model gives it: a quote, and a number that may be any."""

    path: str
    side: Side
    line: int
    quote: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    index: DiffIndex
    contents: Mapping[tuple[Side, str], bytes]

    @staticmethod
    def of_patch(patch: bytes, contents: Mapping[tuple[Side, str], bytes] | None = None) -> Change:
        return Change(read_diff(patch), contents or {})

    @staticmethod
    def of_ranges(files: Mapping[str, Sequence[tuple[int, int, int, int]]]) -> Change:
        return Change(of_ranges(files), {})

    def refusal(self, path: str, side: Side, line: int, start_line: int = 0, start_side: Side | None = None) -> str:
        """In GitHub's words."""
        return refusal(self.index, Position(path, side, line, start_line, start_side))

    def on_github(self, spots: Sequence[Spot]) -> list[Mapping[str, object] | None]:
        """What is sent for each, in the order given; None for what stands on no line."""
        return [sent for start in range(0, len(spots), BATCH) for sent in self._github(spots[start : start + BATCH])]

    def on_gitlab(self, spots: Sequence[Spot]) -> list[Mapping[str, object] | None]:
        """As for GitHub."""
        return [sent for start in range(0, len(spots), BATCH) for sent in self._gitlab(spots[start : start + BATCH])]

    def _github(self, spots: Sequence[Spot]) -> list[Mapping[str, object] | None]:
        made = plan(self.index, _review(spots), GITHUB)
        return _in_order(made, review_body(made)["comments"])

    def _gitlab(self, spots: Sequence[Spot]) -> list[Mapping[str, object] | None]:
        made = plan(self.index, _review(spots), GITLAB)
        sent = [one["position"] for one in draft_notes(made, self.index, Version(base="b", start="s", head="h"))]
        return _in_order(made, sent)

    def places(self, spots: Sequence[Spot]) -> list[str]:
        """At what each stands: a line, a range, an annotation, the summary."""
        review = _review(spots)
        return [one.place for one in placed(self.index, [(one.finding, one.anchor) for one in review.told], GITHUB)]

    def landed(self, findings: Sequence[Said]) -> list[Spot | None]:
        anchors = Anchors(Reviewed(self.index, self.contents))
        return [_spot(anchors.of(_said(one))) for one in findings]


def _review(spots: Sequence[Spot]) -> Review:
    told = [
        Told(
            Finding(rule="model/x", severity=Severity.LOW, message=str(at), path=spot.path),
            Anchor(spot.path, spot.side, spot.first, spot.last),
            f"{at:020x}",
        )
        for at, spot in enumerate(spots)
    ]
    return Review(base="b", head="h", told=tuple(told))


def _in_order(made: Plan, sent: Sequence[Mapping[str, object]]) -> list[Mapping[str, object] | None]:
    """What is sent for each finding of a plan."""
    by_print = {one.made.fingerprint: body for one, body in zip(made.comments, sent, strict=True) if one.position}
    return [by_print.get(f"{at:020x}") for at in range(len(made.placed))]


def _said(one: Said) -> Finding:
    return Finding(
        rule="model/x", severity=Severity.LOW, message="a message", path=one.path, side=one.side, line=one.line,
        quote=one.quote, is_from_model=True,
    )  # fmt: skip


def _spot(anchor: Anchor | None) -> Spot | None:
    return None if anchor is None else Spot(anchor.path, anchor.side, anchor.first, anchor.last)


# --- from push to push


@dataclass(frozen=True, slots=True)
class Found:
    """What a reviewer says of lines of the head."""

    path: str
    rule: str
    category: str
    message: str
    first: int
    last: int
    symbol: str = ""
    is_from_model: bool = False


@dataclass(frozen=True, slots=True)
class Stands:
    """The thread in which a finding stands, and whether it was opened for it."""

    id: str
    is_new: bool


class Pushes:
    """The threads of one pull request, as a platform keeps them: their lines move with the code, and are forgotten
    where it changes."""

    def __init__(self) -> None:
        self._threads: list[Thread] = []
        self._opened = 0

    def push(self, findings: Sequence[Found], lines: Sequence[str], stayed: Mapping[int, int]) -> list[Stands]:
        """Where each stands after it. `stayed` are lines that the head before had, too, with their numbers now."""
        made = _made(findings, lines)
        before = [replace(thread, made=_moved(thread.made, stayed)) for thread in self._threads]
        told = reconcile(made, before, lambda _: True)
        places = {at: thread.id for at, thread in (*told.kept, *told.reopened, *told.silent)}
        for at in told.new:
            self._opened += 1
            places[at] = str(self._opened)
        outdated = {thread.id for thread in told.resolved}
        standing = set(places.values())
        rest = [thread for thread in before if thread.id not in standing]
        known = {thread.id: thread for thread in before if thread.id in standing}  # as it was posted
        self._threads = [known.get(places[at]) or Thread(places[at], one) for at, one in enumerate(made)]
        self._threads += [replace(thread, state="outdated") if thread.id in outdated else thread for thread in rest]
        return [Stands(places[at], at in told.new) for at in range(len(made))]


def _made(findings: Sequence[Found], lines: Sequence[str]) -> list[Made]:
    rows = [
        (Finding(rule=one.rule, severity=Severity.LOW, message=one.message, path=one.path, category=one.category,
                 symbol=one.symbol, is_from_model=one.is_from_model),
         Anchor(one.path, "right", one.first, one.last))
        for one in findings
    ]  # fmt: skip
    return made_of(told_of(rows, lambda anchor: lines[anchor.first - 1]))


def _moved(made: Made, stayed: Mapping[int, int]) -> Made:
    """Platforms tell the last line, and none where it is not there any more."""
    line = stayed.get(made.last, 0)
    return replace(made, first=max(line - (made.last - made.first), 1) if line else 0, last=line)

"""What is to be written to a platform, given what a review came to and what was written before. A pure function: it can
be shown, checked and tested without anybody being called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from swe_agent.review import markdown
from swe_agent.review.diff_index import DiffIndex
from swe_agent.review.findings import Told
from swe_agent.review.identity import Made
from swe_agent.review.marker import Former, mark_comment, mark_summary, patch_ids
from swe_agent.review.place import Placed, placed
from swe_agent.review.platforms import PLATFORMS, Platform, Position
from swe_agent.review.reconcile import Thread, reconcile
from swe_agent.review.result import MODEL, Review, looked_at, made_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A new one. `position` is None for one on a file. `item` is how the summary tells it where the platform does not
    take it."""

    path: str
    position: Position | None
    body: str
    made: Made
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Of a check, on any lines of the head."""

    path: str
    first: int
    last: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`summary` is the whole text of the one comment that is kept up to date, with its marker. `placed` are all
    findings that are told, with why each stands where it does. `reopened`, `resolved`, `kept` and `silent` are threads
    that are there: nothing is written for the last two."""

    base: str
    head: str
    platform: str
    comments: tuple[Comment, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    reopened: tuple[Thread, ...] = ()
    resolved: tuple[Thread, ...] = ()
    kept: tuple[Thread, ...] = ()
    silent: tuple[Thread, ...] = ()
    summary: str = ""
    former: Former
    placed: tuple[Placed, ...] = ()

    @property
    def text(self) -> str:
        """The summary without its marker."""
        return self.summary.rpartition("\n\n")[0]

    def has_effect(self, before: Former | None) -> bool:
        """Whether anything at all is to be written, after a run that has left `before`."""
        if len(self.comments) > len(refused_before(self, before)) or self.reopened or self.resolved or before is None:
            return True
        return (before.head, before.said) != (self.former.head, self.former.said)


def plan(
    index: DiffIndex,
    review: Review,
    platform: Platform,
    threads: Sequence[Thread] = (),
) -> Plan:
    """`index` is of the change as the platform shows it; `threads` were posted by ourselves."""
    made = made_of(review.all_told)
    where = placed(index, [(one.finding, one.anchor) for one in review.told], platform)
    again = reconcile(made, threads, lambda one: looked_at(one, review.checks))
    quiet = {at for at, _ in (*again.kept, *again.reopened, *again.silent)}
    comments: list[Comment] = []
    annotations: list[Annotation] = []
    elsewhere: list[tuple[Told, str]] = []
    for at, (one, place) in enumerate(zip(review.told, where, strict=True)):
        if place.place in ("line", "range", "file"):
            if at not in quiet:
                comments.append(_comment(one, place, made[at], platform))
        elif place.place == "annotation":
            annotations.append(_annotation(one, platform))
            elsewhere.append((one, "; ".join(place.reasons)))
        elif not _is_silent(at, again.silent):
            elsewhere.append((one, "; ".join(place.reasons)))
    text = _cut(without_commands(markdown.summary(review, elsewhere)), platform.summary_letters - MARKER_LETTERS)
    former = Former(base=review.base, head=review.head, patches=_seen(index, review), said=_sum(text, annotations))
    return Plan(
        base=review.base,
        head=review.head,
        platform=platform.name,
        comments=tuple(comments),
        annotations=tuple(annotations),
        reopened=tuple(thread for _, thread in again.reopened),
        resolved=again.resolved,
        kept=tuple(thread for _, thread in again.kept),
        silent=tuple(thread for _, thread in again.silent),
        summary=f"{text}\n\n{mark_summary(former)}",
        former=former,
        placed=(*where, *(Placed(one.finding, "summary", None, one.anchor, (why,)) for one, why in review.folded)),
    )


def _seen(index: DiffIndex, review: Review) -> dict[str, str]:
    """What a model need not be asked about again, as long as it is the same."""
    seen = {path for one in review.checks if one.name == MODEL for path in (*(one.paths or ()), *one.before)}
    return {path: id_ for path, id_ in patch_ids(index).items() if path in seen}


MARKER_LETTERS = 26_000


def _is_silent(at: int, silent: Sequence[tuple[int, Thread]]) -> bool:
    return any(at == place for place, _ in silent)


def refused_before(plan: Plan, before: Former | None) -> list[tuple[Comment, str]]:
    """Those of its new comments that were refused on this very state of the change, and why."""
    if before is None or (before.base, before.head) != (plan.base, plan.head):
        return []
    marks = [(one, before.refused.get(one.made.fingerprint)) for one in plan.comments]
    return [(one, why) for one, why in marks if why is not None]


def summary_with(plan: Plan, refused: Sequence[tuple[Comment, str]]) -> str:
    """The text of the summary where the platform refuses comments: each is told there, with why it stands there."""
    if not refused:
        return plan.summary
    rows = [f"- {_cut(one.item, ITEM_LETTERS)} <sub>({markdown.harmless(why)})</sub>" for one, why in refused]
    section = without_commands("\n".join(["Not taken at their lines:", "", *rows]))
    room = PLATFORMS[plan.platform].summary_letters - MARKER_LETTERS - len(section.encode("utf-8", "replace")) - 2
    text = _cut(plan.text, room)
    former = replace(plan.former, refused={one.made.fingerprint: why for one, why in refused})
    return f"{text}\n\n{section}\n\n{mark_summary(former)}"


ITEM_LETTERS = 600


def _comment(told: Told, place: Placed, made: Made, platform: Platform) -> Comment:
    finding = told.finding
    may_suggest = place.position is not None and place.position.side == "right" and not place.reasons
    size = 0 if place.position is None else place.position.line - (place.position.start_line or place.position.line)
    word = "suggestion" if platform.name == "github" else f"suggestion:-{size}+0"
    body = without_commands(markdown.comment(finding, suggestion=word, shown=may_suggest))
    mark = mark_comment(made)
    return Comment(
        path=finding.path,
        position=place.position,
        body=f"{_cut(body, platform.comment_letters - len(mark) - 2)}\n\n{mark}",
        made=made,
        item=markdown.item(told),
    )


def without_commands(text: str) -> str:
    """A line that begins with `/approve` or `/merge` is a command: GitLab carries it out in our name, and so do robots
    on GitHub. What such a line is part of is no suggestion any more: it would be applied with the mark that is put
    before it."""
    quiet = _COMMAND.sub("\\1\u2060/", text)
    return text if quiet == text else _SUGGESTION.sub(r"\1", quiet)


_COMMAND = re.compile(r"^([ \t]*)/(?=[A-Za-z])", re.MULTILINE)
_SUGGESTION = re.compile(r"^(`{3,})suggestion\S*$", re.MULTILINE)


def _annotation(told: Told, platform: Platform) -> Annotation:
    finding, anchor = told.finding, told.anchor
    assert anchor is not None
    text = f"{finding.message}\n\n{finding.detail}".strip()
    return Annotation(
        path=finding.path,
        first=anchor.first,
        last=anchor.last,
        level=markdown.LEVELS[finding.severity],
        title=_cut(f"{finding.severity.word}: {finding.rule}", 255),
        message=_cut(markdown.redacted(text), platform.annotation_letters),
    )


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, which is what platforms count that say letters."""
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return data.decode()
    return data[: most - len(_MORE.encode())].decode("utf-8", "ignore") + _MORE


_MORE = "\n\n… (cut: too long for this platform)"


def _sum(text: str, annotations: Sequence[Annotation]) -> str:
    return sha256("\0".join([text, *map(repr, annotations)]).encode("utf-8", "replace")).hexdigest()[:16]


def explained(plan: Plan) -> list[str]:
    """For each finding where it stands, and each step down with its reason."""
    rows = []
    for one in plan.placed:
        where = one.finding.path or "the change"
        if one.anchor is not None:
            where += f":{'-' if one.anchor.side == 'left' else ''}{one.anchor.first}"
            where += f"-{one.anchor.last}" if one.anchor.last > one.anchor.first else ""
        steps = "; ".join(one.reasons)
        rows.append(f"{where} {one.finding.rule}: {one.place}" + (f" ({steps})" if steps else ""))
    return rows

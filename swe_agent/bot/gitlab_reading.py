"""What GitLab answers, as values. Pure.

A discussion is ours by its first note. Where a note stands is told of the version of the merge request that it was
written for, and GitLab moves it along as long as its line is there: with another head it is a line that is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swe_agent.bot.forge import Note, is_same_text
from swe_agent.review import marker
from swe_agent.review.identity import Made
from swe_agent.review.reconcile import State, Thread

Json = Mapping[str, Any]
PLACES = ("base_sha", "start_sha", "head_sha", "old_path", "new_path", "old_line", "new_line")


def is_own(note: Json, own: str) -> bool:
    return str((note.get("author") or {}).get("username") or "").casefold() == own.casefold()


def thread_of(discussion: Json, own: str, head: str) -> Thread | None:
    """None for what is not ours. That people dislike it is told elsewhere."""
    first = _first(discussion)
    if first is None or not is_own(first, own) or not first.get("position"):
        return None
    made = made_of(first["body"], first["position"], head)
    if made is None:
        return None
    notes = [one for one in discussion["notes"] if not one.get("system") and not is_own(one, own)]
    answer = str(notes[-1].get("body") or "") if notes else ""
    return Thread(str(discussion["id"]), made, _state(first, own), said=first["body"], answer=answer)


def made_of(body: str, position: Json, head: str) -> Made | None:
    new, old = position.get("new_line"), position.get("old_line")
    line = (new or old or 0) if position.get("head_sha") == head else 0
    side = "left" if old and not new else "right"
    return marker.of_comment(body, position.get("new_path") or position.get("old_path") or "", side, line)


def _first(discussion: Json) -> Json | None:
    notes = [note for note in discussion.get("notes") or () if not note.get("system")]
    return notes[0] if notes else None


def _state(first: Json, own: str) -> State:
    if not first.get("resolved"):
        return "open"
    by = str((first.get("resolved_by") or {}).get("username") or own)
    return "outdated" if by.casefold() == own.casefold() else "dismissed"


def first_id(discussion: Json) -> str:
    first = _first(discussion)
    return str(first["id"]) if first is not None else ""


def summary_of(discussions: Iterable[Json], own: str) -> Note | None:
    """The last one, where there are several."""
    found = None
    for discussion in discussions:
        first = _first(discussion)
        if first is not None and is_own(first, own) and marker.is_summary(first.get("body") or ""):
            body = str(first["body"])
            found = Note(id=str(first["id"]), body=body, former=marker.of_summary(body))
    return found


def is_ours(draft: Json) -> bool:
    """Drafts are told to who wrote them alone: with a person's token they may be a person's."""
    return marker.of_comment(draft.get("note") or "", "", "right", 0) is not None


def is_draft_of(draft: Json, wanted: Json) -> bool:
    """Whether it is what would be written, in the same place."""
    there, place = draft.get("position") or {}, wanted["position"]
    return is_same_text(draft.get("note") or "", wanted["note"]) and all(
        there.get(name) == place.get(name) for name in PLACES
    )

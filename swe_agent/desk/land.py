"""The plan of a landing, as values: which files shall be exchanged for what, so that only what was accepted comes, and
what the user has written meanwhile stays. `images` keeps what is needed for the way back, `write` carries it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from swe_agent.core.diff import GITLINK, FileChange, Spliced, place, splice
from swe_agent.core.errors import TreeMoved
from swe_agent.core.merge import Conflict, conflicts, merge
from swe_agent.desk.desk import Desk

LINK = "120000"
SHOWN = 6
"""Lines of each side of a conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One file of a landing with both contents; None for "no file". `had` are the permission bits that it has, `gets`
    those of a new file that takes over another one's; a changed one keeps its own."""

    path: str
    before: Spliced | None
    after: Spliced | None
    had: int | None = None
    gets: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of the user's as it is at this moment, with its permission bits where it is no link."""

    image: Spliced
    permissions: int | None = None


ReadBlob = Callable[[str], bytes]
Look = Callable[[str], Found | None]


def plan(desk: Desk, blob: ReadBlob, look: Look) -> tuple[Planned, ...]:
    """The files as they shall be: accepted blocks merged with what the user has now. TreeMoved on a conflict."""
    planned: list[Planned] = []
    for change in desk.proposal.changes:
        chosen = desk.chosen(change)
        if not any(block.id in chosen and block.id not in desk.landed for block in change.blocks):
            continue
        _require_no_pointer(change)
        base = blob(change.old.id) if change.old else b""
        head = blob(change.new.id) if change.new else b""
        # What earlier landings left there is the common ancestor, so that they neither conflict nor land twice.
        landed = {id_: lines for id_, lines in chosen.items() if id_ in desk.landed}
        left, wanted = splice(change, base, head, landed), splice(change, base, head, chosen)
        planned += _planned(place(change, landed), left, place(change, chosen), wanted, look)
    return tuple(planned)


def _require_no_pointer(change: FileChange) -> None:
    if GITLINK in {entry.mode for entry in (change.old, change.new) if entry}:
        raise TreeMoved(
            f"{change.path}: a submodule pointer cannot be landed by swe-agent",
            hint=f"check the commit out yourself with `git -C {change.path} checkout`, and reject this block",
        )


def _planned(old: str, left: Spliced | None, path: str, wanted: Spliced | None, look: Look) -> list[Planned]:
    """From what is left at one path to what is wanted at another, or at the same."""
    there = look(path)
    if old == path:
        return _exchange(path, there, _merged(path, left, wanted, there, PROPOSED))
    current = look(old)
    if current is None and there is not None:  # the user has moved it too
        return _planned(path, left, path, wanted, look)
    if there is not None:
        raise moved(path, "was made since the proposal was made, which moves a file there")
    after = _merged(old, left, wanted, current, PROPOSED)
    gone = Planned(path=old, before=_image(current), after=None, had=current.permissions if current else None)
    return [gone, Planned(path=path, before=None, after=after, gets=_as_mode(gone.had, after))]


def _as_mode(permissions: int | None, image: Spliced | None) -> int | None:
    """The permissions that a moved file keeps, where its proposal does not make it executable, or no longer."""
    if permissions is None or image is None or image.mode == LINK:
        return None
    return executable(permissions) if image.mode == "100755" else permissions & ~0o111


def executable(permissions: int) -> int:
    """For whom it may be read."""
    return permissions | (permissions & 0o444) >> 2


def _exchange(path: str, there: Found | None, after: Spliced | None, gets: int | None = None) -> list[Planned]:
    before = _image(there)
    if after == before:
        return []
    had = there.permissions if there else None
    return [Planned(path=path, before=before, after=after, had=had, gets=gets if before is None else None)]


def _image(found: Found | None) -> Spliced | None:
    return found.image if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Since:
    """What a conflict is told as."""

    since: str
    other: str
    hint: str


PROPOSED = _Since(
    since="since the proposal was made",
    other="proposed",
    hint="put your change aside or commit it, then try again; or reject the block",
)
TAKEN_BACK = _Since(
    since="since it landed",
    other="before it landed",
    hint="put your change aside or commit it, then try again",
)


def _merged(
    path: str, old: Spliced | None, wanted: Spliced | None, found: Found | None, told: _Since
) -> Spliced | None:
    now = _image(found)
    if now in (old, wanted):
        return wanted
    if old is None or wanted is None or now is None or LINK in (old.mode, wanted.mode, now.mode):
        what = "removed" if now is None else "made" if old is None else "edited" if wanted is None else "replaced"
        raise moved(path, f"was {what} {told.since}", told)
    data = merge(old.data, now.data, wanted.data)
    if data is None:
        places = conflicts(old.data, now.data, wanted.data)
        raise moved(path, f"has changed in the same place {told.since}", told, places)
    return Spliced(mode=wanted.mode if now.mode == old.mode else now.mode, data=data)


def reverse(files: Iterable[Planned], look: Look, *, keep_edits: bool) -> tuple[Planned, ...]:
    """The plan that takes these files of a landing back. TreeMoved where the user has edited one since, unless
    `keep_edits`: then what they wrote elsewhere in it stays, and only what cannot be parted is an error."""
    planned: list[Planned] = []
    edited: list[str] = []
    for file in files:
        there = look(file.path)
        now = _image(there)
        if now not in (file.before, file.after):
            edited.append(file.path)
        after = file.before if now == file.before else _merged(file.path, file.after, file.before, there, TAKEN_BACK)
        planned += _exchange(file.path, there, after, file.had)
    if edited and not keep_edits:
        some = ", ".join(edited[:SHOWN]) + (f" and {len(edited) - SHOWN} more" if len(edited) > SHOWN else "")
        raise TreeMoved(
            f"edited since it landed: {some}; nothing was written",
            hint="`swe-agent undo --merge` takes the landing back and keeps your edits, which lie elsewhere in "
            f"{'these files' if len(edited) > 1 else 'this file'}",
        )
    return tuple(planned)


def parted(file: Planned, found: Found | None) -> Spliced | None:
    """What a half-written file that somebody has saved since would be without us; as it is, where that cannot be
    told."""
    now = _image(found)
    if (
        file.before is None
        or file.after is None
        or now is None
        or LINK in (file.before.mode, file.after.mode, now.mode)
    ):
        return now
    data = merge(file.after.data, now.data, file.before.data)
    return now if data is None else replace(now, data=data)


def moved(path: str, what: str, told: _Since = PROPOSED, places: Sequence[Conflict] = ()) -> TreeMoved:
    """The error, with what was found in the first place where two changes meet."""
    shown = "".join(f"\n{line}" for line in _shown(places[0], told.other)) if places else ""
    more = f"\n  and {len(places) - 1} more such places" if len(places) > 1 else ""
    return TreeMoved(f"{path} {what}; nothing was written{shown}{more}", hint=told.hint)


def _shown(place: Conflict, other: str) -> list[str]:
    shown = []
    for title, lines in (("yours", place.ours), (other, place.theirs)):
        shown.append(f"  line {place.line}, {title}:" + ("" if lines else " nothing"))
        shown += [f"    {line.rstrip()}" for line in lines[:SHOWN]]
        shown += [f"    … {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return shown

"""The plan of a landing, as values: which files shall be exchanged for what, so that only what was accepted comes, and
what the user has written meanwhile stays. `images` keeps what is needed for the way back, `write` carries it out.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from swe_agent.core.diff import GITLINK, FileChange, Spliced, place, splice
from swe_agent.core.errors import TreeMoved
from swe_agent.core.merge import Conflict, conflicts, merge
from swe_agent.core.naming import named
from swe_agent.desk.desk import Chosen, Desk

LINK = "120000"
SHOWN = 6
"""Lines of each side of a conflict, and files of a refusal."""


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


class _Met(Exception):
    """A file in which two changes meet. `how` says what is the matter with it, `places` where, if it is lines."""

    def __init__(self, path: str, how: str, places: Sequence[Conflict] = ()) -> None:
        super().__init__(path, how)
        self.path = path
        self.how = how
        self.places = places


def plan(desk: Desk, blob: ReadBlob, look: Look) -> tuple[Planned, ...]:
    """The files as they shall be: accepted blocks merged with what the user has now. TreeMoved names every file where
    they do not go together."""
    look = cache(look)
    planned: list[Planned] = []
    stopped: list[tuple[_Met, tuple[str, ...]]] = []
    for change in desk.proposal.changes:
        chosen = desk.chosen(change)
        new = {id_: lines for id_, lines in chosen.items() if id_ not in desk.landed}
        if not new:
            continue
        _require_no_pointer(change, desk.proposal.id)
        base = blob(change.old.id) if change.old else b""
        head = blob(change.new.id) if change.new else b""
        # What earlier landings left there is the common ancestor, so that they neither conflict nor land twice.
        landed = {id_: lines for id_, lines in chosen.items() if id_ in desk.landed}

        def of(taken: Chosen, change: FileChange = change, base: bytes = base, head: bytes = head) -> _Lying:
            return place(change, taken), splice(change, base, head, taken)

        try:
            planned += _planned(*of(landed), *of(chosen), look)
        except _Met as met:
            alone = tuple(id_ for id_, lines in new.items() if _meets(of(landed), of({**landed, id_: lines}), look))
            stopped.append((met, alone or tuple(new)))
    if stopped:
        raise _unplanned(desk.proposal.id, stopped)
    return tuple(planned)


_Lying = tuple[str, Spliced | None]


def _meets(left: _Lying, wanted: _Lying, look: Look) -> bool:
    try:
        _planned(*left, *wanted, look)
    except _Met:
        return True
    return False


def _unplanned(job: str, stopped: Sequence[tuple[_Met, tuple[str, ...]]]) -> TreeMoved:
    told = [(met, f"{met.how} (block{'s' * (len(ids) > 1)} {named(ids, SHOWN)})") for met, ids in stopped]
    blocks = " ".join(f"--block {id_}" for _, ids in stopped for id_ in ids)
    paths = shlex.join(met.path for met, _ in stopped[:SHOWN])
    return _refusal(
        told,
        "proposed",
        hint=f"undo your own change there, or put it aside if it is not committed (`git stash push -u -- {paths}`); or "
        f"edit the block at the desk (`swe-agent desk {job}`, `e`); or do without: `swe-agent reject {job} {blocks}`",
    )


def _require_no_pointer(change: FileChange, job: str) -> None:
    if GITLINK not in {entry.mode for entry in (change.old, change.new) if entry}:
        return
    path = shlex.quote(change.path)
    if change.new is None or change.new.mode != GITLINK:
        do = f"git rm {path}"
    elif change.old is None or change.old.mode != GITLINK:
        do = f"git submodule add URL {path} && git -C {path} checkout {change.new.id}"
    else:
        do = f"git -C {path} checkout {change.new.id}"
    raise TreeMoved(
        f"{change.path}: a submodule pointer cannot be landed by swe-agent; nothing was written",
        hint=f"move it yourself: `{do}`; and reject this block: `swe-agent reject {job} --block {change.blocks[0].id}`",
    )


def _planned(old: str, left: Spliced | None, path: str, wanted: Spliced | None, look: Look) -> list[Planned]:
    """From what is left at one path to what is wanted at another, or at the same."""
    there = look(path)
    if old == path:
        return _exchange(path, there, _merged(path, left, wanted, there))
    current = look(old)
    if current is None and there is not None:  # the user has moved it too
        return _planned(path, left, path, wanted, look)
    if there is not None:
        raise _Met(path, "is there already, and the proposal moves a file there")
    after = _merged(old, left, wanted, current)
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


def _merged(path: str, old: Spliced | None, wanted: Spliced | None, found: Found | None) -> Spliced | None:
    now = _image(found)
    if now in (old, wanted):
        return wanted
    if old is None or wanted is None or now is None or LINK in (old.mode, wanted.mode, now.mode):
        raise _Met(path, _how(old, wanted, now))
    data = merge(old.data, now.data, wanted.data)
    if data is None:
        differs = "differs from what the proposal was made from, in the same place"
        raise _Met(path, differs, conflicts(old.data, now.data, wanted.data))
    return Spliced(mode=wanted.mode if now.mode == old.mode else now.mode, data=data)


def _how(old: Spliced | None, wanted: Spliced | None, now: Spliced | None) -> str:
    if now is None:
        return "is not there, and the proposal changes it"
    if old is None:
        return "is there already with other contents, and the proposal makes it"
    if wanted is None:
        return "differs from what the proposal was made from, which removes it"
    return "differs from what the proposal was made from"


def reverse(files: Iterable[Planned], look: Look, *, keep_edits: bool) -> tuple[Planned, ...]:
    """The plan that takes these files of a landing back. TreeMoved where the user has edited one since, unless
    `keep_edits`: then what they wrote elsewhere in it stays, and only what cannot be parted is an error."""
    planned: list[Planned] = []
    edited: list[str] = []
    stopped: dict[Planned, _Met] = {}
    for file in files:
        there = look(file.path)
        now = _image(there)
        if now not in (file.before, file.after):
            edited.append(file.path)
        try:
            after = file.before if now == file.before else _merged(file.path, file.after, file.before, there)
        except _Met as met:
            stopped[file] = _Met(file.path, _since(file, now), met.places)
            continue
        planned += _exchange(file.path, there, after, file.had)
    if stopped:
        raise _irreversible(stopped, [path for path in edited if path not in {file.path for file in stopped}])
    if edited and not keep_edits:
        raise TreeMoved(
            f"edited since it landed: {named(edited, SHOWN)}; nothing was written",
            hint="`swe-agent undo --merge` takes the landing back and keeps your edits, which lie elsewhere in "
            f"{'these files' if len(edited) > 1 else 'this file'}",
        )
    return tuple(planned)


def _since(file: Planned, now: Spliced | None) -> str:
    if now is None:
        return "was removed since it landed"
    if file.after is None:
        return "was made anew since it landed"
    return "was edited since it landed" + (", in the same place" if file.before is not None else "")


def _irreversible(stopped: Mapping[Planned, _Met], elsewhere: Sequence[str]) -> TreeMoved:
    told = [(met, met.how) for met in stopped.values()]
    told += [(_Met(path, ""), "was edited since it landed, elsewhere") for path in elsewhere]
    whole = [file.path for file in stopped if file.before is None or file.after is None]
    lines = [file.path for file in stopped if file.path not in whole]
    copies, them = ("copies", "them") if len(whole) > 1 else ("copy", "it")
    do = [f"move your {copies} of {named(whole, SHOWN)} away, undo, and put {them} back"] if whole else []
    do += [f"take your own change of {named(lines, SHOWN)} out there first"] if lines else []
    do += ["`swe-agent undo --merge` keeps what you have edited elsewhere"] if lines or elsewhere else []
    return _refusal(told, "before it landed", hint="; ".join(do))


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


def moved(path: str, what: str) -> TreeMoved:
    """The error of a file that another program has written to."""
    return TreeMoved(f"{path} {what}; nothing was written", hint="try again when the other program has done its work")


def _refusal(told: Sequence[tuple[_Met, str]], other: str, *, hint: str) -> TreeMoved:
    """Every file and how it is in the way, and of the first where."""
    (first, how), *rest = told
    shown = [f"{first.path} {how}; nothing was written"]
    if first.places:
        shown += _shown(first.places[0], other)
    if len(first.places) > 1:
        shown.append(f"  and {len(first.places) - 1} more such places")
    shown += [f"also {met.path} {how}" for met, how in rest[: SHOWN - 1]]
    if len(told) > SHOWN:
        shown.append(f"and {len(told) - SHOWN} more")
    return TreeMoved("\n".join(shown), hint=hint)


def _shown(place: Conflict, other: str) -> list[str]:
    shown = []
    mixed = len({_end(line) for line in (*place.base, *place.ours, *place.theirs)}) > 1
    for title, lines in (("yours", place.ours), (other, place.theirs)):
        shown.append(f"  line {place.line}, {title}:" + ("" if lines else " nothing"))
        shown += [f"    {line.rstrip()}{_end(line) if mixed else ''}" for line in lines[:SHOWN]]
        shown += [f"    … {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return shown


def _end(line: str) -> str:
    """How a line ends, where it is not as most do."""
    return "<CR>" if line.endswith(("\r\n", "\r")) else "" if line.endswith("\n") else "<no line end>"

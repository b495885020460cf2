"""The landing: accepted blocks come into the user's files, all or nothing, and can be taken back.

The order is what makes it safe. Pre-images and post-images are stored and on disk, then the intent is recorded, then
each file is exchanged in one step for its new content, and what was really there at that moment is compared with what
was expected. The first surprise exchanges everything back. After a crash the intent is still open: `recover` goes
forward where every file is still one of the two known states, and back where one is not.

This is the only code that writes into the user's tree. Pure planning above, writing below.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from sandbox import paths
from sandbox.errors import Refused
from swe_agent.core.diff import GITLINK, FileEntry, Spliced, merge, place, splice
from swe_agent.core.errors import EnvironmentLacks, TreeMoved
from swe_agent.core.proposal import LandedFile, Landing
from swe_agent.desk.desk import Desk
from swe_agent.desk.interrupts import held_back

LINK = "120000"


CHECKOUT = "checkout"
"""Beside the images, whose names are hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One file of a landing with both contents; None for "no file"."""

    path: str
    before: Spliced | None
    after: Spliced | None


ReadBlob = Callable[[str], bytes]


def plan(desk: Desk, blob: ReadBlob, now: Callable[[str], Spliced | None]) -> tuple[Planned, ...]:
    """The files as they shall be: accepted blocks merged with what the user has now. TreeMoved on a conflict."""
    planned = []
    for change in desk.proposal.changes:
        chosen = desk.chosen(change)
        if not any(block.id in chosen and block.id not in desk.landed for block in change.blocks):
            continue
        base = blob(change.old.id) if change.old and change.old.mode != GITLINK else b""
        head = blob(change.new.id) if change.new and change.new.mode != GITLINK else b""
        if GITLINK in {entry.mode for entry in (change.old, change.new) if entry}:
            raise TreeMoved(
                f"{change.path}: a submodule pointer cannot be landed by swe-agent",
                hint=f"check the commit out yourself with `git -C {change.path} checkout`, and reject this block",
            )
        # What earlier landings left there is the common ancestor, so that they neither conflict nor land twice.
        landed = {id_: lines for id_, lines in chosen.items() if id_ in desk.landed}
        left, wanted = splice(change, base, head, landed), splice(change, base, head, chosen)
        planned += _planned(place(change, landed), left, place(change, chosen), wanted, now)
    return tuple(planned)


def _planned(
    old: str, left: Spliced | None, path: str, wanted: Spliced | None, now: Callable[[str], Spliced | None]
) -> list[Planned]:
    """From what is left at one path to what is wanted at another, or at the same."""
    there = now(path)
    if old == path:
        after = _merged(path, left, wanted, there)
        return [Planned(path=path, before=there, after=after)] if after != there else []
    current = now(old)
    if current is None and there is not None:  # the user has moved it too
        return _planned(path, left, path, wanted, now)
    if there is not None:
        raise _moved(path, "was made since the proposal was made, which moves a file there")
    after = _merged(old, left, wanted, current)
    return [Planned(path=old, before=current, after=None), Planned(path=path, before=None, after=after)]


def _merged(path: str, old: Spliced | None, wanted: Spliced | None, now: Spliced | None) -> Spliced | None:
    if now in (old, wanted):
        return wanted
    if old is None or wanted is None or now is None:
        raise _moved(path, "was made, removed or replaced since the proposal was made")
    data = merge(old.data, now.data, wanted.data)
    if data is None or LINK in (old.mode, wanted.mode, now.mode):
        raise _moved(path, "has changed in the same place since the proposal was made")
    mode = wanted.mode if now.mode == old.mode else now.mode
    return Spliced(mode=mode, data=data)


def reverse(files: Iterable[LandedFile], store: Path, now: Callable[[str], Spliced | None]) -> tuple[Planned, ...]:
    """The plan that takes a landing back, keeping what the user has written since where that is elsewhere."""
    planned = []
    for file in files:
        before, after = _stored(store, file.before), _stored(store, file.after)
        current = now(file.path)
        if current == before:
            continue
        if current != after:
            if before is None or after is None or current is None or LINK in (before.mode, after.mode, current.mode):
                raise _moved(file.path, "was made, removed or replaced since it landed")
            data = merge(after.data, current.data, before.data)
            if data is None:
                raise _moved(file.path, "has changed in the same place since it landed")
            mode = before.mode if current.mode == after.mode else current.mode
            before = Spliced(mode=mode, data=data)
        planned.append(Planned(path=file.path, before=current, after=before))
    return tuple(planned)


def _moved(path: str, what: str) -> TreeMoved:
    return TreeMoved(
        f"{path} {what}; nothing was written",
        hint="put your change aside or commit it, then try again; or reject the block",
    )


# ---- writing


def now(top: Path, path: str) -> Spliced | None:
    """The user's file as it is at this moment. TreeMoved where something stands there that is no file."""
    try:
        there = paths.stat_beneath(top, path)
        if there is None:
            return None
        if stat.S_ISLNK(there.st_mode):
            return Spliced(mode=LINK, data=os.fsencode(paths.readlink_beneath(top, path)))
        mode = "100755" if there.st_mode & 0o100 else "100644"
        return Spliced(mode=mode, data=paths.read_beneath(top, path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Refused as error:
        raise TreeMoved(f"{path}: {error.message}; nothing was written", hint="see what lies there now") from error


def mark(store: Path, top: Path) -> None:
    """Keep which checkout a landing goes into: worktrees of a repository share one journal."""
    try:
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        store.mkdir(mode=0o700, exist_ok=True)
        with open(store / CHECKOUT, "wb", opener=_private) as file:  # Path.open takes no opener
            file.write(os.fsencode(top))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _not_kept(error) from error


def _private(path: str, flags: int) -> int:
    """What the user's files hold is for nobody else, whatever their own permissions were."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def checkout_of(store: Path) -> Path | None:
    """The checkout that `mark` kept; None where there is no such landing here."""
    try:
        return Path(os.fsdecode((store / CHECKOUT).read_bytes()))
    except FileNotFoundError:
        return None


def _not_kept(error: OSError) -> EnvironmentLacks:
    return EnvironmentLacks(
        f"the pre-images cannot be kept: {error.strerror}; nothing was written",
        hint="free some space and try again",
    )


def store_images(store: Path, files: Sequence[Planned], landing: str, job: str) -> Landing:
    """Keep both contents of every file, on disk, before anything is touched."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        for file in files:
            for image in (file.before, file.after):
                if image is not None:
                    _keep(store, image.data)
        folder = os.open(store, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise _not_kept(error) from error
    return Landing(
        id=landing,
        job=job,
        files=tuple(LandedFile(path=f.path, before=_entry(f.before), after=_entry(f.after)) for f in files),
    )


def _keep(store: Path, data: bytes) -> None:
    path = store / sha256(data).hexdigest()
    if path.exists():
        return
    with open(path, "xb", opener=_private) as file:  # Path.open takes no opener
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _entry(image: Spliced | None) -> FileEntry | None:
    return FileEntry(mode=image.mode, id=sha256(image.data).hexdigest()) if image else None


def _stored(store: Path, entry: FileEntry | None) -> Spliced | None:
    return Spliced(mode=entry.mode, data=(store / entry.id).read_bytes()) if entry else None


def write(top: Path, files: Sequence[Planned]) -> None:
    """Exchange every file, or none: TreeMoved or EnvironmentLacks, with all as it was before.

    Ctrl-C waits for the file at hand; then what was done is taken back.
    """
    with held_back() as cut_off:
        done: list[tuple[Planned, int | None]] = []
        try:
            for file in files:
                if cut_off():
                    break
                permissions = _permissions(top, file.path)
                _put(top, file.path, file.before, file.after)
                done.append((file, permissions))
        except BaseException as error:
            _take_back(top, done)
            if isinstance(error, OSError):
                raise EnvironmentLacks(
                    f"cannot write {files[len(done)].path}: {error.strerror}; everything is as it was",
                    hint="make the checkout writable, or free some space, and try again",
                ) from error
            raise
        if len(done) < len(files):
            _take_back(top, done)


def _take_back(top: Path, done: Sequence[tuple[Planned, int | None]]) -> None:
    for file, permissions in reversed(done):
        _put(top, file.path, file.after, file.before, permissions)


def _permissions(top: Path, path: str) -> int | None:
    """Git keeps one bit of them; a file that comes back gets all of them back."""
    try:
        there = paths.stat_beneath(top, path)
    except (Refused, NotADirectoryError):
        return None
    return stat.S_IMODE(there.st_mode) if there and stat.S_ISREG(there.st_mode) else None


def _put(
    top: Path, path: str, expected: Spliced | None, wanted: Spliced | None, permissions: int | None = None
) -> None:
    """One file from one state to another in one step; whoever changed it in between keeps their content.

    The look beforehand tells links from files, which contents alone do not. What comes between it and the step is
    noticed by the step itself, which hands out what was really there.
    """
    if now(top, path) != expected:
        raise _moved(path, "changed at the very moment of landing")
    if wanted is None:
        found = paths.remove_beneath(top, path)
        if expected is not None and found != expected.data:
            if found is not None:
                _make(top, path, Spliced(mode=expected.mode, data=found), permissions)
            raise _moved(path, "changed at the very moment of landing")
        paths.prune_beneath(top, path)
    elif expected is None:
        _make(top, path, wanted, permissions)
    elif LINK in (expected.mode, wanted.mode):
        _replace_link(top, path, expected, wanted, permissions)
    else:
        _exchange(top, path, expected, wanted, permissions)


def _replace_link(top: Path, path: str, expected: Spliced, wanted: Spliced, permissions: int | None) -> None:
    """Links cannot be exchanged in one step. What stood there comes back where the second step fails."""
    kept = _permissions(top, path)
    _put(top, path, expected, None)
    try:
        _make(top, path, wanted, permissions)
    except BaseException:
        if now(top, path) is None:
            _make(top, path, expected, kept)
        raise


def _make(top: Path, path: str, wanted: Spliced, permissions: int | None = None) -> None:
    try:
        if wanted.mode == LINK:
            paths.symlink_beneath(top, path, os.fsdecode(wanted.data))
        else:
            mode = 0o755 if wanted.mode == "100755" else None
            paths.create_beneath(top, path, wanted.data, mode if permissions is None else permissions)
    except FileExistsError as error:
        raise _moved(path, "appeared at the very moment of landing") from error
    except Refused as error:
        raise TreeMoved(f"{path}: {error.message}; nothing was written", hint="see what lies there now") from error


def _exchange(top: Path, path: str, expected: Spliced, wanted: Spliced, permissions: int | None) -> None:
    there = paths.stat_beneath(top, path)
    if there is None:
        raise _moved(path, "was removed at the very moment of landing")
    mode = stat.S_IMODE(there.st_mode)
    if permissions is not None:
        mode = permissions
    elif wanted.mode != expected.mode:
        mode = mode | (mode & 0o444) >> 2 if wanted.mode == "100755" else mode & ~0o111
    try:
        found = paths.exchange_beneath(top, path, wanted.data, mode)
    except (Refused, FileNotFoundError) as error:  # a link by now, or nothing; it is where it was
        raise _moved(path, "was replaced at the very moment of landing") from error
    if found != expected.data:
        paths.exchange_beneath(top, path, found, stat.S_IMODE(there.st_mode))
        raise _moved(path, "changed at the very moment of landing")


def recover(top: Path, landing: Landing, store: Path) -> bool:
    """Close a landing that a crash left open. True: it went forward, and stands. False: nothing of it stands."""
    states: list[tuple[Planned, Spliced | None]] = []
    for file in landing.files:
        planned = Planned(path=file.path, before=_stored(store, file.before), after=_stored(store, file.after))
        states.append((planned, now(top, file.path)))
    _sweep(top, [planned for planned, _ in states])
    if all(current == planned.before or _touched(planned, current) for planned, current in states):
        write(top, [replace(planned, before=current) for planned, current in states if current != planned.after])
        return True
    write(
        top,
        [
            Planned(path=planned.path, before=current, after=planned.before)
            for planned, current in states
            if _touched(planned, current) and current != planned.before
        ],
    )
    return False


def _sweep(top: Path, files: Sequence[Planned]) -> None:
    """Remove what a killed process left beside the files. What is in no image is somebody's, and stays."""
    images = [image.data for file in files for image in (file.before, file.after) if image]
    beside = {os.path.dirname(file.path): file.path for file in files}
    for path in beside.values():
        for leftover, content in paths.leftovers_beneath(top, path).items():
            if any(image.startswith(content) for image in images):  # it may have been cut off while it was written
                paths.remove_beneath(top, leftover)
                paths.prune_beneath(top, leftover)


def _touched(planned: Planned, current: Spliced | None) -> bool:
    """Whether the file is as this landing leaves it, or as it is for a moment while a link is replaced."""
    if current is None and planned.before is not None and planned.after is not None:
        return LINK in (planned.before.mode, planned.after.mode)
    return current == planned.after

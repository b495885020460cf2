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
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sandbox import paths
from sandbox.errors import Refused
from swe_agent.core.diff import FileChange, FileEntry, Spliced, merge, splice
from swe_agent.core.errors import EnvironmentLacks, TreeMoved
from swe_agent.core.proposal import LandedFile, Landing
from swe_agent.desk.desk import Desk


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
        base = blob(change.old.id) if change.old and change.old.mode != "160000" else b""
        head = blob(change.new.id) if change.new and change.new.mode != "160000" else b""
        if "160000" in {entry.mode for entry in (change.old, change.new) if entry}:
            raise TreeMoved(
                f"{change.path}: a submodule pointer cannot be landed by swe-agent",
                hint=f"check the commit out yourself with `git -C {change.path} checkout`, and reject this block",
            )
        wanted = splice(change, base, head, chosen)
        current = now(change.path)
        after = _merged(change, base, wanted, current)
        if after != current:
            planned.append(Planned(path=change.path, before=current, after=after))
    return tuple(planned)


def _merged(change: FileChange, base: bytes, wanted: Spliced | None, now: Spliced | None) -> Spliced | None:
    old = Spliced(mode=change.old.mode, data=base) if change.old else None
    if now in (old, wanted):
        return wanted
    if old is None or wanted is None or now is None:
        raise _moved(change.path, "was made, removed or replaced since the proposal was made")
    data = merge(old.data, now.data, wanted.data)
    if data is None or "120000" in (old.mode, wanted.mode, now.mode):
        raise _moved(change.path, "has changed in the same place since the proposal was made")
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
            if before is None or after is None or current is None:
                raise _moved(file.path, "was made, removed or replaced since it landed")
            data = merge(after.data, current.data, before.data)
            if data is None:
                raise _moved(file.path, "has changed in the same place since it landed")
            before = Spliced(mode=before.mode, data=data)
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
            return Spliced(mode="120000", data=os.fsencode(paths.readlink_beneath(top, path)))
        mode = "100755" if there.st_mode & 0o100 else "100644"
        return Spliced(mode=mode, data=paths.read_beneath(top, path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Refused as error:
        raise TreeMoved(f"{path}: {error.message}; nothing was written", hint="see what lies there now") from error


def store_images(store: Path, files: Sequence[Planned], landing: str, job: str) -> Landing:
    """Keep both contents of every file, on disk, before anything is touched."""
    store.mkdir(parents=True, exist_ok=True)
    try:
        for file in files:
            for image in (file.before, file.after):
                if image is not None:
                    _keep(store, image.data)
        folder = os.open(store, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise EnvironmentLacks(
            f"the pre-images cannot be kept: {error.strerror}; nothing was written",
            hint="free some space and try again",
        ) from error
    return Landing(
        id=landing,
        job=job,
        files=tuple(LandedFile(path=f.path, before=_entry(f.before), after=_entry(f.after)) for f in files),
    )


def _keep(store: Path, data: bytes) -> None:
    path = store / sha256(data).hexdigest()
    if path.exists():
        return
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _entry(image: Spliced | None) -> FileEntry | None:
    return FileEntry(mode=image.mode, id=sha256(image.data).hexdigest()) if image else None


def _stored(store: Path, entry: FileEntry | None) -> Spliced | None:
    return Spliced(mode=entry.mode, data=(store / entry.id).read_bytes()) if entry else None


def write(top: Path, files: Sequence[Planned]) -> None:
    """Exchange every file, or none: TreeMoved or EnvironmentLacks, with all as it was before."""
    done: list[Planned] = []
    try:
        for file in files:
            _put(top, file.path, file.before, file.after)
            done.append(file)
    except BaseException as error:
        for file in reversed(done):
            _put(top, file.path, file.after, file.before)
        if isinstance(error, OSError):
            raise EnvironmentLacks(
                f"cannot write {files[len(done)].path}: {error.strerror}; everything is as it was",
                hint="make the checkout writable, or free some space, and try again",
            ) from error
        raise


def _put(top: Path, path: str, expected: Spliced | None, wanted: Spliced | None) -> None:
    """One file from one state to another in one step; whoever changed it in between keeps their content."""
    if wanted is None:
        found = paths.remove_beneath(top, path)
        if expected is not None and found != expected.data:
            if found is not None:
                _make(top, path, Spliced(mode=expected.mode, data=found))
            raise _moved(path, "changed at the very moment of landing")
        paths.prune_beneath(top, path)
    elif expected is None:
        _make(top, path, wanted)
    elif "120000" in (expected.mode, wanted.mode):
        _put(top, path, expected, None)
        _make(top, path, wanted)
    else:
        _exchange(top, path, expected, wanted)


def _make(top: Path, path: str, wanted: Spliced) -> None:
    try:
        if wanted.mode == "120000":
            paths.symlink_beneath(top, path, os.fsdecode(wanted.data))
        else:
            paths.create_beneath(top, path, wanted.data, 0o755 if wanted.mode == "100755" else None)
    except FileExistsError as error:
        raise _moved(path, "appeared at the very moment of landing") from error
    except Refused as error:
        raise TreeMoved(f"{path}: {error.message}; nothing was written", hint="see what lies there now") from error


def _exchange(top: Path, path: str, expected: Spliced, wanted: Spliced) -> None:
    there = paths.stat_beneath(top, path)
    if there is None:
        raise _moved(path, "was removed at the very moment of landing")
    mode = stat.S_IMODE(there.st_mode)
    if wanted.mode != expected.mode:
        mode = mode | (mode & 0o444) >> 2 if wanted.mode == "100755" else mode & ~0o111
    found = paths.exchange_beneath(top, path, wanted.data, mode)
    if found != expected.data:
        paths.exchange_beneath(top, path, found, stat.S_IMODE(there.st_mode))
        raise _moved(path, "changed at the very moment of landing")


def recover(top: Path, landing: Landing, store: Path) -> bool:
    """Close a landing that a crash left open. True: it went forward, and stands. False: nothing of it stands."""
    states = []
    for file in landing.files:
        planned = Planned(path=file.path, before=_stored(store, file.before), after=_stored(store, file.after))
        states.append((planned, now(top, file.path)))
    if all(current in (planned.before, planned.after) for planned, current in states):
        write(top, [planned for planned, current in states if current != planned.after])
        return True
    write(
        top,
        [
            Planned(path=planned.path, before=planned.after, after=planned.before)
            for planned, current in states
            if current == planned.after
        ],
    )
    return False

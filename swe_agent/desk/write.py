"""The only code that writes into the user's tree: all files of a plan, or none, whoever else is writing there.

The order is what makes it safe. Both contents are kept (`images`) and the intent is recorded before anything is
touched; then each file is exchanged in one step for its new content, and what was really there at that moment is
compared with what was expected. The first surprise takes everything back. After a crash the intent is still open:
`recover` goes forward where every file is still one of the two known states, and back where one is not.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox import paths
from sandbox.errors import Refused
from sandbox.swap import Image, Surprised, settle, swap, sync
from swe_agent.core.diff import Spliced
from swe_agent.core.errors import EnvironmentLacks, TreeMoved
from swe_agent.core.proposal import Landing
from swe_agent.desk import images
from swe_agent.desk.interrupts import Held, held_back
from swe_agent.desk.land import LINK, Found, Planned, executable, moved, parted

TRIES = 3
"""To close what a crash left open, where another program saves the files at the same time."""


def look(top: Path, path: str) -> Found | None:
    """The user's file as it is at this moment. TreeMoved where something stands there that is no file."""
    try:
        there = paths.stat_beneath(top, path)
        if there is None:
            return None
        if stat.S_ISLNK(there.st_mode):
            return Found(image=Spliced(mode=LINK, data=os.fsencode(paths.readlink_beneath(top, path))))
        mode = "100755" if there.st_mode & 0o100 else "100644"
        image = Spliced(mode=mode, data=paths.read_beneath(top, path))
        return Found(image=image, permissions=stat.S_IMODE(there.st_mode))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Refused as error:
        raise TreeMoved(f"{path}: {error.message}; nothing was written", hint="see what lies there now") from error


def now(top: Path, path: str) -> Spliced | None:
    """Its content alone."""
    found = look(top, path)
    return found.image if found else None


def write(top: Path, files: Sequence[Planned], *, stop: Held | None = None) -> bool:
    """Exchange every file, or none: TreeMoved or EnvironmentLacks, with all as it was before. False where a signal is
    waiting before the last one is done: what was done is taken back then."""
    done: list[Planned] = []
    try:
        for file in files:
            if stop:
                _take_back(top, done)
                return False
            done.append(replace(file, had=_put(top, file)))
    except BaseException as error:
        kept = _take_back(top, done)
        if isinstance(error, OSError):
            raise EnvironmentLacks(
                f"cannot write {files[len(done)].path}: {error.strerror}; everything is as it was",
                hint="make the checkout writable, or free some space, and try again",
            ) from error
        if isinstance(error, TreeMoved) and kept:
            raise TreeMoved(error.message, hint=error.hint, kept=(*error.kept, *kept)) from error
        raise
    for path in {os.path.dirname(file.path): file.path for file in done}.values():
        sync(top, path)
    return True


def _take_back(top: Path, done: Sequence[Planned]) -> tuple[str, ...]:
    """What somebody has saved since is theirs: our part of it goes where it can be told. Names of kept copies."""
    kept: list[str] = []
    for file in reversed(done):
        back = Planned(path=file.path, before=file.after, after=file.before, gets=file.had)
        try:
            _put(top, back, given=True)
        except TreeMoved as error:
            kept += error.kept
            kept += _part(top, file)
    return tuple(kept)


def _part(top: Path, file: Planned) -> tuple[str, ...]:
    """Take our part out of a file that somebody has saved since."""
    try:
        found = look(top, file.path)
        without = parted(file, found)
        if found and without != found.image:
            _put(top, Planned(path=file.path, before=found.image, after=without))
    except TreeMoved as error:  # they are saving it again and again
        return error.kept
    return ()


def _put(top: Path, file: Planned, *, given: bool = False) -> int | None:
    """One file from one state to the other in one step, and what permissions it had; whoever changed it in between
    keeps their content. `given`: a file that is there gets `gets` as well.

    The look beforehand tells modes, which contents alone do not, and spares most surprises. What comes between it and
    the step is noticed by the step itself, which hands out what was really there.
    """
    expected, wanted = file.before, file.after
    found = look(top, file.path)
    if (found.image if found else None) != expected:
        raise moved(file.path, "changed at the very moment of landing")
    mode = file.gets if found is None or given else None
    if mode is None and wanted is not None:
        mode = _permissions(found, wanted)
    with _told(file.path):
        swap(top, file.path, _image(expected), _image(wanted), mode)
    if wanted is None:
        paths.prune_beneath(top, file.path)
    return found.permissions if found else None


def _permissions(found: Found | None, wanted: Spliced) -> int | None:
    """A changed file keeps what it has; git knows of one bit alone."""
    if found is None or found.permissions is None:
        return 0o755 if wanted.mode == "100755" else None
    if wanted.mode == found.image.mode:
        return found.permissions
    return executable(found.permissions) if wanted.mode == "100755" else found.permissions & ~0o111


def _image(image: Spliced | None) -> Image | None:
    return Image(image.data, link=image.mode == LINK) if image else None


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except Surprised as error:
        found = moved(path, "changed at the very moment of landing")
        raise TreeMoved(found.message, hint=found.hint, kept=error.kept) from error
    except FileNotFoundError as error:  # the folder is gone
        raise moved(path, "was removed at the very moment of landing") from error
    except Refused as error:
        raise TreeMoved(f"{path}: {error.message}; nothing was written", hint="see what lies there now") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """`forward`: the landing stands; else nothing of it does. `theirs` are files that somebody has written since, and
    `kept` what they had saved before that."""

    forward: bool
    theirs: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def recover(top: Path, landing: Landing, store: Path) -> Recovered:
    """Close a landing that a crash left open. TreeMoved where another program does not leave the files alone."""
    with held_back():
        return _recover(top, images.kept(store, landing))


def _recover(top: Path, files: Sequence[Planned]) -> Recovered:
    kept: list[str] = []
    for file in files:
        known = [image for image in map(_image, (file.before, file.after)) if image is not None]
        kept += settle(top, file.path, known)
    for tries_left in range(TRIES - 1, -1, -1):
        try:
            forward, theirs = _close(top, files)
            return Recovered(forward=forward, theirs=theirs, kept=tuple(kept))
        except TreeMoved as error:
            kept += error.kept
            if not tries_left:
                raise TreeMoved(error.message, hint=error.hint, kept=tuple(kept)) from error
    raise AssertionError("the loop returns or raises")


def _close(top: Path, files: Sequence[Planned]) -> tuple[bool, tuple[str, ...]]:
    """Forward, or back; and who else has written."""
    states = [(file, now(top, file.path)) for file in files]
    theirs = tuple(file.path for file, current in states if current not in (file.before, file.after))
    if not theirs:
        write(top, [file for file, current in states if current != file.after])
        _prune(top, [file.path for file in files if file.after is None])
        return True, ()
    write(
        top,
        [
            Planned(path=file.path, before=current, after=file.before, gets=file.had)
            for file, current in states
            if current == file.after and current != file.before
        ],
    )
    for file in files:
        if file.path in theirs:
            _part(top, file)
    _prune(top, [file.path for file in files if file.before is None and file.path not in theirs])
    return False, theirs


def _prune(top: Path, gone: Sequence[str]) -> None:
    """Folders that a crash has left empty."""
    for path in gone:
        paths.prune_beneath(top, path)

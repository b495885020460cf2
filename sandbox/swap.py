"""Exchanging files that another program may be saving at this very moment, so that no byte of anybody's is lost.

The new content lies complete beside its target before the two get each other's name in one step. What stood at the
target is looked at afterwards, at the place beside it, where nobody opens it any more, and only once nobody has it open
for writing. What is not what was expected is somebody's: it goes back; where they have saved once more in the meantime,
it stays beside the newer one under a name that the caller is told. A process that is killed in between leaves the place
beside, and its name says whose place it was: `settle` then does as `swap` would have done.
"""

import contextlib
import errno
import fcntl
import os
import signal
import stat
import time
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from sandbox import beneath, paths
from sandbox.errors import SandboxError

ASIDE = ".~swap-"
QUIET_S = 1.0
"""How long a program that has the file open for writing is waited for. Saving takes milliseconds."""
_KEPT = ".kept-"


@dataclass(frozen=True, slots=True)
class Image:
    """What a file holds; of a link, where it points."""

    data: bytes
    link: bool = False


class Surprised(SandboxError):
    """Somebody else had written there; theirs stands as they left it. `kept` are names beside it for what they had
    saved before that, where they saved twice."""

    def __init__(self, rel: str, kept: tuple[str, ...]) -> None:
        super().__init__(f"{rel!r} was changed by another program")
        self.kept = kept


def swap(root: Path, rel: str, expected: Image | None, wanted: Image | None, mode: int | None = None) -> None:
    """Put `wanted` in the place of `expected`; None is "nothing there". Else `Surprised`, and all is as it was.

    `mode` are the permission bits of a new file; without them the umask decides.
    """
    parts = paths.checked(rel)
    if expected is wanted is None:
        if paths.stat_beneath(root, rel) is not None:
            raise Surprised(rel, ())
        return
    with paths.directory_beneath(root, parts[:-1], rel, create=expected is None) as parent:
        aside = aside_of(parts[-1]) + uuid4().hex[:16]
        if not _swapped(parent, parts[-1], aside, expected, wanted, mode):
            known = [image for image in (expected, wanted) if image is not None]
            raise Surprised(rel, _beside(rel, _settle(parent, parts[-1], aside, known)))


def settle(root: Path, rel: str, known: Collection[Image]) -> tuple[str, ...]:
    """Put in order what killed processes have left beside `rel`: `known` contents go, for they are kept elsewhere, and
    what is somebody's goes back to its place, or stays under a name that is returned, as is every one that an earlier
    call has left. While no process swaps there."""
    try:
        with paths.parent_beneath(root, rel) as (parent, last):
            for name in _names(parent, paths.TEMPORARY):  # not yet complete
                os.unlink(name, dir_fd=parent)
            _settle(parent, last, aside_of(last), known)
            return _beside(rel, _names(parent, _kept_of(last)))
    except FileNotFoundError:
        return ()


def sync(root: Path, rel: str) -> None:
    """Have the names in the directory of `rel` on disk."""
    with contextlib.suppress(FileNotFoundError), paths.parent_beneath(root, rel) as (parent, _):
        os.fsync(parent)


def _beside(rel: str, names: list[str]) -> tuple[str, ...]:
    above = rel.rpartition("/")[0]
    return tuple(f"{above}/{name}" if above else name for name in names)


def _swapped(
    parent: int, name: str, aside: str, expected: Image | None, wanted: Image | None, mode: int | None
) -> bool:
    if wanted is not None:
        _lay(parent, aside, wanted, mode)
    try:
        if expected is None:
            beneath.rename(parent, aside, name)
            return True
        if wanted is None:
            beneath.rename(parent, name, aside)
        else:
            beneath.exchange(parent, aside, name)
    except (FileNotFoundError, FileExistsError):
        return False
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            if wanted is not None:
                os.unlink(aside, dir_fd=parent)
        raise
    if not _holds(parent, aside, expected):
        return False
    os.unlink(aside, dir_fd=parent)
    return True


def aside_of(name: str) -> str:
    """How the names begin under which something of a file lies beside it."""
    return f"{ASIDE}{sha256(os.fsencode(name)).hexdigest()[:16]}-"


def _lay(parent: int, aside: str, wanted: Image, mode: int | None) -> None:
    if wanted.link:
        os.symlink(os.fsdecode(wanted.data), aside, dir_fd=parent)
    else:
        os.rename(paths.temporary(parent, wanted.data, mode), aside, src_dir_fd=parent, dst_dir_fd=parent)


def _settle(parent: int, name: str, start: str, known: Collection[Image]) -> list[str]:
    """Names of what had to be kept beside, of what lies there under names that begin so."""
    kept: list[str] = []
    for aside in _names(parent, start):
        if _is_one_of(parent, aside, known):
            os.unlink(aside, dir_fd=parent)
        elif not _given_back(parent, name, aside, known):
            kept.append(_keep(parent, name, aside))
    return kept


def _given_back(parent: int, name: str, aside: str, known: Collection[Image]) -> bool:
    """Whether what is aside has its old name again; False where something newer has it."""
    try:
        if paths.lstat_at(parent, name) is not None:
            if not any(_holds(parent, name, image, wait=False) for image in known):
                return False
            beneath.exchange(parent, aside, name)
            if _is_one_of(parent, aside, known):
                os.unlink(aside, dir_fd=parent)
                return True
            beneath.exchange(parent, aside, name)  # they have just saved once more: theirs is the newer one
            return False
    except FileNotFoundError:
        pass
    try:
        beneath.rename(parent, aside, name)
    except FileExistsError:
        return False
    return True


def _names(parent: int, start: str) -> list[str]:
    with os.scandir(parent) as entries:
        return sorted(entry.name for entry in entries if entry.name.startswith(start))


def _keep(parent: int, name: str, aside: str) -> str:
    kept = _kept_of(name) + uuid4().hex[:8]
    beneath.rename(parent, aside, kept)
    return kept


def _kept_of(name: str) -> str:
    """How the names begin of what is kept beside a file."""
    longest = 255 - len(_KEPT) - 8
    return os.fsdecode(os.fsencode(name)[:longest]) + _KEPT


def _is_one_of(parent: int, name: str, known: Collection[Image]) -> bool:
    return any(_holds(parent, name, image) for image in known)


def _holds(parent: int, name: str, image: Image, *, wait: bool = True) -> bool:
    """Whether this is there and, after a wait where there has to be one, nobody has it open for writing."""
    there = paths.lstat_at(parent, name)
    if there is None:
        return False
    if stat.S_ISLNK(there.st_mode):
        return image.link and os.fsencode(os.readlink(name, dir_fd=parent)) == image.data
    if image.link or not stat.S_ISREG(there.st_mode):
        return False
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
        with os.fdopen(handle, "rb") as file:
            return (not wait or _quiet(handle, parent)) and file.read() == image.data
    except OSError:  # what cannot be read is not ours
        return False


def _quiet(handle: int, parent: int) -> bool:
    """Whether no program has an open file open for writing, once those that have were waited for. The kernel knows: it
    gives a read lease only then. Where there are no leases, what the file holds is all there is to go by."""
    if _lease(handle) or not _has_leases(parent):
        return True
    until = time.monotonic() + QUIET_S
    while not _lease(handle):
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def _lease(handle: int) -> bool:
    """False where a read lease was refused; one that was given is returned at once."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return True
    try:
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)  # which nobody minds; SIGIO would end the process
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        return error.errno != errno.EAGAIN
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True


def _has_leases(parent: int) -> bool:
    """NFS refuses one for a file that nobody else has opened, too."""
    name = paths.temporary(parent, b"", 0o600)
    handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        return _lease(handle)
    finally:
        os.close(handle)
        os.unlink(name, dir_fd=parent)

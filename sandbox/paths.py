"""Files beneath a root, touched so that nothing beneath it can lead out.

Every name is taken apart here, every step is opened without following links, and every change of content
is one rename. Trees an agent has written and the user's own tree are both handled through these functions and no
others. Names are text with surrogate escapes, so that any file name can be said. A link on the way, `..`, an absolute
path or a git directory raises `Refused`; a plain absence raises `FileNotFoundError`.
"""

import contextlib
import errno
import os
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from sandbox import beneath
from sandbox.errors import Refused

TEMPORARY = ".~sandbox-"  # names of files being written; one that is left over belongs to a crash

# Characters that HFS+ ignores in names, by which `.g\u200cit` once meant `.git`.
_IGNORABLE = dict.fromkeys([0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])


def is_git_name(name: str) -> bool:
    """Whether some file system would take `name` for `.git`: other case, `git~1`, trailing dots, ignorable characters.

    >>> [is_git_name(name) for name in (".GIT", "git~1", ".git. ", ".gitignore")]
    [True, True, True, False]
    """
    if name.isascii() and "git" not in name.lower():  # most names, and this is asked of every file
        return False
    folded = unicodedata.normalize("NFC", name.translate(_IGNORABLE)).casefold()
    # NTFS takes a backslash for a slash and what follows a colon for the name of a stream.
    return any(part.split(":")[0].rstrip(". ") in (".git", "git~1") for part in folded.split("\\"))


def split(rel: str) -> tuple[str, ...]:
    """The names `rel` is made of, where it is relative, canonical and leads downwards; else `Refused`."""
    parts = tuple(rel.split("/"))
    if rel.startswith("/"):
        raise Refused(f"{rel!r} is an absolute path; paths here are relative to the tree")
    if any(part in ("", ".", "..") for part in parts):
        raise Refused(f"{rel!r} is not a plain relative path")
    if "\0" in rel:
        raise Refused(f"{rel!r} has a NUL in it")
    return parts


def checked(rel: str) -> tuple[str, ...]:
    """`split`, refusing git's own directory in every spelling as well."""
    parts = split(rel)
    if any(is_git_name(part) for part in parts):
        raise Refused(f"{rel!r} lies in a git directory, which is never read or written here")
    return parts


@contextlib.contextmanager
def _plain_words(rel: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EXDEV):
            raise Refused(f"{rel!r} goes through a symbolic link") from error
        raise


@contextlib.contextmanager
def directory_beneath(root: Path, parts: Sequence[str], rel: str, *, create: bool = False) -> Iterator[int]:
    """The open directory that the checked `parts` of `rel` name; missing ones are made where `create` says so."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if parts and not create:
            try:
                here = _step(here, "/".join(parts), rel)
            except NotADirectoryError as error:  # below a file there is nothing
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), rel) from error
        for part in parts if create else ():
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o777, dir_fd=here)
            try:
                here = _step(here, part, rel)
            except NotADirectoryError as error:
                raise Refused(f"{rel!r} goes through a file") from error
        yield here
    finally:
        os.close(here)


def _step(here: int, path: str, rel: str) -> int:
    """Go down; the descriptor that was left is closed, unless the step fails."""
    try:
        below = beneath.open_beneath(here, path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EXDEV):
            raise Refused(f"{rel!r} goes through a symbolic link") from error
        raise
    os.close(here)
    return below


def lstat_at(directory: int, name: str) -> os.stat_result | None:
    """What has this name in an open directory, a link itself; None where nothing has."""
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


@contextlib.contextmanager
def parent_beneath(root: Path, rel: str) -> Iterator[tuple[int, str]]:
    """The open directory that `rel` lies in, and its last name, for calls that take both."""
    parts = checked(rel)
    with directory_beneath(root, parts[:-1], rel) as parent:
        yield parent, parts[-1]


def open_beneath(root: Path, rel: str, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a file beneath `root`; the caller closes it. Never creates (`O_CREAT` is refused)."""
    parts = checked(rel)
    if flags & os.O_CREAT:
        raise Refused("use write_beneath to make files")
    with directory_beneath(root, parts[:-1], rel) as parent, _plain_words(rel):
        return beneath.open_beneath(parent, parts[-1], flags | os.O_NONBLOCK)


def read_beneath(root: Path, rel: str) -> bytes:
    """The content of a regular file."""
    return _content(open_beneath(root, rel), rel)


def _content(handle: int, rel: str) -> bytes:
    """All of an open file, which is closed."""
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Refused(f"{rel!r} is not a regular file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def stat_beneath(root: Path, rel: str) -> os.stat_result | None:
    """What lies at `rel`, a link itself and not what it points to; None where nothing does."""
    parts = checked(rel)
    try:
        with directory_beneath(root, parts[:-1], rel) as parent:
            return lstat_at(parent, parts[-1])
    except FileNotFoundError:
        return None


def temporary(parent: int, data: bytes, mode: int | None) -> str:
    """Write `data` durably under a fresh name in an open directory, and say which. Without a mode the umask decides, as
    for any new file."""
    name = TEMPORARY + uuid4().hex
    handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=parent)
    try:
        with os.fdopen(handle, "wb") as file:
            if mode is not None:
                os.fchmod(handle, stat.S_IMODE(mode))
            file.write(data)
            file.flush()
            os.fsync(handle)
    except BaseException:
        os.unlink(name, dir_fd=parent)
        raise
    return name


@contextlib.contextmanager
def _written(parent: int, data: bytes, mode: int | None) -> Iterator[str]:
    name = temporary(parent, data, mode)
    try:
        yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=parent)


def write_beneath(root: Path, rel: str, data: bytes, mode: int | None = None) -> None:
    """Replace or make a regular file in one step, parents included. Without a mode an existing file keeps its own."""
    parts = checked(rel)
    with directory_beneath(root, parts[:-1], rel, create=True) as parent:
        there = lstat_at(parent, parts[-1])
        if there is not None and not stat.S_ISREG(there.st_mode):
            raise Refused(f"{rel!r} is not a regular file")
        keep = there.st_mode if mode is None and there is not None else mode
        with _written(parent, data, keep) as name:
            os.rename(name, parts[-1], src_dir_fd=parent, dst_dir_fd=parent)


def _read_aside(parent: int, name: str, rel: str) -> bytes:
    with _plain_words(rel):
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
    return _content(handle, rel)


def remove_beneath(root: Path, rel: str) -> bytes | None:
    """Remove a file or a link and return its content (a link's target); None where nothing was there.

    It is moved aside before it is read, so what is returned is what was removed.
    """
    parts = checked(rel)
    aside = TEMPORARY + uuid4().hex
    try:
        with directory_beneath(root, parts[:-1], rel) as parent:
            beneath.rename(parent, parts[-1], aside)
            try:
                content = _link_or_file(parent, aside, rel)
            except BaseException:
                beneath.rename(parent, aside, parts[-1])
                raise
            os.unlink(aside, dir_fd=parent)
            return content
    except FileNotFoundError:
        return None


def _link_or_file(parent: int, name: str, rel: str) -> bytes:
    there = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISLNK(there.st_mode):
        return os.fsencode(os.readlink(name, dir_fd=parent))
    return _read_aside(parent, name, rel)


def readlink_beneath(root: Path, rel: str) -> str:
    """Where a symbolic link points, without going there."""
    parts = checked(rel)
    with directory_beneath(root, parts[:-1], rel) as parent:
        return os.readlink(parts[-1], dir_fd=parent)


def prune_beneath(root: Path, rel: str) -> None:
    """Remove the directories above `rel` that have become empty, never `root` itself."""
    parts = checked(rel)
    for depth in range(len(parts) - 1, 0, -1):
        try:
            with directory_beneath(root, parts[: depth - 1], rel) as parent:
                os.rmdir(parts[depth - 1], dir_fd=parent)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY, errno.ENOTDIR):
                return
            raise


def ensure_target(root: Path, rel: str, *, directory: bool) -> None:
    """Make sure that `rel` can be mounted on: a real directory or an ordinary file, reached without any link.

    The only function here that may name `.git`. To be called while no process works in the tree.
    """
    parts = split(rel)
    with directory_beneath(root, parts if directory else parts[:-1], rel, create=True) as parent:
        if directory:
            return
        with contextlib.suppress(FileExistsError):
            os.close(os.open(parts[-1], os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=parent))
        there = lstat_at(parent, parts[-1])
        if there is None or not stat.S_ISREG(there.st_mode):
            raise Refused(f"{rel!r} is not an ordinary file, so nothing can be mounted on it")


def list_beneath(root: Path, skip: frozenset[str] = frozenset()) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file and link below `root` with its relative name, without following links; directories in `skip`
    are not entered. For trees in which no process works."""
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            with os.scandir(root / prefix) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ENAMETOOLONG):  # no path leads to what lies deeper
                continue
            raise
        for entry in found:
            rel = prefix + entry.name
            if entry.is_file(follow_symlinks=False) or entry.is_symlink():
                yield rel, entry
            elif entry.is_dir(follow_symlinks=False) and rel not in skip:
                pending.append(rel + "/")

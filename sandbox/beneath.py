"""One step below an open directory, by what the system has: nothing on the way is a link, and every rename is whole.

Linux walks a path in one call (`openat2`); elsewhere, and where a container runtime forbids that call, every directory
on the way is opened by itself and no link is followed, which comes to the same. Renames that replace nothing or
exchange two names are `renameat2` on Linux and `renameatx_np` on macOS.
"""

import ctypes
import errno
import os
import stat

from sandbox.errors import SandboxError
from sandbox.linux import files

_SWAP, _EXCLUSIVE = 2, 4  # of macOS: RENAME_SWAP, RENAME_EXCL


def open_beneath(directory: int, path: str, flags: int) -> int:
    """A descriptor of `path` beneath the open `directory`; any link on the way, and any way out, is an OSError (`ELOOP`
    or `EXDEV`)."""
    return files.open_beneath(directory, path, flags) if files.available() else open_by_steps(directory, path, flags)


def open_by_steps(directory: int, path: str, flags: int) -> int:
    """The same without openat2."""
    *above, last = path.split("/")
    if not {"", ".", ".."}.isdisjoint((*above, last)):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)
    here = os.dup(directory)
    try:
        for name in above:
            below = _step(here, name, os.O_RDONLY | os.O_DIRECTORY)
            os.close(here)
            here = below
        return _step(here, last, flags)
    finally:
        os.close(here)


def _step(here: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
    except NotADirectoryError:  # what some systems say of a link, too
        if stat.S_ISLNK(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name) from None
        raise


def rename(directory: int, old: str, new: str) -> None:
    """Within one open directory; `FileExistsError` where anything has the new name."""
    _rename(directory, old, new, files.RENAME_NOREPLACE, _EXCLUSIVE)


def exchange(directory: int, one: str, other: str) -> None:
    """Two files of one open directory get each other's name, at once."""
    _rename(directory, one, other, files.RENAME_EXCHANGE, _SWAP)


def _rename(directory: int, old: str, new: str, linux: int, macos: int) -> None:
    if files.LINUX:
        files.rename(directory, old, new, linux)
        return
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameatx_np", None)
    if call is None:
        raise SandboxError(f"{os.uname().sysname} has no rename that replaces nothing", "use Linux or macOS")
    here = ctypes.c_int(directory)
    if call(here, os.fsencode(old), here, os.fsencode(new), ctypes.c_uint(macos)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), new)

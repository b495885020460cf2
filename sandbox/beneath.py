"""One step below an open directory, by what the system has: nothing on the way is a link, and every rename is whole.

Linux walks a path in one call (`openat2`); elsewhere, and where a container runtime forbids that call, every directory
on the way is opened by itself and no link is followed, which comes to the same. Renames that replace nothing or
exchange two names are `renameat2` on Linux and `renameatx_np` on macOS; a file system that knows neither (NFS, FAT) is
served by steps, so that nothing is lost, though for an instant there may be nothing at the name.
"""

import contextlib
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
    if not _rename(directory, old, new, files.RENAME_NOREPLACE, _EXCLUSIVE):
        rename_by_steps(directory, old, new)


def exchange(directory: int, one: str, other: str) -> None:
    """Two files of one open directory get each other's name, at once. By steps it may be a `FileExistsError`: then
    something new has the name `other`, and what had it before is called `one` and an x."""
    if not _rename(directory, one, other, files.RENAME_EXCHANGE, _SWAP):
        exchange_by_steps(directory, one, other)


def _rename(directory: int, old: str, new: str, linux: int, macos: int) -> bool:
    """False where the file system cannot do it in one step."""
    try:
        if files.LINUX:
            files.rename(directory, old, new, linux)
        else:
            _rename_on_macos(directory, old, new, macos)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            return False
        raise
    return True


def _rename_on_macos(directory: int, old: str, new: str, flags: int) -> None:
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameatx_np", None)
    if call is None:
        raise SandboxError(f"{os.uname().sysname} has no rename that replaces nothing", "use Linux or macOS")
    here = ctypes.c_int(directory)
    if call(here, os.fsencode(old), here, os.fsencode(new), ctypes.c_uint(flags)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), new)


def rename_by_steps(directory: int, old: str, new: str) -> None:
    """`rename` where the system has none that replaces nothing: a second name, then the first one goes."""
    try:
        os.link(old, new, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links; the look beforehand is all that can be had
        os.stat(old, dir_fd=directory, follow_symlinks=False)
        try:
            os.stat(new, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)
        else:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), new) from None
    else:
        os.unlink(old, dir_fd=directory)


def exchange_by_steps(directory: int, one: str, other: str) -> None:
    """`exchange` where the system has none."""
    third = one + "x"
    os.rename(other, third, src_dir_fd=directory, dst_dir_fd=directory)
    try:
        rename_by_steps(directory, one, other)
    except BaseException:
        with contextlib.suppress(FileExistsError):
            rename_by_steps(directory, third, other)
        raise
    os.rename(third, one, src_dir_fd=directory, dst_dir_fd=directory)

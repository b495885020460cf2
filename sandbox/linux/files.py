"""`openat2` and `renameat2` by ctypes: opening beneath a directory without following links, and atomic renames."""

import ctypes
import errno
import os
import platform
import struct
from functools import cache

from sandbox.errors import SandboxError

LINUX = os.uname().sysname == "Linux"
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2

_OPENAT2 = 437  # the same on every architecture
_RENAMEAT2 = {"x86_64": 316, "aarch64": 276, "riscv64": 276, "ppc64le": 357, "s390x": 347, "armv7l": 382}
_NO_MAGICLINKS, _NO_SYMLINKS, _BENEATH = 0x02, 0x04, 0x08


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _syscall(number: int, *arguments: object) -> int:
    call = _libc().syscall
    call.restype = ctypes.c_long
    result = int(call(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def open_beneath(directory: int, path: str, flags: int, mode: int = 0) -> int:
    """A descriptor of `path` beneath the open `directory`; any link on the way, and any way out, is an OSError."""
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, mode, _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH)
    while True:
        try:
            return _syscall(
                _OPENAT2, ctypes.c_int(directory), os.fsencode(path), ctypes.c_char_p(how), ctypes.c_size_t(len(how))
            )
        except OSError as error:
            if error.errno == errno.EAGAIN:  # a rename elsewhere raced with the walk; the kernel asks to try again
                continue
            raise


@cache
def available() -> bool:
    """Whether openat2 works here: Linux has it from 5.6 on, and an old container runtime may forbid it."""
    if not LINUX:
        return False
    how = struct.pack("=QQQ", os.O_PATH | os.O_CLOEXEC, 0, 0)
    try:
        os.close(_syscall(_OPENAT2, ctypes.c_int(-100), b"/", ctypes.c_char_p(how), ctypes.c_size_t(len(how))))
    except OSError:
        return False
    return True


def rename(directory: int, old: str, new: str, flags: int) -> None:
    """Rename within one open directory, with `RENAME_NOREPLACE` or `RENAME_EXCHANGE`."""
    arguments = (
        ctypes.c_int(directory),
        os.fsencode(old),
        ctypes.c_int(directory),
        os.fsencode(new),
        ctypes.c_uint(flags),
    )
    wrapper = getattr(_libc(), "renameat2", None)
    if wrapper is not None:
        if wrapper(*arguments) == 0:
            return
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), new)
    number = _RENAMEAT2.get(platform.machine())
    if number is None:
        raise SandboxError(f"renameat2 is not known for {platform.machine()}", "use a C library that offers it")
    _syscall(number, *arguments)

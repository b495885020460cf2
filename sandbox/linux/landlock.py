"""Landlock rules as values: which access beneath which path. Pure but for `abi`; the stage puts them in force.

Source: the kernel's Documentation/userspace-api/landlock.rst, linux/landlock.h.
"""

import ctypes
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox.linux import files

_CREATE_RULESET, _VERSION = 444, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK, TRUNCATE, IOCTL_DEV = 1 << 6, 1 << 11, 1 << 14, 1 << 15
_OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_LATEST = 7
_SCOPES = 3  # abstract unix sockets and signals stay within the domain
_TCP = 3  # bind and connect
OLDEST = 3
"""The first version that mediates truncation: with less, a file that may not be written can still be emptied."""

READ = EXECUTE | READ_FILE | READ_DIR
DEVICE = READ_FILE | WRITE_FILE | READ_DIR | IOCTL_DEV | TRUNCATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`attributes` is a `struct landlock_ruleset_attr`; each rule an access mask and a path. A path that is not there
    is passed over."""

    abi: int
    attributes: bytes
    rules: tuple[tuple[int, str], ...]
    of_files: int = _OF_FILES


@cache
def abi() -> int:
    """The version of Landlock in this kernel, 0 where there is none."""
    if not files.LINUX:  # this number is another call elsewhere
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION))
    return max(0, int(version))


def rules(
    version: int, *, read: Iterable[Path], write: Iterable[Path], devices: Iterable[Path], no_tcp: bool
) -> Rules | None:
    """Rules for a kernel of this version; None where it has no Landlock. `no_tcp`: where no network namespace does."""
    if version < 1:
        return None
    handled = _handled(version)
    writing = handled & ~(MAKE_CHAR | MAKE_BLOCK | IOCTL_DEV)
    network = _TCP if no_tcp and version >= 4 else 0
    fields = [handled, *([network] if version >= 4 else []), *([_SCOPES] if version >= 6 else [])]
    listed = [(READ, path) for path in read] + [(DEVICE, path) for path in devices]
    listed += [(writing, path) for path in write]
    return Rules(
        abi=min(version, _LATEST),
        attributes=struct.pack(f"={len(fields)}Q", *fields),
        rules=tuple((mask & handled, str(path)) for mask, path in listed),
        of_files=_OF_FILES & handled,
    )


def _handled(version: int) -> int:
    """All rights over files that a version knows: 13 at first, then linking, truncating, and control of devices."""
    return (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1

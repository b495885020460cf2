"""Files of a work tree as they lie on disk."""

from __future__ import annotations

import os
import stat


def open_regular(path: str) -> tuple[int, int] | None:
    """A handle to read a regular file by, and its size; None where none can be read. A link is not followed, nor one
    that has taken a file's place."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    there = os.fstat(handle)
    if not stat.S_ISREG(there.st_mode):
        os.close(handle)
        return None
    return handle, there.st_size

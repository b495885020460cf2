"""Packs of a base's files without compression, kept in a cache, from which the next workspace is laid out much faster.

Half the work of a checkout is to inflate objects and to undo deltas. A box that has the objects of its base as they
are is spared it, and owns them too, so that no gc of the user's repository can break it. Packs are shared by hard
links: nobody writes a pack again, and inside they are mounted read-only.

The cache lies beside the boxes, on the same file system, and belongs to us: it holds the files of the user's
repositories. One directory per repository, for the objects of one are never shown to an agent at work on another.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import struct
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

_LIMIT_BYTES = 1 << 30  # of files; what is larger is laid out from the user's own packs
_IDX_MAGIC = b"\377tOc\0\0\0\2"  # version 2, the only one git has written since 2008 (gitformat-pack)


def place(cache: Path, common_dir: Path) -> Path:
    """Where the packs of a repository lie in `cache`."""
    return cache / hashlib.sha256(os.fsencode(common_dir)).hexdigest()[:24]


def borrow(kept: Path, packs: Path) -> None:
    """Link what is kept for this repository into the pack directory of a box; nothing where there is nothing."""
    with contextlib.suppress(OSError):  # removed meanwhile, or on another file system: only time is lost
        for index in kept.glob("pack-*.idx"):
            for name in (index.with_suffix(".pack").name, index.name):  # git looks for the index, so it comes last
                os.link(kept / name, packs / name)
        os.utime(kept)


def publish(pack: str, packs: Path, kept: Path) -> None:
    """Keep a pack of a box for others, in the place of earlier ones."""
    with contextlib.suppress(OSError):
        earlier = [index for index in kept.glob("pack-*.idx") if index.stem != pack]
        for name in (f"{pack}.pack", f"{pack}.idx"):
            with contextlib.suppress(FileExistsError):
                os.link(packs / name, kept / name)
        for index in earlier:
            index.unlink(missing_ok=True)
            index.with_suffix(".pack").unlink(missing_ok=True)


def worth_making(wanted: Collection[str], sizes: Mapping[str, int], have: Collection[str]) -> bool:
    """Whether the packs at hand lack more than an eighth of the objects `wanted`, and these are not too large."""
    lacking = sum(id not in have for id in wanted)
    return lacking * 8 > len(wanted) and sum(sizes.values()) <= _LIMIT_BYTES


@contextlib.contextmanager
def alone(kept: Path) -> Iterator[bool]:
    """Whether nobody else is making a pack for this repository; held until the end of the block."""
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (kept / "lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def ids_in(packs: Path, object_format: str) -> Iterator[str]:
    """The ids of all objects in the packs of a directory, read from their indexes."""
    for index in packs.glob("pack-*.idx"):
        with contextlib.suppress(FileNotFoundError):
            yield from _ids(index.read_bytes(), 32 if object_format == "sha256" else 20)


def _ids(index: bytes, length: int) -> Iterator[str]:
    if not index.startswith(_IDX_MAGIC):
        return
    start = len(_IDX_MAGIC) + 256 * 4
    (count,) = struct.unpack(">I", index[start - 4 : start])
    names = index[start : start + count * length].hex()
    yield from (names[at : at + 2 * length] for at in range(0, len(names), 2 * length))


def gc(cache: Path, *, unused_s: float) -> tuple[str, ...]:
    """Remove the packs of repositories that no box has borrowed from for that long; the names of what went."""
    gone = []
    before = time.time() - unused_s
    with contextlib.suppress(FileNotFoundError):
        for kept in sorted(cache.iterdir()):
            if kept.is_dir() and kept.stat().st_mtime < before:
                shutil.rmtree(kept, ignore_errors=True)
                gone.append(kept.name)
    return tuple(gone)

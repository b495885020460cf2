"""The command by which a backend is tried, and the places it is tried in: mounts in mounts, as a workspace has them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.policy import Mount

# By the shell itself: PATH, or an image, may hold nothing else.
COMMAND = ("/bin/sh", "-c", 'read -r seen <place; printf %s "$seen" && echo >new')
_SEEN = b"seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`at` is where the tree appears inside."""

    scratch: Path
    at: Path
    mounts: tuple[Mount, ...]

    def complaint(self, status: int, stdout: bytes, said: str) -> str | None:
        """What went wrong, in the launcher's words where it has any; None where the command saw and wrote the tree."""
        if status == 0 and stdout == _SEEN and (self.scratch / "tree/new").exists():
            return None
        return said or "a trial command did not see its mounts"


@contextmanager
def made(*, mounting: bool) -> Iterator[Trial]:
    """The places, for as long as they are needed. Without `mounting` the tree is where it lies, and whole."""
    with tempfile.TemporaryDirectory(prefix="sandbox-probe-", ignore_cleanup_errors=True) as directory:
        scratch = Path(os.path.realpath(directory))
        tree, inner = scratch / "tree", scratch / "inner"
        tree.mkdir()
        inner.write_bytes(_SEEN)
        (tree / "place").write_bytes(b"" if mounting else _SEEN)
        at = Path("/run/probe/tree") if mounting else tree
        shown = [Mount(source=tree, target=at, writable=True)]
        if mounting:
            shown.append(Mount(source=inner, target=at / "place", writable=False))
        yield Trial(scratch=scratch, at=at, mounts=tuple(shown))

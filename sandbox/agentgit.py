"""The repository an agent sees inside: its own branches, index and commits, with the user's history borrowed.

Commands of an agent use it as they like. Nothing on the host ever reads it again: what an agent has done is taken from
its files, not from its commits.
"""

import os
import shutil
from pathlib import Path

from sandbox.box import Box, make_repository
from sandbox.checkout import Checkout, object_stores, quote_alternate
from sandbox.git import run_git
from sandbox.policy import Mount

INSIDE = Path("/run/swe")
GIT_DIR = INSIDE / "git"
BOX_OBJECTS = INSIDE / "box"


def create(box: Box, found: Checkout, commit: str, index: Path, git_dir: Path) -> None:
    """Make the repository, on the user's branch (or detached, as the user is), at `commit`."""
    make_repository(git_dir, found, stores=[*found.objects, box.git_dir / "objects"], bare=False)
    branch = found.branch or "HEAD"
    if found.branch is not None:
        (git_dir / "HEAD").write_bytes(os.fsencode(f"ref: {branch}\n"))
        (git_dir / branch).parent.mkdir(parents=True, exist_ok=True)
    (git_dir / branch).write_text(commit + "\n", encoding="ascii")
    listed = ["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/remotes"]
    lines = run_git(listed, git_dir=found.common_dir, check=False).splitlines(keepends=True)
    lines.sort(key=_ref_name)
    (git_dir / "packed-refs").write_bytes(b"# pack-refs with: sorted \n" + b"".join(lines))
    shutil.copyfile(index, git_dir / "index")


def _ref_name(line: bytes) -> bytes:
    return line.split(b" ", 1)[1]


def stores_inside(found: tuple[Path, ...]) -> tuple[Path, ...]:
    """Where the user's object directories appear inside."""
    return tuple(INSIDE / ("objects" if number == 0 else f"objects-{number}") for number in range(len(found)))


def alternates_inside(found: tuple[Path, ...]) -> bytes:
    """`info/alternates` as it must read inside."""
    return b"".join(os.fsencode(quote_alternate(store)) + b"\n" for store in (*stores_inside(found), BOX_OBJECTS))


def mounts(box: Box, git_dir: Path, *, alternates: Path, empty: Path) -> tuple[Mount, ...]:
    """The repository writable, all objects it borrows read-only, and no store that says where it lies on the host."""
    found = object_stores(box.user_objects)
    listed = "objects/info/alternates"
    shown = [
        Mount(source=git_dir, target=GIT_DIR, writable=True),
        Mount(source=alternates, target=GIT_DIR / listed, writable=False),
    ]
    borrowed = [*zip(found, stores_inside(found), strict=True), (box.git_dir / "objects", BOX_OBJECTS)]
    for source, target in borrowed:
        shown.append(Mount(source=source, target=target, writable=False))
        if (source / "info/alternates").exists():
            shown.append(Mount(source=empty, target=target / "info/alternates", writable=False))
    return tuple(shown)

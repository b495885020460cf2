"""Patches as git writes them: made from two trees, parted by file, applied to a folder that is no repository."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.harness.trees import ENVIRONMENT

FIXED = {
    "GIT_AUTHOR_NAME": "Task",
    "GIT_AUTHOR_EMAIL": "task@localhost",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "Task",
    "GIT_COMMITTER_EMAIL": "task@localhost",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}
_HEAD = re.compile(rb"^diff --git ", re.MULTILINE)
DIFF = ("diff", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv")


class DoesNotApply(Exception):
    """The text is git's reason."""


def run_git(folder: Path, *arguments: str, input: bytes = b"") -> bytes:
    """git in a folder that is a repository of its own, without anybody's settings."""
    argv = ["git", "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false", "-C", str(folder), *arguments]
    return subprocess.run(argv, env=ENVIRONMENT | FIXED, input=input, stdout=-1, stderr=-1, check=True).stdout


def commit_all(folder: Path, message: str = "base") -> str:
    """A repository of one commit that holds every file of the folder, ignored ones too."""
    run_git(folder, "init", "--quiet", "--initial-branch=main")
    run_git(folder, "config", "gc.auto", "0")
    run_git(folder, "add", "--all", "--force")
    run_git(folder, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", message)
    return run_git(folder, "rev-parse", "HEAD").decode().strip()


def between(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> bytes:
    """The patch that leads from some files to others."""
    with tempfile.TemporaryDirectory(prefix="between-") as scratch:
        folder = Path(scratch)
        write(folder, before)
        commit_all(folder)
        for path in before.keys() - after.keys():
            (folder / path).unlink()
        write(folder, after)
        run_git(folder, "add", "--all", "--force")
        return run_git(folder, *DIFF, "--cached", "HEAD")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def parts(patch: bytes) -> list[tuple[frozenset[str], bytes]]:
    """The patch of each file with the names it touches. Lines of content never begin with `diff`, so the split is
    exact."""
    starts = [found.start() for found in _HEAD.finditer(patch)]
    pieces = [patch[start:end] for start, end in zip(starts, [*starts[1:], len(patch)], strict=True)]
    return [(_names(piece), piece) for piece in pieces]


def _names(piece: bytes) -> frozenset[str]:
    """Both names; from the lines below the first where there are some, because those end with the name."""
    head = re.split(rb"^@@ |^GIT binary patch", piece, maxsplit=1, flags=re.MULTILINE)[0].decode(
        errors="surrogateescape"
    )
    found = re.findall(
        r"^(?:--- a/|\+\+\+ b/|rename from |rename to |copy from |copy to )(.*?)\t?$", head, re.MULTILINE
    )
    if not found:
        found = re.findall(r"^diff --git a/(.*) b/\1$", head, re.MULTILINE)
    quoted = re.findall(r'^(?:--- |\+\+\+ |rename from |rename to )"(?:[ab]/)?(.*)"$', head, re.MULTILINE)
    return frozenset([*found, *map(_unquoted, quoted)])


def _unquoted(name: str) -> str:
    return name.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1").decode(errors="surrogateescape")


def without(patch: bytes, names: Sequence[str]) -> bytes:
    """The patch but for what it does to these files."""
    return b"".join(piece for touched, piece in parts(patch) if not touched & set(names))


def only(patch: bytes, names: Sequence[str]) -> bytes:
    return b"".join(piece for touched, piece in parts(patch) if touched & set(names))


def touched(patch: bytes) -> frozenset[str]:
    return frozenset(name for names, _ in parts(patch) for name in names)


def apply(folder: Path, patch: bytes) -> None:
    """All of it or nothing. Raises DoesNotApply."""
    if not patch.strip():
        return
    argv = ["git", "-C", str(folder), "apply", "--whitespace=nowarn", "--binary", "-"]
    # A folder inside of somebody's repository would be taken for a part of it, and the patch passed over in silence.
    env = ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": os.path.dirname(os.path.realpath(folder))}
    done = subprocess.run(argv, env=env, input=patch, stdout=-1, stderr=-2, timeout=120)
    if done.returncode:
        raise DoesNotApply(done.stdout.decode(errors="replace").strip()[-800:])

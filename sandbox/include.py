"""Files that git ignores and a workspace needs all the same: local settings, test data, what a build generates.

The committed file `.worktreeinclude` names them, in the syntax of `.gitignore`. It may name only what is ignored and
untracked in the user's checkout, so it says nothing about tracked files; and as anybody can write it into a repository,
files that look like secrets stay out unless the caller allows each by its path. What was copied is never extracted.
"""

import fnmatch
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox import paths
from sandbox import tree as trees
from sandbox.box import Box, write_whole
from sandbox.checkout import Checkout
from sandbox.errors import Refused
from sandbox.git import run_git

NAME = ".worktreeinclude"
FILE_BYTES = 16 << 20
TOTAL_BYTES = 256 << 20
_FILES = 10_000
_ASKED_BY_NAME = 200

# Of the last part of a path, in lower case. `.env.example` and the like hold no secret as a rule, but nobody can tell.
_SECRET_NAMES = (
    ".env*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.p8", "*.gpg",
    "*.ovpn", "*.tfvars", "*.tfstate*", "*.mobileprovision", "id_*", "*credential*", "*secret*", "*passw*", "*token*",
    ".npmrc", ".yarnrc*", ".pypirc", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".htpasswd", ".dockercfg",
    "*kubeconfig*", "*service*account*.json", "*adminsdk*.json", "*oauth*", "wp-config.php", ".boto", ".s3cfg",
)  # fmt: skip
_SECRET_DIRECTORIES = frozenset(
    {".ssh", ".aws", ".azure", ".gnupg", ".kube", ".docker", ".gcloud", ".terraform", "secrets", ".secrets"}
)
_SECRET_CONTENT = (b"PRIVATE KEY-----", b'"service_account"', b"PRIVATE KEY BLOCK-----")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that the patterns name and that was not copied. `path` must be screened before it is shown."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Included:
    """What came of `.worktreeinclude`: paths relative to the tree."""

    copied: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def looks_secret(path: str) -> bool:
    """Whether the name alone says that a file may hold a secret.

    >>> [looks_secret(path) for path in ("config/.env.local", "deploy/ID_RSA", ".aws/config", "settings.json")]
    [True, True, True, False]
    """
    *directories, name = path.lower().split("/")
    if not _SECRET_DIRECTORIES.isdisjoint(directories):
        return True
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _SECRET_NAMES)


def copy(
    box: Box, commit: str, found: Checkout, tree: Path, *, allow: Collection[str], lent: Collection[str]
) -> Included:
    """Copy what the base commit's `.worktreeinclude` names from the user's checkout into `tree`.

    `allow` holds exact paths of files that may be copied although they look like secrets; `lent` the places of
    dependencies, which are mounted over.
    """
    entry = box.read_tree_entry(commit, NAME)
    if entry is None or entry.mode not in (trees.REGULAR, trees.EXECUTABLE):
        return Included()
    names = _named(box, found, box.blob(entry.id))
    taken = box.list_tree(commit).keys() if names else ()
    copied, left_out, room = [], [], TOTAL_BYTES
    for number, name in enumerate(names):
        if any(name == target or name.startswith(target + "/") for target in lent):
            continue
        reason = _obstacle(name, taken) or ("there are too many files" if number >= _FILES else "")
        if not reason:
            size, reason = _copy(found.top, tree, name, allowed=name in allow, room=room)
            room -= size
        if reason:
            left_out.append(LeftOut(path=name, reason=reason))
        else:
            copied.append(name)
    return Included(copied=tuple(copied), left_out=tuple(left_out))


def _named(box: Box, found: Checkout, patterns: bytes) -> list[str]:
    """Files of the checkout that match, and that git ignores there and does not track."""
    listed = box.root / "include"
    write_whole(listed, patterns)
    try:
        names = list(_ls(found, f"--exclude-from={listed}"))
    finally:
        listed.unlink()
    if not names:
        return []
    asked = ["--", *names] if len(names) <= _ASKED_BY_NAME else []
    ignored = set(_ls(found, "--exclude-standard", *asked))
    return sorted(name for name in names if name in ignored)


def _ls(found: Checkout, *options: str) -> Iterator[str]:
    out = run_git(["ls-files", "-z", "-o", "-i", *options], git_dir=found.git_dir, work_tree=found.top)
    return (name for name in trees.text(out).split("\0")[:-1] if not name.endswith("/"))


def _obstacle(name: str, taken: Collection[str]) -> str:
    if name in taken:
        return "the commit has a file of this name"
    above = name
    while above := above.rpartition("/")[0]:
        if above in taken:
            return "the commit has a file in the place of its directory"
    return ""


def _copy(top: Path, tree: Path, name: str, *, allowed: bool, room: int) -> tuple[int, str]:
    """Copy one file; how many bytes that were, or why it was not done."""
    if not allowed and looks_secret(name):
        return 0, "looks like a secret"
    try:
        handle = paths.open_beneath(top, name)
    except Refused:
        return 0, "is a link, or lies behind one"
    except OSError as error:
        return 0, error.strerror or "cannot be read"
    with os.fdopen(handle, "rb") as file:
        there = os.fstat(handle)
        if not stat.S_ISREG(there.st_mode):
            return 0, "is not a regular file"
        data = file.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        return 0, f"is larger than {FILE_BYTES} bytes"
    if len(data) > room:
        return 0, f"all together are larger than {TOTAL_BYTES} bytes"
    if not allowed and any(mark in data for mark in _SECRET_CONTENT):
        return 0, "holds a private key"
    paths.write_beneath(tree, name, data, there.st_mode & 0o777)
    return len(data), ""

"""Bringing a commit from a box into the user's repository, checked, and without touching anything but its objects."""

from pathlib import Path

from sandbox.box import Box
from sandbox.errors import GitFailed, Refused
from sandbox.git import run_git


def deliver(box: Box, commit: str, *, into: Path, ref: str | None) -> None:
    """Fetch `commit` into the repository `into`. A ref is written only where one is named, and only forward."""
    if ref is not None:
        _check_ref(ref, into)
    checks = ["-c", "transfer.fsckObjects=true", "-c", "fetch.fsckObjects=true", "-c", "protocol.file.allow=always"]
    options = ["--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc", "--quiet"]
    source = f"{commit}:{ref}" if ref else commit
    try:
        run_git(
            [*checks, "fetch", *options, "--", str(box.git_dir), source],
            git_dir=into,
            env={"GIT_ALLOW_PROTOCOL": "file"},
        )
    except GitFailed as error:
        said = error.stderr.decode("utf-8", "replace").strip()
        raise Refused(f"the repository did not take commit {commit[:12]}: {said}") from error


def _check_ref(ref: str, into: Path) -> None:
    try:
        run_git(["check-ref-format", ref], git_dir=into)
    except GitFailed as error:
        raise Refused(f"`{ref}` is not a name for a ref") from error
    if not ref.startswith("refs/"):
        raise Refused(f"`{ref}` must be a full name, such as `refs/heads/{ref}`")

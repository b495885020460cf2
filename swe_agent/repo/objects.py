"""History of the user's own repository, read through GitPython. Never pointed at a tree that an agent has written.

GitPython is slow to import (a quarter of all that a run loads before its first question), so wiring opens this module
only for jobs that ask a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import git
from git.exc import GitError

LOOK_BACK = 400
"""Commits that are looked through at most: a question of context is not worth a walk through decades."""


def recent_changes(top: Path, paths: Sequence[str], count: int) -> tuple[str, ...]:
    """`<hash> <date> <subject>` of the last commits that touched one of the paths, newest first. Empty on any trouble:
    a repository without commits, or one that GitPython cannot read, still has everything else to offer."""
    if not paths:
        return ()
    try:
        repository = git.Repo(top)
        try:
            return tuple(islice(_lines(repository, paths), count))
        finally:
            repository.close()
    except (GitError, ValueError, OSError):
        return ()


def _lines(repository: git.Repo, paths: Sequence[str]) -> Iterator[str]:
    for commit in repository.iter_commits("HEAD", paths=list(paths), max_count=LOOK_BACK):
        subject = str(commit.summary)
        yield f"{commit.hexsha[:10]} {commit.committed_datetime:%Y-%m-%d} {subject}"

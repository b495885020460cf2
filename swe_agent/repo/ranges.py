"""Ranges of commits as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from swe_agent.core.errors import RepositoryError, UsageError
from swe_agent.repo.commits import commit_of
from swe_agent.repo.git import Git

ALONE = "^!"
"""As git has it behind a commit: without what came before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Two commits by their full ids, and what was typed: `since` and `until` are its ends. `base` is where they
    parted; empty before the first commit."""

    base: str
    head: str
    typed: str
    since: str
    until: str


def range_of(git: Git, typed: str) -> Range | None:
    """`A..B` or `A...B`, both from where B left A, `REV^!`: that commit alone, or `REV`: since it left HEAD. None for
    what is none of these. UsageError for a range of which one end is no commit, and for two commits that have nothing
    in common; RepositoryError where a shallow clone lacks what they have.

    Two dots mean the same as three: what A alone has would be proposed for removal otherwise.
    """
    if typed.endswith(ALONE):
        return _alone(git, typed)
    for mark in ("...", ".."):
        since, found, until = typed.partition(mark)
        if found:
            return _between(git, since or "HEAD", until or "HEAD", typed)
    is_range = typed and commit_of(git, typed) and commit_of(git, "HEAD")
    return _between(git, "HEAD", typed, typed) if is_range else None


def parent_of(git: Git, commit: str) -> str:
    """The first one; empty for a first commit. RepositoryError where a shallow clone lacks it: git takes such a commit
    for a first one."""
    parent = git.text("rev-parse", "--verify", "--quiet", f"{commit}^1", check=False)
    if not parent and b"\nparent " in git.run("cat-file", "commit", commit).partition(b"\n\n")[0]:
        raise RepositoryError(
            f"this clone is shallow: what came before {commit[:12]} is not here",
            hint="`git fetch --deepen 1` brings it",
        )
    return parent


def _alone(git: Git, typed: str) -> Range:
    """What a commit has changed in its first parent."""
    revision = typed.removesuffix(ALONE)
    commit = _named(git, revision)
    return Range(base=parent_of(git, commit), head=commit, typed=typed, since=f"{revision}^", until=revision)


def _named(git: Git, revision: str) -> str:
    commit = commit_of(git, revision)
    if commit is None:
        hint = "see `git log --oneline --all` for what there is"
        begin = re.split(r"[\^~]", revision, maxsplit=1)[0]
        if begin != revision and commit_of(git, begin):
            hint = (
                "`git fetch --unshallow` brings the rest"
                if _is_shallow(git)
                else f"the first commit has none before it; `{begin}{ALONE}` is {begin} alone"
            )
        raise UsageError(f"`{revision}` names no commit", hint=hint)
    return commit


def _between(git: Git, since: str, until: str, typed: str) -> Range:
    first, last = _named(git, since), _named(git, until)
    base = git.text("merge-base", first, last, check=False)
    if not base:
        told = f"{since} and {until} have no commit in common"
        if _is_shallow(git):
            raise RepositoryError(f"{told}: this clone is shallow", hint="`git fetch --unshallow` brings the rest")
        raise UsageError(
            f"{told}: each has a history of its own", hint=f"`git diff {since} {until}` shows how their files differ"
        )
    return Range(base=base, head=last, typed=typed, since=since, until=until)


def _is_shallow(git: Git) -> bool:
    return git.text("rev-parse", "--is-shallow-repository") == "true"

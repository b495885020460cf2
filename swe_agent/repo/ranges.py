"""Ranges of commits as people type them."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.errors import UsageError
from swe_agent.repo.commits import commit_of
from swe_agent.repo.git import Git


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Two commits by their full ids, and what was typed: `since` and `until` are its ends. `base` is where they
    parted."""

    base: str
    head: str
    typed: str
    since: str
    until: str


def range_of(git: Git, typed: str) -> Range | None:
    """`A..B` or `A...B`, both from where B left A, or `REV` alone: since it left HEAD. None for what is none of these.
    UsageError for a range of which one end is no commit, and for two commits that have nothing in common.

    Two dots mean the same as three: what A alone has would be proposed for removal otherwise.
    """
    for mark in ("...", ".."):
        since, found, until = typed.partition(mark)
        if found:
            return _between(git, since or "HEAD", until or "HEAD", typed)
    is_range = typed and commit_of(git, typed) and commit_of(git, "HEAD")
    return _between(git, "HEAD", typed, typed) if is_range else None


def _between(git: Git, since: str, until: str, typed: str) -> Range:
    ends = [commit_of(git, end) for end in (since, until)]
    for end, name in zip(ends, (since, until), strict=True):
        if end is None:
            raise UsageError(f"`{name}` names no commit", hint="see `git log --oneline --all` for what there is")
    first, last = map(str, ends)
    base = git.text("merge-base", first, last, check=False)
    if not base:
        raise UsageError(
            f"{since} and {until} have no commit in common",
            hint="a clone that is shallow gets the rest with `git fetch --unshallow`",
        )
    return Range(base=base, head=last, typed=typed, since=since, until=until)

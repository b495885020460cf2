"""Commits of another repository, for reading: into the object store, and nowhere else.

No ref, FETCH_HEAD, index, file or setting of the user's changes; nobody is asked anything. What is fetched so has no
name, and git's own housekeeping takes it away in a few weeks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from swe_agent.core.errors import RepositoryError
from swe_agent.repo.commits import commit_of
from swe_agent.repo.git import Git, GitFailed

SECONDS = 900.0
_OBJECTS_ALONE = (
    "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules",
    "--no-write-commit-graph", "--no-prune", "--no-filter", "--refmap=",
)  # fmt: skip
"""Without `--refmap=` git moves the refs of the remote along; without `--no-filter` a partial clone gets no texts."""
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF = re.compile(r"HEAD|refs/[^\s:*?\[\\^~\x00-\x1f\x7f]+")
_NOT_BY_ID = re.compile(r"not our ref|unadvertised object|remote ref")
_SAID = re.compile(r"^(?:fatal|error|ssh): *(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    name: str
    url: str


def remotes(git: Git) -> tuple[Remote, ...]:
    """With their addresses as git reads them. RepositoryError where this is no repository."""
    return tuple(
        Remote(name=name, url=git.text("remote", "get-url", "--", name, check=False))
        for name in git.text("remote").splitlines()
    )


def fetch_commits(git: Git, source: str, ids: Sequence[str], refs: Sequence[str]) -> tuple[str, ...]:
    """Those of the commits that are not here even now. They are asked for by id, and where the other side hands out
    nothing by id, by refs, one for each. `source` is the name of a remote, or an address. RepositoryError says what git
    said."""
    wanted = dict(zip(ids, refs, strict=True))
    for id_, ref in wanted.items():
        if not _ID.fullmatch(id_) or not _REF.fullmatch(ref):  # a refspec could write to a ref
            raise RepositoryError(f"`{id_}`, `{ref}` name no commit", hint="is that the right server?")
    missing = _missing(git, ids)
    if not missing:
        return ()
    try:
        _fetch(git, source, missing)
    except GitFailed as error:
        if not _NOT_BY_ID.search(error.stderr):
            raise _explained(error, source, wanted[missing[0]]) from error
        try:
            _fetch(git, source, [wanted[id_] for id_ in missing])
        except GitFailed as failed:
            raise _explained(failed, source, wanted[missing[0]]) from failed
    return _missing(git, missing)


def _missing(git: Git, ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(id_ for id_ in dict.fromkeys(ids) if commit_of(git, id_) is None)


def _fetch(git: Git, source: str, what: Sequence[str]) -> None:
    git.unattended("fetch", *_OBJECTS_ALONE, "--", source, *what, seconds=SECONDS)


def _explained(error: GitFailed, source: str, ref: str) -> RepositoryError:
    """What the other side says may be anything: one line of it is told."""
    found = _SAID.search(error.stderr)
    said = " ".join((found[1] if found else error.stderr).split())[:300]
    said = re.sub(r"(?<=://)[^/@\s]*@", "", said)
    return RepositoryError(
        f"cannot fetch from {source}: {said}",
        hint=f"`git fetch {source} {ref}` shows more, and may ask for a password; then the same again",
    )

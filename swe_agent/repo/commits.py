"""Past commits with their messages and files, as git prints them."""

from __future__ import annotations

from swe_agent.core.source import PastCommit
from swe_agent.repo.git import Git


def past_commits(git: Git, revision: str, *, most: int, since: str = "") -> tuple[PastCommit, ...]:
    """Commits reachable from `revision` and not from `since`, newest first, merges left out. What a shallow or partial
    clone lacks ends the list early."""
    argv = ["log", "--no-merges", f"--max-count={most}", "--format=%x01%ct%x00%B%x02", "--name-only", "-z"]
    out = git.run(*argv, "--no-renames", "--end-of-options", revision, *([f"^{since}"] if since else []), check=False)
    found = []
    for record in out.decode("utf-8", "surrogateescape").split("\x01")[1:]:
        head, _, names = record.partition("\x02")
        when, _, message = head.partition("\0")
        paths = tuple(name.lstrip("\n") for name in names.split("\0") if name.strip("\n"))
        found.append(PastCommit(when=int(when) if when.isdigit() else 0, message=message, paths=paths))
    return tuple(found)


def commit_of(git: Git, revision: str) -> str | None:
    """The id of a commit; None where there is none."""
    id_ = git.text("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False)
    return id_ or None


def near_ancestors(git: Git, revision: str, most: int = 200) -> tuple[str, ...]:
    """The ids of `revision` and what came shortly before it, newest first."""
    out = git.text("rev-list", f"--max-count={most}", "--end-of-options", revision, check=False)
    return tuple(out.split("\n")) if out else ()

"""What a file was before."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.repo.git import Git


def earlier_versions(
    git: Git, path: str, *, most: int = 10, at: str = "HEAD", since: str = ""
) -> Iterator[tuple[str, str]]:
    """What to call it and its text, as decoded everywhere: of the last commits up to `at` that changed the file (of
    those that `since` lacks, if it is named), the newest first. Nothing where there are none, or where a partial clone
    lacks them."""
    lacked = [f"^{since}"] if since else []
    said = git.run("log", "-n", str(most), "--format=%h", at, *lacked, "--", path, check=False)
    for commit in said.decode("ascii", "replace").split():
        data = git.run("show", f"{commit}:{path}", check=False)
        if data:
            yield f"in commit {commit}", data.decode("utf-8", "surrogateescape")


def further_back(git: Git, commit: str, count: int) -> str:
    """The commit so many before this one, of all that led to it; empty where there are not so many."""
    return git.run("rev-list", "-n", "1", f"--skip={count}", commit, check=False).decode("ascii", "replace").strip()

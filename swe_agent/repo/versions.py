"""What a file was before."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.repo.git import Git


def earlier_versions(git: Git, path: str, *, most: int = 10) -> Iterator[tuple[str, str]]:
    """What to call it and its text, as decoded everywhere: of the last commits that changed the file, the newest first.
    Nothing where there are none, or where a partial clone lacks them."""
    said = git.run("log", "-n", str(most), "--format=%h", "--", path, check=False).decode("ascii", "replace")
    for commit in said.split():
        data = git.run("show", f"{commit}:{path}", check=False)
        if data:
            yield f"in commit {commit}", data.decode("utf-8", "surrogateescape")

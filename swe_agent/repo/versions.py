"""What a file was before."""

from __future__ import annotations

from collections.abc import Iterator

from swe_agent.repo.git import Git


def earlier_versions(
    git: Git, path: str, *, most: int = 10, at: str = "HEAD", among: int | None = None
) -> Iterator[tuple[str, str]]:
    """What to call it and its text, as decoded everywhere: of the last commits up to `at` that changed the file, the
    newest first; with `among` none that is further back than so many. Nothing where there are none, or where a partial
    clone lacks them."""
    oldest = git.run("rev-list", "-n", "1", f"--skip={among}", at, check=False).decode("ascii", "replace").split()
    known = (f"^{commit}" for commit in (oldest if among is not None else ()))
    said = git.run("log", "-n", str(most), "--format=%h", at, *known, "--", path, check=False).decode(
        "ascii", "replace"
    )
    for commit in said.split():
        data = git.run("show", f"{commit}:{path}", check=False)
        if data:
            yield f"in commit {commit}", data.decode("utf-8", "surrogateescape")

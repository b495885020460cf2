"""Notes of git-ai on commits, read from where that tool keeps them; no import is needed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from swe_agent.metrics.attribution.interop.git_ai import NotGitAi, Wrote, parse, wrote
from swe_agent.repo import notes
from swe_agent.repo.git import Git

REF = "refs/notes/ai"


def git_ai_labels(git: Git, commits: Iterable[str]) -> dict[str, dict[str, list[Wrote]]]:
    """Of those commits that have a note which can be read: by path, who wrote which of their lines. Lines that are in
    no range are nobody's, as far as that tool knows."""
    tree = notes.tree_of(git, notes.tip_of(git, REF))
    found = {}
    for commit, data in notes.contents(git, {commit: tree[commit] for commit in commits if commit in tree}):
        with suppress(NotGitAi):
            found[commit] = wrote(parse(data.decode("utf-8", "surrogateescape")))
    return found

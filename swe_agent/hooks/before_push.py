"""`pre-push`: the commits that are about to leave are looked through once more, for what came by without a hook."""

from __future__ import annotations

import os

from swe_agent.hooks import added, world
from swe_agent.hooks.before_commit import allowed, tell
from swe_agent.hooks.blockers import blockers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_COMMITS = 500
"""Of one push; more is a history that is moved, which nobody reads line by line."""


def run(arguments: Sequence[str], told: Iterable[str]) -> int:
    """`told` are git's rows: local ref, its commit, remote ref, its commit."""
    settings = world.settings(world.ask_settings(), ".", world.home_of("."))
    if not (settings.is_on and settings.push):
        return 0
    remote, known = arguments[0] if arguments else "", allowed(".")
    for range_ in ranges(told, remote):
        limit = f"--max-count={MOST_COMMITS}"
        patches = world.git("log", "-p", "--format=%x00", limit, "--no-merges", *added.DIFF, *range_, "--") or b""
        # Each by itself: what a later one takes out is in the history for all that.
        rows = [one for patch in patches.split(b"\0") for one in blockers(added.read(patch), known)]
        found = [one for one in rows if one.is_sure and one.kind != "bidi"]
        if found:
            tell(found, "nothing is pushed", "git push --no-verify")
            return world.BLOCKS
    return 0


def ranges(told: Iterable[str], remote: str) -> Iterator[Sequence[str]]:
    """What the other side does not have yet, for `git log`. A framework that reads git's rows itself tells the two
    commits by variables."""
    source, to = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    if source and to:
        yield (to, f"^{source}")
        return
    for row in told:
        words = row.split()
        if len(words) != 4 or not words[1].strip("0"):
            continue  # a branch that is taken away
        known = ("--not", f"--remotes={remote}") if remote else ("--not", "--remotes")
        yield (words[1], *known) if not words[3].strip("0") else (words[1], f"^{words[3]}", *known)

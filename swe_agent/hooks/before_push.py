"""`pre-push`: the commits that are about to leave are looked through once more, for what came by without a hook."""

from __future__ import annotations

import os

from swe_agent.core import added
from swe_agent.hooks import world
from swe_agent.hooks.before_commit import allowed, tell
from swe_agent.hooks.blockers import blockers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_COMMITS = 500
"""Of one push; more is a history that is moved, which nobody reads line by line."""
MOST_REVIEWED = 3
"""Branches of a push that are reviewed where that is asked for."""


def run(arguments: Sequence[str], told: Iterable[str]) -> int:
    """`told` are git's rows: local ref, its commit, remote ref, its commit."""
    settings = world.settings(world.ask_settings(), ".", world.home_of("."))
    if not (settings.is_on and settings.push):
        return 0
    remote, known = arguments[0] if arguments else "", allowed(".")
    pushed = list(ranges(told, remote))
    for range_ in pushed:
        limit = f"--max-count={MOST_COMMITS}"
        patches = world.git("log", "-p", "--cc", "--format=%x00", limit, *added.DIFF, *range_, "--")
        if patches is None:
            world.say("swe-agent: git did not say what is pushed (too much, or not all of it is here): not looked at")
            continue
        # Each by itself: what a later one takes out is in the history for all that.
        rows = [one for patch in patches.split(b"\0") for one in blockers(added.read(patch), known)]
        found = [one for one in rows if one.is_sure and one.kind != "bidi"]
        if found:
            tell(found, "nothing is pushed", "git push --no-verify")
            return world.BLOCKS
    if settings.review in ("push", "both"):
        for range_ in pushed[:MOST_REVIEWED]:
            base = _base(range_)
            if base:
                world.hand_on(["review", f"{base}..{range_[0]}", "--checks", "signals"], seconds=15)
    return 0


def _base(range_: Sequence[str]) -> str:
    """The commit behind the oldest that leaves; empty where there is none."""
    said = world.git("rev-list", "--boundary", "--topo-order", *range_, "--") or b""
    edges = [row[1:] for row in said.decode("ascii", "replace").split("\n") if row.startswith("-")]
    return edges[0] if edges else ""


def ranges(told: Iterable[str], remote: str) -> Iterator[Sequence[str]]:
    """What the other side does not have yet, for `git log`. A framework that reads git's rows itself tells the two
    commits by variables."""
    source, to = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    if source and to:
        yield (to, f"^{source}")
        return
    named, branch = os.environ.get("PRE_COMMIT_REMOTE_NAME"), os.environ.get("PRE_COMMIT_LOCAL_BRANCH")
    if named and branch:  # where a whole history leaves, there is no commit before it to be named
        yield (branch, "--not", f"--remotes={named}")
        return
    for row in told:
        words = row.split()
        if len(words) != 4 or not words[1].strip("0"):
            continue  # a branch that is taken away
        known = ("--not", f"--remotes={remote}") if remote else ("--not", "--remotes")
        yield (words[1], *known) if not words[3].strip("0") else (words[1], f"^{words[3]}", *known)

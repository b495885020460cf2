"""`pre-push`: the commits that are about to leave are looked through once more, for what came by without a hook."""

from __future__ import annotations

import os

from swe_agent.core import added
from swe_agent.hooks import telling, world
from swe_agent.hooks.before_commit import allowed
from swe_agent.hooks.blockers import Blocker, blockers, but

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_COMMITS = 500
"""Of one push; more is a history that is moved, which nobody reads line by line."""
MOST_REVIEWED = 3
"""Branches of a push that are reviewed where that is asked for."""


def run(told: Iterable[str]) -> int:
    """`told` are git's rows: local ref, its commit, remote ref, its commit."""
    settings = world.settings(world.ask_settings(), ".", world.home_of("."))
    if not (settings.is_on and settings.push):
        return 0
    pushed = list(ranges(told))
    found = [one for range_ in pushed for one in _brought(range_)]
    found = but(found, allowed()) if found else found
    if any(one.is_sure for one in found):
        telling.refused(found, "nothing is pushed", _way_out(found), "git push --no-verify")
        return world.BLOCKS
    telling.doubted(found, "this is pushed")
    if settings.review in ("push", "both"):
        for range_ in pushed[:MOST_REVIEWED]:
            base = _base(range_)
            if base:
                world.hand_on(["review", f"{base}..{range_[0]}", "--checks", "signals"], seconds=15)
    return 0


def _brought(range_: Sequence[str]) -> Iterator[Blocker]:
    """By each commit for itself: what a later one takes out is in the history for all that. What turns text around is
    a matter of the commit that brings it."""
    form = ("--format=%x00%h", f"--max-count={MOST_COMMITS}", "--ignore-missing")
    patches = world.git("log", "-p", "--cc", *form, *added.DIFF, *range_, "--")
    if patches is None:
        world.say("swe-agent: git did not say what is pushed (too much, or not all of it is here): not looked at")
        return
    for part in patches.split(b"\0")[1:]:
        commit, _, patch = part.partition(b"\n")
        for one in blockers(added.read(patch)):
            if one.kind != "bidi":
                one.commit = commit.decode("ascii", "replace")
                yield one


def _way_out(found: Sequence[Blocker]) -> list[str]:
    oldest = next((one.commit for one in reversed(found) if one.is_sure), "")
    rows = [f"It has to go out of the commit that brought it: git rebase -i {oldest}^"]
    if any(one.kind == "secret" for one in found):
        rows.append("If it was ever pushed elsewhere, revoke it: others may have it.")
    return rows


def _base(range_: Sequence[str]) -> str:
    """The commit behind the oldest that leaves; empty where there is none."""
    said = world.git("rev-list", "--boundary", "--topo-order", *range_, "--") or b""
    edges = [row[1:] for row in said.decode("ascii", "replace").split("\n") if row.startswith("-")]
    return edges[0] if edges else ""


def ranges(told: Iterable[str]) -> Iterator[Sequence[str]]:
    """What no remote is known to have yet, for `git log`. A framework that reads git's rows itself tells the two
    commits by variables."""
    source, to = os.environ.get("PRE_COMMIT_FROM_REF"), os.environ.get("PRE_COMMIT_TO_REF")
    if source and to:
        yield (to, f"^{source}")
        return
    branch = os.environ.get("PRE_COMMIT_LOCAL_BRANCH")
    if os.environ.get("PRE_COMMIT_REMOTE_NAME") and branch:
        yield (branch, "--not", "--remotes")  # where a whole history leaves, there is no commit before it to be named
        return
    for row in told:
        words = row.split()
        if len(words) == 4 and words[1].strip("0"):  # else a branch is taken away
            there = (f"^{words[3]}",) if words[3].strip("0") else ()
            yield (words[1], *there, "--not", "--remotes")

"""`pre-commit`: what is staged is looked through, and nothing else."""

from __future__ import annotations

from swe_agent.core import added, secrets
from swe_agent.hooks import world
from swe_agent.hooks.blockers import Blocker, blockers, but

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LARGE = "1m"
"""Files that are left out where all together are more than can be read."""
WAY_OUT = {
    "secret": "Keep the secret elsewhere (the environment, a file that git ignores), and `git add` the file again.",
    "conflict": "Finish the merge of the file, and `git add` it again.",
}


def run() -> int:
    asked = world.ask_settings()
    patch = world.start_git("diff", "--cached", *added.DIFF, "--")
    settings = world.settings(asked, ".", world.home_of("."))
    said = patch.read()
    if not settings.is_on:
        return 0
    if said is None:
        said = world.git("-c", f"core.bigFileThreshold={LARGE}", "diff", "--cached", *added.DIFF, "--")
        left_out = "files over 1 MB were not looked at, for more than 32 MB are staged"
        world.say(f"swe-agent: {'git did not say what is staged: not looked at' if said is None else left_out}")
    found = blockers(added.read(said or b""))
    if found and (found := but(found, allowed())):
        from swe_agent.hooks import telling

        if any(one.is_sure for one in found):
            telling.refused(found, "this commit is not made", _way_out(found), "git commit --no-verify")
            return world.BLOCKS
        telling.doubted(found, "look at this before you push it")
    if settings.review in ("commit", "both"):
        world.hand_on(["review", "--staged", "--checks", "signals"], seconds=8)  # within those of the hook
    return 0


def allowed() -> frozenset[str]:
    """As staged: what lies in the folder alone would let nobody else's commit through."""
    text = world.git("cat-file", "blob", f":{secrets.ALLOW}") or b""
    return secrets.allowed(text.decode("utf-8", "replace"))[0]


def _way_out(found: Sequence[Blocker]) -> list[str]:
    kinds = {one.kind for one in found if one.is_sure}
    return [text for kind, text in WAY_OUT.items() if kind in kinds]

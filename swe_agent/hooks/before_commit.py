"""`pre-commit`: what is staged is looked through, and nothing else."""

from __future__ import annotations

from swe_agent.core import added, secrets
from swe_agent.hooks import world
from swe_agent.hooks.blockers import MOST_SHOWN, Blocker, blockers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def run() -> int:
    asked = world.ask_settings()
    patch = world.start_git("diff", "--cached", *added.DIFF, "--")
    top = "."  # where git starts it
    settings = world.settings(asked, top, world.home_of(top))
    said = patch.read()
    if not settings.is_on:
        return 0
    if said is None:
        world.say("swe-agent: git did not say what is staged, so nothing was looked at")
        return 0
    found = blockers(added.read(said), allowed(top))
    blocking = [one for one in found if one.is_sure]
    if blocking:
        tell(blocking, "this commit is not made", "git commit --no-verify")
        return world.BLOCKS
    if found:
        first = found[0]
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        world.say(
            f"swe-agent: {first.path}:{first.line} may hold a secret ({first.what}){more}; committed all the same"
        )
    if settings.review in ("commit", "both"):
        world.hand_on(["review", "--staged", "--checks", "signals"], seconds=8)  # within those of the hook
    return 0


def allowed(top: str) -> frozenset[str]:
    try:
        with open(f"{top}/{secrets.ALLOW}", encoding="utf-8", errors="replace") as file:
            return secrets.allowed(file.read())[0]
    except OSError:
        return frozenset()


def tell(found: Sequence[Blocker], what: str, all_the_same: str) -> None:
    """The line, the reason, and what lets it through."""
    program = world.called()
    rows = [f"swe-agent: {what}", ""]
    for one in found[:MOST_SHOWN]:
        rows.append(f"  {one.path}:{one.line}  {one.what}")
        if one.allow:
            rows.append(f"    no secret?  {program} hooks allow {one.allow}")
    if len(found) > MOST_SHOWN:
        rows.append(f"  … and {len(found) - MOST_SHOWN} more")
    if any(one.kind == "secret" for one in found):
        rows += [
            "",
            "A secret stays in the history after it is taken out: keep it elsewhere, and revoke it if it was out.",
        ]
    rows += ["", f"All the same:  {all_the_same}"]
    world.say("\n".join(rows))

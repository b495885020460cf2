"""What a person reads of blockers: where, why, and what lets them through."""

from __future__ import annotations

from swe_agent.hooks import world
from swe_agent.hooks.blockers import Blocker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SHOWN = 12


def refused(found: Sequence[Blocker], what: str, way_out: Sequence[str], all_the_same: str) -> None:
    """`found` holds what is sure, and what may be something: that is told, too, before it is too late."""
    program = world.called()
    sure = [one for one in found if one.is_sure]
    rows = [f"swe-agent: {what}", ""]
    for one in sure[:MOST_SHOWN]:
        rows.append(f"  {one.place}  {one.what}")
        if one.allow:
            rows.append(f"    no secret?  {program} hooks allow {one.allow}")
    if len(sure) > MOST_SHOWN:
        rows.append(f"  … and {len(sure) - MOST_SHOWN} more")
    marks = list(dict.fromkeys(one.allow for one in sure if one.allow))
    if 1 < len(marks) <= MOST_SHOWN:
        rows.append(f"  none of them a secret?  {program} hooks allow {' '.join(marks)}")
    elif len(marks) > MOST_SHOWN:
        rows.append(f"  none of them a secret?  {program} hooks allow --staged")
    rows += ["", *way_out, *_doubtful(found), f"All the same:  {all_the_same}"]
    world.say("\n".join(rows))


def doubted(found: Sequence[Blocker], what: str) -> None:
    """What may be secrets, and stops nothing."""
    rows = _doubtful(found)
    if rows:
        world.say("\n".join([f"swe-agent: {what}", *rows]))


def _doubtful(found: Sequence[Blocker]) -> list[str]:
    rows = [one for one in found if not one.is_sure]
    if not rows:
        return []
    told = [f"  {one.place}  may be a secret ({one.what}), and stops nothing" for one in rows[:MOST_SHOWN]]
    return [*told, *([f"  … and {len(rows) - MOST_SHOWN} more"] if len(rows) > MOST_SHOWN else [])]

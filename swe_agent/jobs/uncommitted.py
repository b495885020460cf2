"""What has landed and is not committed yet, kept for git's hook, which puts the trailer under a commit of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from swe_agent.core import landed
from swe_agent.desk.desk import Desk
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.record import trailer_of

KEEP = timedelta(days=30)
"""Until which somebody commits it."""


def keep(kit: Kit, desk: Desk, landing: str) -> None:
    """Of the blocks that this desk lands. That it cannot be written is no reason for a landing to fail: a trailer is
    missing then."""
    trailer = trailer_of(kit, desk.proposal)
    if not trailer:
        return
    lines: dict[str, list[str]] = {}
    for block in desk.to_land:
        lines.setdefault(block.path, []).extend(line.rstrip("\r\n") for line in desk.lines(block))
    text = landed.written(trailer, lines)
    path = kit.place.paths.uncommitted / landing
    try:
        if text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", "surrogateescape")
    except OSError as error:
        kit.voices.note(f"it has landed, and a commit of it will not say who helped: {error}")


def drop(kit: Kit, landing: str) -> None:
    (kit.place.paths.uncommitted / landing).unlink(missing_ok=True)


def gc(kit: Kit, now: datetime) -> None:
    for path in kit.place.paths.uncommitted.glob("*"):
        if now.timestamp() - path.stat().st_mtime >= KEEP.total_seconds():
            path.unlink(missing_ok=True)

"""What the journal says of landings: those that stand, and those that a crash has left open."""

from __future__ import annotations

from collections.abc import Iterable

from swe_agent.core.event import Event, Landed, LandingDropped, LandingIntended, Recorded, UndoIntended, Undone
from swe_agent.core.proposal import Landing

Intent = LandingIntended | UndoIntended


def standing(events: Iterable[Event]) -> list[Landing]:
    """Landings that stand, oldest first."""
    intended: dict[str, Landing] = {}
    stand: dict[str, Landing] = {}
    for event in events:
        body = event.body
        if isinstance(body, LandingIntended):
            intended[body.landing.id] = body.landing
        elif isinstance(body, Landed) and body.landing in intended:
            # One without files changed nothing, and one without names was forgotten: neither can be taken back.
            one = intended[body.landing]
            if one.way.branch or any(file.path for file in one.files):
                stand[body.landing] = intended[body.landing]
        elif isinstance(body, Undone):
            stand.pop(body.landing, None)
    return list(stand.values())


def open_intents(events: Iterable[Event]) -> list[Intent]:
    """Intents that were never closed: a process died while it wrote."""
    still: dict[str, Intent] = {}
    for event in events:
        body = event.body
        if isinstance(body, LandingIntended | UndoIntended):
            still[body.landing.id] = body
        elif isinstance(body, Landed | LandingDropped):
            still.pop(body.landing, None)
        elif isinstance(body, Undone):
            still.pop(body.by, None)
    return list(still.values())


def commit_of(events: Iterable[Event], landing: str) -> str:
    """The id of the commit that a landing made; empty where it made none."""
    bodies = (event.body for event in events)
    return next((body.commit for body in bodies if isinstance(body, Recorded) and body.landing == landing), "")


def unrecorded(events: Iterable[Event]) -> list[Landing]:
    """Landings that stand, and of which it is not recorded what they are in git: a process died before."""
    intended: dict[str, Landing] = {}
    still: dict[str, Landing] = {}
    for event in events:
        body = event.body
        if isinstance(body, LandingIntended) and body.landing.way.kind != "tree":
            intended[body.landing.id] = body.landing
        elif isinstance(body, Landed) and body.landing in intended:
            still[body.landing] = intended[body.landing]
        elif isinstance(body, Recorded | Undone):
            still.pop(body.landing, None)
    return list(still.values())

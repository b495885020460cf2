"""The journal of a repository: decisions, landings and closings, from any process, in the order they happened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from swe_agent.core.decision import Amend, Reject
from swe_agent.core.event import (
    BlockCommented,
    BlockDecided,
    Event,
    Forgotten,
    JobClosed,
    JournalBody,
    Landed,
    LandingDropped,
    LandingIntended,
    UndoIntended,
)
from swe_agent.core.ports import Clock
from swe_agent.core.proposal import Landing
from swe_agent.core.record import JobBook
from swe_agent.store.lines import EventLog, ReadLines


class Journal:
    def __init__(self, path: Path, clock: Clock) -> None:
        self._log = EventLog(path, clock)

    def append(self, job: str, body: JournalBody) -> Event:
        return self._log.append(job, body)

    def events(self, job: str = "") -> tuple[Event, ...]:
        """All events, or those of one job."""
        return tuple(event for event in self._log.events() if not job or event.job == job)

    def read(self, offset: int = 0, mark: int = 0) -> ReadLines:
        """What was written since; all of it, where the journal was rewritten in the meantime."""
        return self._log.read(offset, mark)

    def forget(self, job: str) -> None:
        """Erase the job's source and paths from the journal, keep the counts, and leave a Forgotten."""
        self._log.rewrite(lambda event: _without_source(event) if event.job == job else event)
        self._log.append(job, Forgotten())


def _without_source(event: Event) -> Event:
    body = event.body
    if isinstance(body, BlockDecided):
        decision = body.decision
        if isinstance(decision, Amend):
            decision = replace(decision, lines=())
        elif isinstance(decision, Reject):
            decision = replace(decision, reason="")  # people quote what they refuse
        return replace(event, body=replace(body, path="", decision=decision))
    if isinstance(body, BlockCommented):
        return replace(event, body=replace(body, path="", text=""))
    if isinstance(body, (LandingIntended, UndoIntended)):
        files = tuple(replace(file, path="") for file in body.landing.files)
        bare: Landing = replace(body.landing, files=files, way=replace(body.landing.way, branch="", message=""))
        return replace(event, body=replace(body, landing=bare))
    if isinstance(body, Landed):
        return replace(event, body=replace(body, tests=None))
    if isinstance(body, LandingDropped):
        return replace(event, body=replace(body, why=""))
    if isinstance(body, JobClosed):
        return replace(event, body=replace(body, book=_bare(body.book)))
    return event


def _bare(book: JobBook) -> JobBook:
    return replace(
        book,
        job=replace(book.job, title=""),
        blocks=tuple(replace(block, path="", reason="") for block in book.blocks),
    )

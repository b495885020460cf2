"""The journal of a repository: decisions, landings and closings, from any process, in the order they happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
from swe_agent.core.evidence import Evidence, EvidenceRecorded, Ingested, IngestedEdit
from swe_agent.core.ports import Clock
from swe_agent.core.proposal import Landing
from swe_agent.core.record import JobBook
from swe_agent.store.lines import EventLog, RawLines, ReadLines


class Journal:
    def __init__(self, path: Path, clock: Clock) -> None:
        self._log = EventLog(path, clock)

    def append(self, job: str, body: JournalBody) -> Event:
        return self._log.append(job, body)

    def append_all(self, pairs: Sequence[tuple[str, JournalBody]]) -> tuple[Event, ...]:
        """Many events, each with its job, with one lock and one fsync."""
        return self._log.append_all(pairs)

    def events(self, job: str = "") -> tuple[Event, ...]:
        """All events, or those of one job."""
        if not job:
            return self._log.events()
        said = f'"job":{json.dumps(job)}'.encode()
        events = (event for event, _ in self._log.read_some(lambda line: said in line).events)
        return tuple(event for event in events if event.job == job)

    def of(self, *kinds: type, offset: int = 0, mark: int = 0) -> ReadLines:
        """As `read`, only events of these kinds."""
        said = [f'"type":"{kind.__name__}"'.encode() for kind in kinds]
        read = self._log.read_some(lambda line: any(one in line for one in said), offset, mark)
        return replace(read, events=tuple(pair for pair in read.events if isinstance(pair[0].body, kinds)))

    def read(self, offset: int = 0, mark: int = 0) -> ReadLines:
        """What was written since; all of it, where the journal was rewritten in the meantime."""
        return self._log.read(offset, mark)

    def raw(self, offset: int = 0, mark: int = 0) -> RawLines:
        """What `read` reads, undecoded."""
        return self._log.raw(offset, mark)

    def upto(self, offset: int, mark: int, since: int = 0) -> bytes | None:
        """What stands before an offset, from `since` on; None where the journal was rewritten since that was taken."""
        return self._log.upto(offset, mark, since)

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
    if isinstance(body, EvidenceRecorded):
        return replace(event, body=replace(body, evidence=_NONE))
    if isinstance(body, Ingested):
        return replace(event, body=replace(body, edit=_bare_edit(body.edit), evidence=None))
    return event


_NONE = Evidence(key="", blocks=(), packed="")


def _bare(book: JobBook) -> JobBook:
    return replace(
        book,
        job=replace(book.job, title=""),
        blocks=tuple(replace(block, path="", reason="") for block in book.blocks),
    )


def _bare_edit(edit: IngestedEdit) -> IngestedEdit:
    return replace(edit, id="", session="", path="", author="", base="", reason="")

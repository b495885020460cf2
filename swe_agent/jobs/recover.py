"""Landings that a crash has cut off are closed, forward or back, by the next command that opens the repository."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from swe_agent.core.errors import SweAgentError, TreeMoved
from swe_agent.core.event import (
    Event,
    JournalBody,
    Landed,
    LandingDropped,
    LandingIntended,
    Recorded,
    UndoIntended,
    Undone,
)
from swe_agent.core.evidence import EvidenceRecorded
from swe_agent.core.proposal import TREE, Landing
from swe_agent.desk import write as writing
from swe_agent.desk.images import checkout_of, kept
from swe_agent.desk.write import Recovered
from swe_agent.jobs import attest
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.landings import Intent, open_intents, unrecorded
from swe_agent.jobs.record import Record, is_committed
from swe_agent.repo.recording import taken, untouched
from swe_agent.store.lines import ReadLines, locked

PATIENCE_S = 10.0
"""For another process that writes at this moment; it takes milliseconds, unless somebody has stopped it."""


_KINDS = (LandingIntended, Landed, Recorded, LandingDropped, UndoIntended, Undone, EvidenceRecorded)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """What the journal holds that is not finished, since it was last known that all is."""

    intents: list[Intent]
    unrecorded: list[Landing]
    unattested: list[Event]
    upto: ReadLines

    def __bool__(self) -> bool:
        return bool(self.intents or self.unrecorded or self.unattested)


def recover(kit: Kit) -> None:
    """Close every open intent, and say so. Called before a command gets its Kit."""
    until = kit.time.monotonic() + PATIENCE_S
    while True:
        still = _look(kit)
        if not still:
            _settle(kit, still.upto)
            return
        with locked(kit.place.paths.landing_lock, wait=False) as ours:
            if ours:
                close_all(kit)
                return
        # Who holds the lock is alive, and closes what is open. A hook of its commit must not wait for it.
        if not still.intents:
            return
        if kit.time.monotonic() > until:
            kit.voices.note("a landing is being written by another process, which has not ended yet")
            return
        kit.stop.wait(0.05)


def close_all(kit: Kit) -> None:
    """The same for who holds the lock. It is said before it is recorded, so that no crash can keep it from being
    said."""
    journal = kit.books.journal
    still = _look(kit)
    for intent in still.intents:
        said, body = _close(kit, intent)
        kit.voices.note(said)
        if body is not None:
            journal.append(intent.landing.job, body)
    if still.intents:
        still = _look(kit)
    for one in still.unrecorded:
        commit = untouched(kit.place.git, one.way.branch) if one.way.branch else ""
        if not one.way.branch:
            kit.voices.note(_record(kit, one))
        journal.append(one.job, Recorded(landing=one.id, commit=commit))
    attest.make_good(kit, still.unattested)
    if not still.intents:
        _settle(kit, still.upto)


def _look(kit: Kit) -> _Open:
    try:
        offset, mark = map(int, kit.place.paths.settled.read_text("ascii").split())
    except (OSError, ValueError):
        offset, mark = 0, 0  # from the start: it takes longer, and comes to the same
    read = kit.books.journal.of(*_KINDS, offset=offset, mark=mark)
    events = [event for event, _ in read.events]
    return _Open(
        intents=open_intents(events),
        unrecorded=unrecorded(events),
        unattested=attest.unattested(events),
        upto=read,
    )


def _settle(kit: Kit, upto: ReadLines) -> None:
    """Up to there all is finished, and need not be read by every command."""
    told, path = f"{upto.offset} {upto.mark}", kit.place.paths.settled
    with suppress(OSError, UnicodeDecodeError):
        if upto.offset and (not path.exists() or path.read_text("ascii") != told):
            path.write_text(told, "ascii")


def _close(kit: Kit, intent: Intent) -> tuple[str, JournalBody | None]:
    """Forward or back, in the checkout that it was for, whichever one of the repository this is: what to say, and what
    to record; None where it stays open."""
    one = intent.landing
    kind = "an undo" if isinstance(intent, UndoIntended) else "a landing"
    what = f"put in order: {kind} of {one.job} that a crash had cut off"
    store = kit.place.paths.landing(one.id)
    top = checkout_of(store)
    if top is None or not top.is_dir():
        why = f"its checkout {top} is gone" if top else "what it was to write is not kept here"
        files = " ".join(file.path for file in one.files)
        said = f"{what} could not be completed, for {why}; look at the files: `git diff -- {files}`"
        return said, LandingDropped(landing=one.id, why=why)
    try:
        if one.way.kind == "branch":
            done = Recovered(forward=taken(kit.place.git, one.way.branch) != isinstance(intent, UndoIntended))
        else:
            done = writing.recover(top, one, store)
    except TreeMoved as error:
        said = f"{what.partition(': ')[2]} cannot be closed now, and the next command tries again: {error.message}"
        return said + _kept(error.kept), None
    theirs = f"; it was written to by another program since: {', '.join(done.theirs)}" if done.theirs else ""
    said = f"{what} was {'completed' if done.forward else 'rolled back'}{theirs}{_kept(done.kept)}"
    if not done.forward:
        return said, LandingDropped(landing=one.id, why="rolled back after a crash")
    if isinstance(intent, UndoIntended):
        with suppress(SweAgentError):  # what else is staged by now stays
            Record(kit, top, one.way if one.way.kind == "staged" else TREE, kept(store, one)).after()
        return said, Undone(landing=intent.undoes, by=one.id)
    return said, Landed(landing=one.id)


def _kept(names: Sequence[str]) -> str:
    return f"; what another program had saved meanwhile is kept in {', '.join(names)}" if names else ""


def _record(kit: Kit, one: Landing) -> str:
    """What landed is staged. A commit is not made later: by now it might be on another branch."""
    store = kit.place.paths.landing(one.id)
    top = checkout_of(store)
    what = f"put in order: what has landed of {one.job} before a crash"
    with suppress(SweAgentError):  # where the index or HEAD holds something else by now, it stays as plain changes
        if top is not None and top.is_dir():
            files = kept(store, one)
            if one.way.kind == "staged":
                Record(kit, top, one.way, files).after()
                return f"{what} was staged"
            if is_committed(kit.place.git, top, files):
                return f"{what} was committed"
    return f"{what} is in your files, and was not {'committed' if one.way.kind == 'commit' else 'staged'}"

"""What keeps the place tidy: closing what nobody decided, dropping what is closed, forgetting on request."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox import basepack, leftovers, setup
from sandbox.box import remove_tree
from swe_agent.core.errors import UsageError
from swe_agent.core.event import LandingIntended, UndoIntended
from swe_agent.core.record import JobBook
from swe_agent.jobs import uncommitted
from swe_agent.jobs.decide import close
from swe_agent.jobs.job import find
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.landings import open_intents
from swe_agent.metrics.acceptance import expired
from swe_agent.store.lines import locked
from swe_agent.store.trajectory import Trajectory, job_ids

KEEP_TRAJECTORIES = timedelta(days=90)
"""After a job was closed."""
KEEP_BOXES = timedelta(days=7)
"""After the job was closed: its box is needed for `replay`, and for a second thought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    closed: tuple[str, ...]
    boxes: tuple[str, ...]
    trajectories: tuple[str, ...]
    leftovers: tuple[str, ...]


def gc(kit: Kit) -> Cleaned:
    """Close what has expired, remove boxes and trajectories of jobs closed long enough ago, orphans, and what runs that
    were killed have left half-made."""
    now = kit.time.clock()
    closed = []
    for book in kit.books.ledger.books():
        if book.job.closed or not (expired(book, now) or _ended_without_proposal(book, now)):
            continue
        if _trajectory(kit, book.job.job).runner() is None:
            close(kit, book.job.job, "decided" if book.blocks and not book.open_blocks else "expired")
            closed.append(book.job.job)
    books = {book.job.job: book for book in kit.books.ledger.books()}
    wanted = {intent.landing.job for intent in open_intents(kit.books.journal.events())}
    boxes = []
    for path in sorted(kit.place.paths.boxes.glob("*")):
        if path.name in wanted or _trajectory(kit, path.name).runner() is not None:
            continue
        if path.name not in books or _closed_for(books[path.name], now, KEEP_BOXES):
            remove_tree(path)
            boxes.append(path.name)
    for landing in _old_landings(kit, now):
        remove_tree(kit.place.paths.landing(landing))
    uncommitted.gc(kit, now)
    trajectories = []
    for job in job_ids(kit.place.paths.trajectories):
        if job in books and _closed_for(books[job], now, KEEP_TRAJECTORIES):
            _trajectory(kit, job).erase()
            trajectories.append(job)
    left = [str(leftover.path) for leftover in leftovers.gc(kit.place.paths.boxes)]
    left += basepack.gc(kit.place.paths.packs, unused_s=KEEP_BOXES.total_seconds())
    left += setup.gc(kit.place.paths.set_up, unused_s=KEEP_BOXES.total_seconds())
    return Cleaned(closed=tuple(closed), boxes=tuple(boxes), trajectories=tuple(trajectories), leftovers=tuple(left))


def _old_landings(kit: Kit, now: datetime) -> list[str]:
    """Landings whose images nobody needs any more: they are old, and not half-way."""
    events = kit.books.journal.events()
    half_way = {intent.landing.id for intent in open_intents(events)}
    return [
        body.landing.id
        for event in events
        if isinstance(body := event.body, LandingIntended | UndoIntended)
        and now - datetime.fromisoformat(event.at) >= KEEP_TRAJECTORIES
        and body.landing.id not in half_way
    ]


def _trajectory(kit: Kit, job: str) -> Trajectory:
    return Trajectory(kit.trajectory(job), kit.time.clock)


def _ended_without_proposal(book: JobBook, now: datetime) -> bool:
    """Nothing came of it, and nobody has resumed it for a week."""
    since = book.job.ended_at or book.job.started_at
    return not book.blocks and now - datetime.fromisoformat(since) >= KEEP_BOXES


def _closed_for(book: JobBook, now: datetime, long: timedelta) -> bool:
    return bool(book.job.closed_at) and now - datetime.fromisoformat(book.job.closed_at) >= long


def forget(kit: Kit, job: str) -> str:
    """Erase prompts, answers and source of one job at once. Counts stay, and what has landed stays landed."""
    try:
        id_ = find(kit, job).job
    except UsageError:
        if not kit.books.journal.events(job):
            raise
        id_ = job  # its trajectory is gone already, and only the journal still knows it
    if (pid := _trajectory(kit, id_).runner()) is not None:
        raise UsageError(f"job {id_} is running (pid {pid})", hint=f"stop it first: `swe-agent cancel {id_}`")
    close(kit, id_, "forgotten")
    intents = (event.body for event in kit.books.journal.events(id_))
    images = [body.landing.id for body in intents if isinstance(body, LandingIntended | UndoIntended)]
    kit.books.journal.forget(id_)
    _trajectory(kit, id_).erase()
    remove_tree(kit.place.paths.box(id_))
    remove_tree(kit.place.paths.packs)  # it holds the files that jobs began from; the next job makes it anew
    remove_tree(kit.place.paths.set_up)  # an installed project is a copy of its source
    for landing in images:
        remove_tree(kit.place.paths.landing(landing))
        uncommitted.drop(kit, landing)
    kit.books.ledger.scrub()
    with locked(kit.place.paths.lines.with_suffix(".lock")):  # what was found by its evidence; it is made again
        for path in kit.place.paths.lines.parent.glob(f"{kit.place.paths.lines.name}*"):
            path.unlink(missing_ok=True)
    return id_


def cancel(kit: Kit, job: str) -> tuple[str, int]:
    """Ask the process at work on a job to stop. Its id and the process's."""
    trajectory = find(kit, job)
    pid = trajectory.runner()
    if pid is None:
        raise UsageError(f"job {trajectory.job} is not running", hint="`swe-agent list` shows what is")
    os.kill(pid, signal.SIGTERM)
    return trajectory.job, pid


def running(kit: Kit) -> dict[str, int]:
    """Jobs at work, with the ids of their processes."""
    found = {}
    for job in job_ids(kit.place.paths.trajectories):
        if (pid := _trajectory(kit, job).runner()) is not None:
            found[job] = pid
    return found

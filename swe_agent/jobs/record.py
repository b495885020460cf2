"""What becomes of a landing in git: nothing, staged changes, a commit, or a branch."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.event import TaskStarted
from swe_agent.core.proposal import Proposal, Way
from swe_agent.core.task import Written
from swe_agent.desk.land import Planned
from swe_agent.jobs.job import find
from swe_agent.jobs.kit import Kit
from swe_agent.repo import recording
from swe_agent.repo.git import Git
from swe_agent.repo.recording import Message

SUBJECT = 72
"""Characters of a commit's first line, and of the others."""
COMMITS = 100
"""Of a range, whose authors are named."""

PATIENCE_S = 1.0
"""For another git that has the index in its hands; most take milliseconds."""

_TRAILER = re.compile(r"[A-Za-z][A-Za-z0-9-]*: ")

NOTHING = Message()


class Record:
    """Made before anything is written, so that what cannot be recorded is found in time: TreeMoved where the index or
    HEAD holds something else in the place of the change, or a merge or the like is going on; EnvironmentLacks where the
    index is locked; UsageError where a branch cannot be made."""

    def __init__(self, kit: Kit, top: Path, way: Way, files: Sequence[Planned]) -> None:
        self._git = _at(kit.place.git, top)
        self._way = way
        if way.kind in ("commit", "branch"):
            recording.require_name(self._git)
        if way.kind == "branch":
            recording.require_free(self._git, way.branch)
        if way.kind == "commit":
            recording.require_no_operation(self._git)
        if way.kind in ("staged", "commit"):
            _require_unlocked(kit, recording.lock_of(self._git))
        changed = _changed(files)
        self._staged = recording.entries(self._git, changed, "index") if way.kind in ("staged", "commit") else {}
        self._committed = recording.entries(self._git, changed, "HEAD") if way.kind in ("commit", "branch") else {}

    def branch(self, message: Message) -> str:
        """What is made in the place of changes of the work tree: the id of a branch's commit, if there is to be one."""
        if self._way.kind != "branch":
            return ""
        return recording.branch(self._git, self._way.branch, self._committed, message)

    def after(self, message: Message = NOTHING) -> str:
        """What is made once the files are written: the id of the commit, if there is to be one."""
        made = recording.commit(self._git, self._committed, message) if self._way.kind == "commit" else ""
        if self._staged:
            recording.stage(self._git, self._staged)
        return made


def _require_unlocked(kit: Kit, lock: Path) -> None:
    """EnvironmentLacks where another git does not let go of the index."""
    until = kit.time.monotonic() + PATIENCE_S
    while lock.exists():
        if kit.time.monotonic() > until:
            raise EnvironmentLacks(
                f"the index is locked by {lock}: another git may be running; nothing was written",
                hint="try again when it has ended; if none is running, remove that file",
            )
        kit.stop.wait(0.05)


def is_committed(git: Git, top: Path, files: Sequence[Planned]) -> bool:
    """Whether HEAD holds all of it. TreeMoved where it holds something else."""
    git = _at(git, top)
    return recording.holds(git, recording.entries(git, _changed(files), "HEAD"))


def _at(git: Git, top: Path) -> Git:
    """Paths are those of the top of the checkout, wherever the command was typed."""
    return replace(git, directory=top)


def _changed(files: Sequence[Planned]) -> list[recording.Changed]:
    return [recording.Changed(path=file.path, before=file.before, after=file.after) for file in files]


def message_of(kit: Kit, proposal: Proposal, way: Way) -> Message:
    """Of the commit: what was typed, or a draft; with who helped, and whose work it is where it is another's."""
    if way.kind not in ("commit", "branch"):
        return Message()
    written = _written(kit, proposal)
    author, others = _authors(kit.place.git, written)
    trailers = [f"Co-authored-by: {other}" for other in others]
    trailers += [trailer] if (trailer := trailer_of(kit, proposal)) else []
    return Message(text=_with_trailers(way.message.strip() or _drafted(proposal, written), trailers), author=author)


def trailer_of(kit: Kit, proposal: Proposal) -> str:
    """Who helped; empty where nobody did, or where it is not to be said."""
    if not kit.tuning.trailer or proposal.provenance.engine not in ("model", "repair"):
        return ""
    return f"{kit.tuning.trailer}: swe-agent ({proposal.provenance.model or 'repair'})"


def _written(kit: Kit, proposal: Proposal) -> tuple[Written, ...]:
    """What the change was taken from."""
    if proposal.task.written or proposal.provenance.engine != "range":
        return proposal.task.written
    first = find(kit, proposal.id).first()
    if first is None or not isinstance(first.body, TaskStarted):
        return ()
    base, head = first.body.options.base, first.body.options.head
    told = recording.written(kit.place.git, base, head, at_most=COMMITS)
    return tuple(Written(message=one.text, author=one.author) for one in told)


def _authors(git: Git, written: Sequence[Written]) -> tuple[str, tuple[str, ...]]:
    """Whose name the commit bears where it is not the user's, and who else has a part in it."""
    authors = tuple(dict.fromkeys(one.author for one in written if recording.is_person(one.author)))
    others = tuple(author for author in authors if not recording.is_user(git, author))
    return (others[0], ()) if len(authors) == 1 and others else ("", others)


def _drafted(proposal: Proposal, written: Sequence[Written]) -> str:
    """The message of the only mail or commit as it is; else the task's first line, and what the agent says of its
    work."""
    if len(written) == 1 and written[0].message.strip():
        return written[0].message.strip()
    task = proposal.task.text.strip()
    subject = textwrap.shorten(task.splitlines()[0], SUBJECT, placeholder="…")
    said = "" if proposal.summary.strip() in task else proposal.summary.strip()
    return "\n\n".join(part for part in (subject, "\n".join(textwrap.wrap(said, SUBJECT))) if part)


def _with_trailers(text: str, trailers: Sequence[str]) -> str:
    """Below those that the message has, where it has some."""
    body, _, last = text.rpartition("\n\n")
    block = last.split("\n") if body and all(_TRAILER.match(line) for line in last.split("\n")) else []
    more = [trailer for trailer in trailers if trailer not in block]
    return "\n".join([text, *([""] if more and not block else []), *more, ""])

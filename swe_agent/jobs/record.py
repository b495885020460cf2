"""What becomes of a landing in git: nothing, staged changes, a commit, or a branch."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from swe_agent.core.proposal import Proposal, Way
from swe_agent.desk.land import Planned
from swe_agent.repo import recording
from swe_agent.repo.git import Git

SUBJECT = 72
"""Characters of a commit's first line, and of the others."""


class Record:
    """Made before anything is written, so that what cannot be recorded is found in time: TreeMoved where the index or
    HEAD holds something else in the place of the change, UsageError where a branch cannot be made."""

    def __init__(self, git: Git, top: Path, way: Way, files: Sequence[Planned]) -> None:
        # Paths are those of the top of the checkout, wherever the command was typed.
        self._git = replace(git, directory=top)
        self._way = way
        if way.kind in ("commit", "branch"):
            recording.require_name(self._git)
        if way.kind == "branch":
            recording.require_free(self._git, way.branch)
        changed = [recording.Changed(path=file.path, before=file.before, after=file.after) for file in files]
        self._staged = recording.entries(self._git, changed, "index") if way.kind in ("staged", "commit") else {}
        self._committed = recording.entries(self._git, changed, "HEAD") if way.kind in ("commit", "branch") else {}

    @property
    def committed(self) -> bool:
        """Whether HEAD holds all of it."""
        return recording.holds(self._git, self._committed)

    def branch(self, message: str) -> str:
        """What is made in the place of changes of the work tree: the id of a branch's commit, if there is to be one."""
        if self._way.kind != "branch":
            return ""
        return recording.branch(self._git, self._way.branch, self._committed, message)

    def after(self, message: str) -> str:
        """What is made once the files are written: the id of the commit, if there is to be one."""
        made = recording.commit(self._git, self._committed, message) if self._way.kind == "commit" else ""
        if self._staged:
            recording.stage(self._git, self._staged)
        return made


def message_of(proposal: Proposal, way: Way, trailer: str) -> str:
    """Of the commit: what was typed, or a draft; with who helped, under the trailer's name where there is one."""
    if way.kind not in ("commit", "branch"):
        return ""
    text = way.message.strip() or _drafted(proposal)
    by = proposal.provenance.model or "repair"
    return f"{text}\n\n{trailer}: swe-agent ({by})\n" if trailer else f"{text}\n"


def _drafted(proposal: Proposal) -> str:
    """The task's first line, and what the agent says of its work."""
    task = proposal.task.text.strip()
    subject = textwrap.shorten(task.splitlines()[0], SUBJECT, placeholder="…")
    said = "" if proposal.summary.strip() in task else proposal.summary.strip()
    return "\n\n".join(part for part in (subject, "\n".join(textwrap.wrap(said, SUBJECT))) if part)

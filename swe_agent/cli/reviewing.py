"""What `desk` does: finds or makes the proposal, asks or reads the decisions, and lands what was accepted."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from swe_agent.cli.landing import end_of, land_and_tell, trial_of
from swe_agent.cli.reading import content_of
from swe_agent.cli.session import Session, session
from swe_agent.core.errors import UsageError
from swe_agent.desk.decisions import decisions_in
from swe_agent.desk.desk import Desk
from swe_agent.desk.table import Reviewer
from swe_agent.jobs.decide import close_if_decided, decide, open_desk, reread
from swe_agent.jobs.job import find
from swe_agent.jobs.table import JobTable
from swe_agent.jobs.trial import Trial
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, safe, talk_console
from swe_agent.ui.proposal import evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was typed after `desk`. `decisions` is a file or `-`; empty: a person is asked."""

    target: str
    decisions: str
    test: str
    plain: bool
    land: bool
    sandbox: str
    force: bool
    json: bool
    directory: Path

    @property
    def patch(self) -> bool:
        return self.target == "-"


def review(given: Given) -> int:
    """The exit code."""
    if given.patch and given.decisions == "-":
        raise UsageError("stdin cannot be both the patch and the decisions", hint="put the decisions into a file")
    patch = _read("-") if given.patch else ""
    if given.patch and not patch.strip():
        hint = "pipe one in: `git diff --binary main topic | swe-agent desk -`"
        raise UsageError("there is no patch on stdin", hint=hint)
    with session(given.directory, json=given.json) as at:
        desk = open_desk(at.kit, _job(at, given, patch))
        trial = trial_of(at, given.sandbox)
        if given.decisions:
            desk = decide(at.kit, desk, decisions_in(_read(given.decisions), desk))
        else:
            if given.patch:
                _ask_at_the_terminal(desk)
            table, reviewer = JobTable(at.kit, desk, trial), _reviewer(at, desk, given)
            reviewer.review(table)
            table.refresh()
            desk = table.desk
            if desk.to_land and given.land and not reviewer.confirm_landing(table):
                return _left(at, desk)
        return _end(at, desk, trial, given)


def _left(at: Session, desk: Desk) -> int:
    """The person does not want it to land now."""
    talk_console().print(safe(f"nothing has landed; `swe-agent land {desk.proposal.id}` does it", "yellow"))
    return end_of(at, desk) or 1


def _reviewer(at: Session, desk: Desk, given: Given) -> Reviewer:
    """A full screen where there is one; plain prompts on a dumb terminal, in a pipe, and where they are wanted."""
    plain = at.kit.voices.reviewer
    screen = sys.stdin.isatty() and sys.stdout.isatty()
    dumb = at.opened.settings.environment.get("TERM", "dumb") == "dumb"
    if given.plain or given.json or at.opened.settings["desk.plain"] or dumb or not screen:
        if desk.open and not given.json:
            data_console().print(evidence(desk.proposal.verdict))
        return plain
    from swe_agent.ui.desk_tty import FullScreenReviewer  # takes a second of CPU that nobody else should pay

    return FullScreenReviewer(at.edit, plain)


def _end(at: Session, desk: Desk, trial: Trial, given: Given) -> int:
    if desk.to_land and given.land:
        overruled = not given.decisions  # by the answer that was just given
        land_and_tell(at, desk.proposal.id, trial, force=given.force, overruled=overruled)
        desk = reread(at.kit, desk)
    else:
        close_if_decided(at.kit, desk)
        if given.json:
            left = [block.id for block in desk.open]
            jsonl.print_object("Decided", job=desk.proposal.id, decisions=desk.decisions, open=left)
    return end_of(at, desk)


def _job(at: Session, given: Given, patch: str) -> str:
    """The job that was named, or one that is made of a range or a patch. A name that is both a job's and a revision's
    has to be written as a range to be one."""
    unknown = None
    if not given.patch and ".." not in given.target:
        try:
            return find(at.kit, given.target).job
        except UsageError as error:
            unknown = error
    from swe_agent.cli.opening import open_patch, open_revisions  # loads what runs jobs

    if given.patch:
        return open_patch(at, patch, test=given.test, sandbox=given.sandbox)
    job = open_revisions(at, given.target, test=given.test, sandbox=given.sandbox)
    if not job and unknown:
        raise unknown
    return job or find(at.kit, given.target).job


def _ask_at_the_terminal(desk: Desk) -> None:
    """Stdin was the patch. The terminal takes its place for all that read, a full screen too."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
        os.dup2(terminal, 0)
        os.close(terminal)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # for as long as the program runs
    except OSError as error:
        raise UsageError(
            "stdin was the patch, and there is no terminal to ask at",
            hint=f"decide it with `swe-agent desk {desk.proposal.id}`, or give `--decisions FILE`",
        ) from error


def _read(name: str) -> str:
    return content_of(name, called=name, hint="name a file, or `-` for stdin")

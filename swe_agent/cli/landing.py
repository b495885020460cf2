"""The end of `desk`, `accept` and `land`: what landed, what is open, and the exit code."""

from __future__ import annotations

from swe_agent.cli.session import Session
from swe_agent.desk.desk import Desk
from swe_agent.jobs.land import LandingResult, land
from swe_agent.jobs.trial import Trial
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, line, safe, talk_console
from swe_agent.ui.proposal import evidence


def trial_of(at: Session, sandbox: str) -> Trial:
    """Under the tier that was typed now, else the one that the settings require."""
    return Trial(at.kit, sandbox or str(at.opened.settings["sandbox.tier"]))


def land_and_tell(at: Session, job: str, trial: Trial, *, force: bool) -> LandingResult:
    done = land(at.kit, job, trial=trial, force=force)
    if at.json:
        print_landing(job, done)
    else:
        console = data_console()
        console.print(evidence(done.verdict))
        console.print(line(f"landed: {', '.join(done.files) or 'nothing had to change'}", "bold green"))
        talk_console().print(safe("take it back with `swe-agent undo`", "cyan"))
    return done


def print_landing(job: str, done: LandingResult) -> None:
    """As JSON, whoever landed it."""
    jsonl.print_object("LandingDone", job=job, landing=done.landing, files=done.files, verdict=done.verdict)


def end_of(at: Session, desk: Desk) -> int:
    """1 where blocks are left undecided, or where everything was rejected."""
    left, job = len(desk.open), desk.proposal.id
    if left:
        blocks = "1 block is" if left == 1 else f"{left} blocks are"
        talk_console().print(safe(f"{blocks} left open; go on with `swe-agent desk {job}`", "yellow"))
        return 1
    if not desk.accepted:
        talk_console().print(safe("everything was rejected; your tree is as it was", "yellow"))
        return 1
    return 0

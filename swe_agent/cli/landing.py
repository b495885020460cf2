"""The end of `desk`, `accept` and `land`: what landed, what is open, and the exit code."""

from __future__ import annotations

from swe_agent.cli.session import Session
from swe_agent.core.errors import UsageError
from swe_agent.core.naming import named
from swe_agent.core.proposal import TREE, Way
from swe_agent.desk.desk import Desk
from swe_agent.jobs.land import LandingResult, land
from swe_agent.jobs.trial import Trial
from swe_agent.ui import jsonl
from swe_agent.ui.console import NAMED, data_console, line, safe, talk_console
from swe_agent.ui.proposal import evidence


def trial_of(at: Session, sandbox: str) -> Trial:
    """Under the tier that was typed now, else the one that the settings require."""
    return Trial(at.kit, sandbox or str(at.opened.settings["sandbox.tier"]))


def way_of(*, staged: bool, commit: bool, branch: str, message: str) -> Way:
    """As it was typed. UsageError for what contradicts itself."""
    if staged + commit + bool(branch) > 1:
        raise UsageError("`--staged`, `--commit` and `--branch` are three ways", hint="choose one of them")
    if message and not commit and not branch:
        raise UsageError("a message without a commit", hint="add `--commit`, or `--branch NAME`")
    if staged:
        return Way(kind="staged")
    return Way(kind="commit" if commit else "branch" if branch else "tree", branch=branch, message=message)


def land_and_tell(
    at: Session, job: str, trial: Trial, *, way: Way = TREE, force: bool, overruled: bool = False
) -> LandingResult:
    done = land(at.kit, job, trial=trial, way=way, force=force, overruled=overruled)
    if at.json:
        print_landing(job, done)
    else:
        console = data_console()
        console.print(evidence(done.verdict))
        where = f" in branch {way.branch}" if way.branch else " and staged" if way.kind == "staged" else ""
        where += f", commit {done.commit[:10]}" if done.commit else ""
        console.print(line(f"landed{where}: {named(done.files, NAMED) or 'nothing had to change'}", "bold green"))
        if done.kept:
            where = ", ".join(done.kept)
            talk_console().print(safe(f"what another program saved meanwhile is kept in {where}", "yellow"))
        talk_console().print(safe("take it back with `swe-agent undo`", "cyan"))
    return done


def print_landing(job: str, done: LandingResult) -> None:
    """As JSON, whoever landed it."""
    jsonl.print_object(
        "LandingDone", job=job, landing=done.landing, files=done.files, commit=done.commit, kept=done.kept,
        verdict=done.verdict,
    )  # fmt: skip


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

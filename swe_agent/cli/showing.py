"""A job on stdout: its plan, its proposal, its decisions, its trajectory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from swe_agent.cli.session import Session
from swe_agent.core.diff import split_lines
from swe_agent.core.errors import UsageError
from swe_agent.core.event import BlockDecided, Event, PlanMade, ProposalReady, TaskEnded
from swe_agent.core.proposal import Proposal
from swe_agent.desk.desk import Desk, desk_of
from swe_agent.desk.order import blocks_in_order
from swe_agent.jobs.committed import holding
from swe_agent.jobs.job import proposal_of, spent, started_of
from swe_agent.jobs.landings import standing
from swe_agent.ui.console import data_console, line, safe, sentence
from swe_agent.ui.proposal import cost_line, decision_word, show_proposal
from swe_agent.workspace.box import JobBox

if TYPE_CHECKING:
    from swe_agent.ui.html import ReviewPage

MOST_ASKED = 40
"""Open blocks whose companions are looked for; one takes up to a second where much of a change hangs together."""


def show_job(at: Session, job: str, events: Sequence[Any], console: Console | None = None) -> None:
    console = console or data_console()
    ready = [body for body in events if isinstance(body, ProposalReady)]
    if ready:
        proposal = ready[-1].proposal
        show_proposal(console, proposal, bases_of(at, proposal))
        journal = at.kit.books.journal.events(job)
        if any(isinstance(event.body, BlockDecided) for event in journal):  # also where a landing was taken back
            _decisions(console, desk_of(proposal, journal))
        _commits(console, at, journal)
        return
    started = started_of(job, tuple(events))
    console.print(line(f"{job}: {started.task.text.strip().splitlines()[0]}", "bold"))
    for body in events:
        if isinstance(body, PlanMade):
            console.print(sentence(f"plan: {body.plan.summary}"))
            for number, step in enumerate(body.plan.steps, 1):
                console.print(sentence(f"{number}. {step.text}"))
    ended = [body for body in events if isinstance(body, TaskEnded)]
    console.print(safe(f"{ended[-1].reason}: {ended[-1].message}" if ended else "not ended", "yellow"))
    console.print(safe(cost_line(spent(tuple(events))), "dim"))


def _commits(console: Console, at: Session, journal: Sequence[Event]) -> None:
    """Which commits hold what has landed and still stands, as far as that was noted."""
    stand = {landing.id for landing in standing(journal)}
    git = at.kit.place.git
    for landing, commits in holding(journal).items():
        for one in commits if landing in stand else ():
            told = git.text("log", "-1", "--no-show-signature", "--format=%h %s", one.commit, "--", check=False)
            share = f", {one.lines} of {one.of} lines" if one.lines < one.of else ""
            console.print(line(f"committed: {told or one.commit[:12]}{share}", "dim"))


def save_page(at: Session, job: str, events: Sequence[Any], target: str) -> None:
    """The review page of a job's proposal into a file, or to stdout for `-`."""
    from swe_agent.ui.html import page  # brings Pygments along

    data = page(_review_page(at, proposal_of(job, tuple(events)))).encode()
    if target == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        Path(target).write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}", hint="name a file, or `-` for stdout") from error


def _review_page(at: Session, proposal: Proposal) -> ReviewPage:
    """As the desk has it: files in the order of review, companions, what is wrong with the accepted blocks alone."""
    from swe_agent.cli.landing import trial_of
    from swe_agent.jobs.table import JobTable
    from swe_agent.ui.html import ReviewPage

    desk = desk_of(proposal, at.kit.books.journal.events(proposal.id))
    table = JobTable(at.kit, desk, trial_of(at, ""))
    view = ReviewPage(
        proposal=proposal,
        bases=bases_of(at, proposal),
        changes=table.changes,
        decisions=desk.decisions,
        landed=desk.landed,
        comments=table.comments,
    )
    if not (at.kit.place.paths.box(proposal.id) / "box.json").exists():
        return view
    needs = [need for block in desk.open[:MOST_ASKED] for need in table.needs(block.id)]
    return replace(view, needs=tuple(dict.fromkeys(needs)), faults=table.subset().faults)


def bases_of(at: Session, proposal: Proposal) -> dict[str, tuple[str, ...]]:
    """The lines of each changed file before the change; nothing where the box is gone."""
    root = at.kit.place.paths.box(proposal.id)
    if not (root / "box.json").exists():
        return {}
    contents = JobBox.open(root, at.kit.time.clock).contents(proposal.changes)
    return {c.path: split_lines(contents[c.old.id]) for c in proposal.changes if c.old and c.old.id in contents}


def _decisions(console: Console, desk: Desk) -> None:
    for number, block in enumerate(blocks_in_order(desk.proposal), 1):
        word = decision_word(desk.decisions.get(block.id), landed=block.id in desk.landed)
        console.print(line(f"block {number}  {block.path}  {word}", "dim"))

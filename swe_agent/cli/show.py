"""`show`: one job in full."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, JobId, Json


def show(
    job: JobId = "",
    patch: Annotated[bool, typer.Option("--patch", help="The whole change as a patch for other tools.")] = False,
    trajectory: Annotated[bool, typer.Option("--trajectory", help="Every recorded event, one JSON line each.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="The JSON Schema of what `--json` prints.")] = False,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Also save the view as a picture.")] = None,
    html: Annotated[
        str, typer.Option("--html", metavar="FILE", help="The review page, for a browser; `-` for stdout.")
    ] = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Plan, diff, evidence, cost and decisions of a job."""
    import sys

    from swe_agent.cli.session import session
    from swe_agent.cli.showing import save_page, show_job
    from swe_agent.jobs.job import box_of, load, proposal_of, spent, started_of
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, picture

    if schema:
        jsonl.print_schema()
        return
    with session(directory, json=json) as at:
        log, events = load(at.kit, job)
        if trajectory:
            for event in log.events():
                jsonl.print_event(event)
        elif patch:
            proposal = proposal_of(log.job, events)
            sys.stdout.buffer.write(box_of(at.kit, log.job).patch(proposal.snapshot.tree, proposal.tree))
        elif html:
            save_page(at, log.job, events, html)
        elif json:
            from swe_agent.core.event import ProposalReady

            ready = [body.proposal for body in events if isinstance(body, ProposalReady)]
            decisions = [event.body for event in at.kit.books.journal.events(log.job)]
            jsonl.print_object(
                "Job",
                job=log.job,
                started=started_of(log.job, events),
                proposal=ready[-1] if ready else None,
                journal=decisions,
                spent=spent(events),
                running=log.runner(),
            )
        else:
            console = data_console(record=svg is not None, width=110 if svg else None)
            show_job(at, log.job, events, console)
            if svg:
                svg.write_text(picture(console, f"swe-agent show {log.job}"), encoding="utf-8")

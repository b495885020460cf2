"""`desk`: decide a proposal block by block, then land what was accepted."""

from __future__ import annotations

import typer

from swe_agent.cli.options import HERE, Directory, Force, JobId, Json, Sandbox


def desk(
    job: JobId = "",
    sandbox: Sandbox = "",
    force: Force = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Decide a proposal block by block in plain prompts, then test and land what was accepted.

    Every answer is recorded at once: leave at any time, and go on later.
    """
    from swe_agent.cli.landing import end_of, land_and_tell
    from swe_agent.cli.session import session
    from swe_agent.jobs.decide import ask, close_if_decided, open_desk
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.proposal import evidence

    with session(directory, json=json) as at:
        table = open_desk(at.kit, job)
        if table.open and not json:
            data_console().print(evidence(table.proposal.verdict))
        table = ask(at.kit, table)
        if table.to_land:
            land_and_tell(at, table.proposal.id, sandbox=sandbox, force=force)
            table = open_desk(at.kit, table.proposal.id)
        else:
            close_if_decided(at.kit, table)
            if json:
                left = [block.id for block in table.open]
                jsonl.print_object("Decided", job=table.proposal.id, decisions=table.decisions, open=left)
        raise typer.Exit(end_of(at, table))

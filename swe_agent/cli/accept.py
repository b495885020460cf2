"""`accept`: all open blocks, then land."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Branch, Commit, Directory, Force, JobId, Json, Message, Sandbox, Staged


def accept(
    job: JobId = "",
    block: Annotated[
        list[str] | None,
        typer.Option("--block", help="Only this block, by the beginning of its id; may be given more than once."),
    ] = None,
    staged: Staged = False,
    commit: Commit = False,
    branch: Branch = "",
    message: Message = "",
    sandbox: Sandbox = "",
    force: Force = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Accept all open blocks of a proposal (or some with --block), test them, and land them in your tree."""
    from swe_agent.cli.landing import end_of, land_and_tell, trial_of, way_of
    from swe_agent.cli.session import session
    from swe_agent.desk.decisions import block_named
    from swe_agent.jobs.decide import accept_all, decide, open_desk, reread

    way = way_of(staged=staged, commit=commit, branch=branch, message=message)
    with session(directory, json=json) as at:
        table = open_desk(at.kit, job)
        if block:
            table = decide(at.kit, table, [table.acceptance(block_named(table, one).id) for one in block])
        else:
            table = accept_all(at.kit, table)
        land_and_tell(at, table.proposal.id, trial_of(at, sandbox), way=way, force=force)
        code = end_of(at, reread(at.kit, table))
        raise typer.Exit(0 if block else code)

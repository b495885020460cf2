"""`reject`: all open blocks or some of any, with a reason."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, JobId, Json


def reject(
    job: JobId = "",
    reason: Annotated[
        str, typer.Option("--reason", "-r", help="Why; kept with the decision.", show_default=False)
    ] = "",
    block: Annotated[
        list[str] | None,
        typer.Option("--block", help="Only this block, by the beginning of its id; may be given more than once."),
    ] = None,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="Also those that were accepted and have not landed.")
    ] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Reject all open blocks of a proposal (or only some, with --block). Your tree stays as it is."""
    from swe_agent.cli.session import session
    from swe_agent.core.errors import UsageError
    from swe_agent.desk.decisions import block_named
    from swe_agent.jobs.decide import open_desk, rejectable
    from swe_agent.jobs.decide import reject as reject_blocks
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, safe

    if block and accepted:
        raise UsageError("`--block` and `--accepted` are two ways", hint="leave one of them away")
    with session(directory, json=json) as at:
        table = open_desk(at.kit, job)
        named = dict.fromkeys(block_named(table, one) for one in block or ())
        blocks = tuple(named) or rejectable(table, accepted=accepted)
        table = reject_blocks(at.kit, table, blocks, reason)
        if json:
            jsonl.print_object("Rejected", job=table.proposal.id, blocks=[one.id for one in blocks], reason=reason)
        else:
            counted = "1 block" if len(blocks) == 1 else f"{len(blocks)} blocks"
            data_console().print(safe(f"rejected {counted} of {table.proposal.id}; your tree is as it was"))

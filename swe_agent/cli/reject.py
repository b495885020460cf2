"""`reject`: all open blocks, with a reason."""

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
        list[str] | None, typer.Option("--block", help="Only this block; may be given more than once.")
    ] = None,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Reject all open blocks of a proposal (or some with --block). Your tree stays as it is."""
    from swe_agent.cli.session import session
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.decide import open_desk, reject_all, rejectable
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, safe

    with session(directory, json=json) as at:
        table = open_desk(at.kit, job)
        known = {one.id: one for one in table.proposal.blocks}
        for one in block or ():
            if one not in known:
                raise UsageError(f"there is no block {one}", hint="`swe-agent show` lists them")
        blocks = [known[one] for one in block] if block else list(rejectable(table))
        if not blocks:
            raise UsageError(f"no block of {table.proposal.id} is open", hint="`swe-agent show` tells what was decided")
        table = reject_all(at.kit, table, reason, blocks)
        if json:
            jsonl.print_object("Rejected", job=table.proposal.id, blocks=[one.id for one in blocks], reason=reason)
        else:
            data_console().print(safe(f"rejected {len(blocks)} blocks of {table.proposal.id}; your tree is as it was"))

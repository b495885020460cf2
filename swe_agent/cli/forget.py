"""`forget`: erase a job."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def forget(
    job: Annotated[str, typer.Argument(metavar="ID", help="The job to erase.")],
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Erase prompts, answers and source of one job at once. Counts stay, and so does what has landed."""
    from swe_agent.cli.session import session
    from swe_agent.jobs.housekeeping import forget as erase
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, safe

    with session(directory, json=json) as at:
        id_ = erase(at.kit, job)
        if json:
            jsonl.print_object("Forgotten", job=id_)
        else:
            data_console().print(safe(f"{id_} is forgotten: its prompts, answers and source are erased"))

"""`undo`: take a landing back."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def undo(
    landing: Annotated[
        str,
        typer.Argument(metavar="[ID]", help="A landing or a job; the last landing if left out.", show_default=False),
    ] = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Take the last landing back. What you have written since, elsewhere in those files, stays."""
    from swe_agent.cli.session import session
    from swe_agent.jobs.land import undo as take_back
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, line

    with session(directory, json=json) as at:
        done = take_back(at.kit, landing)
        paths = [file.path for file in done.files]
        if json:
            jsonl.print_object("UndoDone", job=done.job, landing=done.id, files=paths)
        else:
            data_console().print(line(f"taken back: {', '.join(paths)}; its blocks are open again in {done.job}"))

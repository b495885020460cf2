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
    merge: Annotated[
        bool, typer.Option("--merge", help="Keep what you have edited in those files since, where it lies elsewhere.")
    ] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Take the last landing back, exactly. Files that you have edited since are only touched with `--merge`."""
    from swe_agent.cli.session import session
    from swe_agent.core.naming import named
    from swe_agent.jobs.undo import undo as take_back
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import NAMED, data_console, line, safe, talk_console

    with session(directory, json=json) as at:
        taken = take_back(at.kit, landing, keep_edits=merge)
        done = taken.landing
        paths = [file.path for file in done.files]
        if json:
            jsonl.print_object("UndoDone", job=done.job, landing=done.id, files=paths, commit=taken.commit)
            return
        what = f"branch {done.way.branch}" if done.way.branch else named(paths, NAMED)
        data_console().print(line(f"taken back: {what}; its blocks are open again in {done.job}"))
        if taken.commit:
            talk_console().print(
                safe(f"commit {taken.commit[:10]} stays in the history; these files no longer hold it", "cyan")
            )

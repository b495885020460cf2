"""`map`: the repository in a few lines."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.looking import At
from swe_agent.cli.options import HERE, Directory, Json


def map(  # the command's name
    task: Annotated[
        str,
        typer.Argument(
            metavar="[TASK]", help="Show what this task is about first; `-` reads it from stdin.", show_default=False
        ),
    ] = "",
    tokens: Annotated[
        int, typer.Option("--tokens", min=50, help="How long it may be, a token being 4 characters.")
    ] = 1024,
    at: At = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """An outline of the files that matter most: for a task, or as others import them."""
    from swe_agent.cli.looking import opened
    from swe_agent.cli.reading import task_text
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, safe

    with opened(directory, at, json=json, ranking=bool(task)) as index:
        ranked = (index.rank(task_text(task), limit=200) if task else ()) or index.overview()
        drawn = index.repo_map(ranked, tokens=tokens)
        if json:
            jsonl.print_object("RepoMap", text=drawn.text, files=drawn.files, tokens=drawn.tokens)
        else:
            data_console().print(safe(drawn.text), end="", soft_wrap=True)

"""`localise`: where a task belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from swe_agent.cli.looking import At, Limit
from swe_agent.cli.options import HERE, Directory, Json


def localise(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What is to be done; `-` reads it from stdin.")],
    limit: Limit = 10,
    why: Annotated[bool, typer.Option("--why", help="Show what every feature adds to each rank.")] = False,
    at: At = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The files and functions that a task is about, the most likely first. No model is asked."""
    from swe_agent.cli.looking import opened
    from swe_agent.cli.reading import task_text
    from swe_agent.ui import jsonl

    with opened(directory, at, json=json, ranking=True) as index:
        found = index.localise(task_text(task), limit=limit)
        if json:
            jsonl.print_object(
                "Localised",
                files=[
                    {"path": one.path, "score": round(one.score, 4), "why": _rounded(one.why)} for one in found.files
                ],
                functions=[
                    {
                        "path": one.path,
                        "qualified": one.symbol.qualified,
                        "kind": one.symbol.kind,
                        "start": one.symbol.span.start,
                        "end": one.symbol.span.end,
                        "score": round(one.score, 4),
                    }
                    for one in found.functions
                ],
            )
        else:
            from swe_agent.ui.code import localised_text
            from swe_agent.ui.console import data_console

            console = data_console()
            console.print(localised_text(found, why=why), soft_wrap=True)


def _rounded(why: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in why.items()}

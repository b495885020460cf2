"""`localise`: where a task belongs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from swe_agent.cli.leading import Test, led_by
from swe_agent.cli.looking import At, Limit
from swe_agent.cli.options import HERE, Directory, Json, Sandbox


def localise(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What is to be done; `-` reads it from stdin.")],
    limit: Limit = 10,
    why: Annotated[bool, typer.Option("--why", help="Show what every feature adds to each rank.")] = False,
    test: Test = "",
    sandbox: Sandbox = "",
    at: At = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The files and functions that a task is about, the most likely first. No model is asked.

    With `--test` also where the failing tests lead, by the lines that they run and passing tests do not.
    """
    from swe_agent.cli.looking import opened
    from swe_agent.cli.reading import task_text
    from swe_agent.ui import jsonl

    text = task_text(task)
    led = led_by(directory, text, test=test, at=at, sandbox=sandbox, json=json)
    with opened(directory, at, json=json, ranking=True) as index:
        found = index.localise(led.query if led is not None else text, limit=limit)
        if json:
            jsonl.print_object(
                "Localised",
                **({"led": led.suspected} if led is not None else {}),
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
            from swe_agent.ui.code import led_text, localised_text
            from swe_agent.ui.console import data_console

            console = data_console()
            if led is not None and led.suspected.suspects:
                console.print(led_text(led.suspected), soft_wrap=True)
            console.print(localised_text(found, why=why), soft_wrap=True)


def _rounded(why: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in why.items()}

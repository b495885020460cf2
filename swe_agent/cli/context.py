"""`context`: what a model would see of the repository first, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.leading import Test, led_by
from swe_agent.cli.looking import At
from swe_agent.cli.options import HERE, Directory, Json, Sandbox


def context(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What is to be done; `-` reads it from stdin.")],
    tokens: Annotated[int, typer.Option("--tokens", min=200, help="How much of it there may be.")] = 8_000,
    test: Test = "",
    sandbox: Sandbox = "",
    at: At = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The map and the code that a model would see first for a task, and why each piece was chosen.

    A job runs the project's tests before, and shows where those lead that fail; `--test` does so here.
    """
    from swe_agent.cli.looking import opened
    from swe_agent.cli.reading import task_text
    from swe_agent.context.choose import choose
    from swe_agent.core.context import Budget
    from swe_agent.ui import jsonl
    from swe_agent.ui.code import context_text
    from swe_agent.ui.console import data_console

    text = task_text(task)
    led = led_by(directory, text, test=test, at=at, sandbox=sandbox, json=json)
    with opened(directory, at, json=json, ranking=True) as index:

        def read(path: str) -> str | None:
            return index.text(path) if path in index else None

        query, suspects = (led.query, led.suspected.suspects) if led is not None else (text, ())
        chosen = choose(index, query, Budget(tokens=tokens), read, suspects=suspects)
        if json:
            more = {"led": led.suspected, "query": led.query} if led is not None else {}
            jsonl.print_object("Context", context=chosen, tokens=chosen.tokens, **more)
        else:
            data_console().print(context_text(chosen), soft_wrap=True)

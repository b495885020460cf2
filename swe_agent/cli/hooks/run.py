"""`hooks run EVENT`: for frameworks that start hooks themselves."""

from __future__ import annotations

from typing import Annotated

import typer


def run(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="As git calls it, such as `pre-commit`.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGUMENT]...", help="What git gives it.", show_default=False)
    ] = None,
) -> None:
    """Do what the hook of an event does, here and now. Exit code 1 where it blocks, else 0."""
    from swe_agent.core.errors import UsageError
    from swe_agent.hooks.entry import main
    from swe_agent.hooks.stub import EVENTS

    if event not in EVENTS:
        raise UsageError(f"`{event}` is no hook of ours", hint=f"one of {', '.join(EVENTS)}")
    raise typer.Exit(1 if main(event, arguments or []) else 0)

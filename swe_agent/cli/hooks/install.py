"""`hooks install`: our scripts beside what stands there."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def install(
    events: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EVENT]...",
            help="All but prepare-commit-msg if left out; `all` for every one.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Put our hooks beside those that are there: a script of somebody else's runs first, as before, and decides as
    before.

    They work for all work trees of this repository. `git config swe-agent.hooks false` or SWE_AGENT_HOOKS=0 switches
    them off, `git commit --no-verify` passes one by.
    """
    from swe_agent.cli.hooks.placing import installed

    installed(events or [], json=json, directory=directory)

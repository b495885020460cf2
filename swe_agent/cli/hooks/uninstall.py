"""`hooks uninstall`: everything as it was."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def uninstall(
    events: Annotated[
        list[str] | None, typer.Argument(metavar="[EVENT]...", help="All if left out.", show_default=False)
    ] = None,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Take our hooks away, and put back what stood there, as it was."""
    from swe_agent.cli.hooks.placing import uninstalled

    uninstalled(events or [], json=json, directory=directory)

"""`models`: what is usable here, and what it costs."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def models(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Only models whose name holds this.", show_default=False)
    ] = "",
    local: Annotated[bool, typer.Option("--local/--no-local", help="Look for servers on this machine.")] = True,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The models that are usable here: the configured one, local servers, and providers that have a key set."""
    from swe_agent.cli.surveying import survey
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.tables import models_table

    found = survey(directory, name, local=local)
    if json:
        jsonl.print_object("Models", models=[row.as_json() for row in found])
    else:
        data_console().print(models_table(found, name))

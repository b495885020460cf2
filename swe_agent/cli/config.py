"""`config`: the settings that hold here."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def config(
    action: Annotated[
        str, typer.Argument(metavar="show", help="`show` is what there is.", show_default=False)
    ] = "show",
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """The settings that hold in this repository, and with --origin where each comes from."""
    from swe_agent.core.errors import UsageError
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.tables import settings_table
    from swe_agent.wiring.repository import open_settings

    if action != "show":
        raise UsageError(f"`config {action}` is not known", hint="`swe-agent config show --origin`")
    settings = open_settings(directory)
    if json:
        rows = [
            {"name": name, "value": setting.shown, "origin": setting.origin}
            for name, setting in settings.by_name.items()
        ]
        jsonl.print_object("Settings", settings=rows)
    else:
        data_console().print(settings_table(settings, origin=origin))

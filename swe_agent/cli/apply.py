"""`apply`: the edits of a reply that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json, Sandbox


def apply(
    file: Annotated[
        str,
        typer.Argument(metavar="[FILE]", help="The reply; `-`, and nothing, read it from stdin.", show_default=False),
    ] = "-",
    format: Annotated[
        str,
        typer.Option("--format", help="auto, apply-patch, search-replace, symbol, unified or whole-file."),
    ] = "auto",
    test: Annotated[str, typer.Option("--test", help="Test the change before it lands.", show_default=False)] = "",
    check: Annotated[bool, typer.Option("--check", help="Say what it would change, and change nothing.")] = False,
    propose: Annotated[bool, typer.Option("--propose", help="Leave it for the desk instead of landing it.")] = False,
    instructions: Annotated[
        bool, typer.Option("--instructions", help="Print what to tell a model that shall write `--format`.")
    ] = False,
    sandbox: Sandbox = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Land the edits of a reply, from any model and any tool: exactly, or not at all.

    Nothing is run unless `--test` names a command. Take it back with `swe-agent undo`.
    """
    from swe_agent.cli.applying import Given, apply_given, print_instructions

    if instructions:
        print_instructions(format)
        return
    apply_given(
        Given(
            file=Path(file), format=format, test=test, check=check, propose=propose, sandbox=sandbox, json=json,
            directory=directory,
        )
    )  # fmt: skip

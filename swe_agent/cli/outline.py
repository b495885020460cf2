"""`outline`: what a file defines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swe_agent.cli.looking import At
from swe_agent.cli.options import HERE, Directory, Json


def outline(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of the repository.", show_default=False)],
    at: At = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """What a file defines, with lines, signatures and the first words of the documentation."""
    from swe_agent.cli.looking import opened, path_in
    from swe_agent.core.errors import UsageError
    from swe_agent.ui import jsonl
    from swe_agent.ui.code import outline_text, symbol_row
    from swe_agent.ui.console import data_console

    with opened(directory, at, json=json) as index:
        path = path_in(index, directory, file)
        if path is None:
            raise UsageError(
                f"{file} is no file of this repository", hint="name it from where you are, or from its top"
            )
        symbols = index.outline(path)
        if json:
            jsonl.print_object("Outline", path=path, symbols=[symbol_row(symbol) for symbol in symbols])
        else:
            data_console().print(outline_text(symbols, path), soft_wrap=True)

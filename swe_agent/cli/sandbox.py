"""`sandbox`: the sandbox by itself, for any command."""

from __future__ import annotations

from typing import Annotated

import typer

CONTEXT = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Everything after the name is read by the sandbox's own program."""


def sandbox(
    words: Annotated[
        list[str] | None, typer.Argument(help="doctor, run, explain, battery or gc, and what they take")
    ] = None,
) -> None:
    """Run any command in the sandbox, or see what it is made of: `sandbox doctor`, `sandbox run -- CMD`."""
    from sandbox.__main__ import main

    raise typer.Exit(main(words or ["--help"]))

"""`hooks allow FINGERPRINT`: what looks like a secret and is none."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def allow(
    fingerprints: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FINGERPRINT]...", help="As the hook has told them.", show_default=False),
    ] = None,
    staged: Annotated[bool, typer.Option("--staged", help="All that is staged and looks like a secret.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Let what looks like a secret through from now on, for everybody: it is written into `.swe-agent-allow`, which is
    staged, and is to be committed along. The file holds no secret."""
    from swe_agent.cli.hooks.placing import let_through

    let_through(fingerprints or [], staged=staged, json=json, directory=directory)

"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[
    Path,
    typer.Option("-C", "--directory", metavar="DIR", help="Work on the repository around DIR.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of text.")]
JobId = Annotated[
    str,
    typer.Argument(
        metavar="[ID]", help="A job, by its id or the end of it; the last one if left out.", show_default=False
    ),
]
Sandbox = Annotated[
    str,
    typer.Option(
        "--sandbox",
        metavar="TIER",
        help="The sandbox tier to require: isolated, namespaced, restricted or none.",
        show_default=False,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Land even if the accepted blocks alone break tests.")]
Staged = Annotated[bool, typer.Option("--staged", help="Stage what lands, and nothing else.")]
Commit = Annotated[bool, typer.Option("--commit", help="Commit what lands, and nothing else.")]
Branch = Annotated[
    str,
    typer.Option(
        "--branch", metavar="NAME", help="Land in a new branch; your files stay as they are.", show_default=False
    ),
]
Message = Annotated[
    str, typer.Option("--message", "-m", help="Of the commit; drafted if left out.", show_default=False)
]
HERE = Path()

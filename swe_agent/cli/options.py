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
HERE = Path()

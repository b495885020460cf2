"""Options that questions about figures share."""

from __future__ import annotations

from typing import Annotated

import typer

By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAMES", help="Cut by language, model, …; by several with commas.", show_default=False
    ),
]
Since = Annotated[
    str,
    typer.Option(
        "--since",
        metavar="WHEN",
        help="Count from a day on (2026-03-01), or so long back (90d, 12w, 6m).",
        show_default=False,
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print the rows as CSV on stdout.")]

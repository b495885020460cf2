"""`stats export`: figures for a team's own tools."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json
from swe_agent.cli.stats.options import Since


def export(
    format: Annotated[
        str,
        typer.Option(
            "--format",
            help="`json`: one object. `ndjson`: a record a day in the field names of Copilot's usage metrics. `csv`: a "
            "row for each day, feature, language and model.",
        ),
    ] = "json",
    since: Since = "",
    proposals: Annotated[
        bool, typer.Option("--proposals", help="With json: a row for each proposal, under a keyed hash, too.")
    ] = False,
    output: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Write it there; stdout if left out.", show_default=False)
    ] = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Export what was proposed and accepted, by day, language and model, for a team's own tools.

    Sums and keyed hashes alone: no source, paths, prompts, titles, reasons or names. The hashes are made with a key
    that stays on this machine. Nothing is sent anywhere.
    """
    from swe_agent.cli.exporting import written
    from swe_agent.cli.session import session
    from swe_agent.cli.stats.options import day_of
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.export import export as exported

    if format not in ("json", "ndjson", "csv"):
        raise UsageError(f"there is no format `{format}`", hint="`--format` is json, ndjson or csv")
    if json and format != "json":
        raise UsageError(f"`--json` and `--format {format}` are two forms", hint="leave one of them out")
    if proposals and format != "json":
        raise UsageError("rows of proposals are in `--format json` alone", hint="leave `--proposals` or `--format` out")
    with session(directory, json=json) as at:
        first = day_of(since, at.kit.time.clock())
        written(exported(at.kit, first, with_proposals=proposals), format, output)

"""`stats metrics`: what each figure means."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def metrics(
    name: Annotated[
        str,
        typer.Argument(metavar="[NAME]", help="A metric, or how several begin; all if left out.", show_default=False),
    ] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="As in docs/metrics.md.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """What each figure means: numerator, denominator, window, what is left out, source and interval."""
    from swe_agent.core.errors import UsageError
    from swe_agent.metrics.catalogue import metrics as catalogue
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.definitions import definitions, definitions_in_markdown

    found = [metric for metric in catalogue() if metric.name.startswith(name)]
    if not found:
        raise UsageError(f"there is no metric {name!r}", hint=f"there is {', '.join(one.name for one in catalogue())}")
    if json:
        fields = (
            "name", "title", "question", "numerator", "denominator", "window", "exclusions", "source", "units",
            "interval",
        )  # fmt: skip
        rows = [{field: getattr(one, field) for field in fields} | {"cuts": sorted(one.cuts)} for one in found]
        jsonl.print_object("Definitions", metrics=rows)
    elif markdown:
        typer.echo(definitions_in_markdown(found), nl=False)
    else:
        data_console().print(definitions(found))

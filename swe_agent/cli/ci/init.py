"""`ci init`: the files of a pipeline that reviews."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def init(
    platform: Annotated[str, typer.Argument(metavar="github|gitlab", help="Whose pipelines.")],
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Write a pipeline of two stages: one reads the change and may write nothing, one posts and asks no model.

    Files that are there already are kept, unless `--force` is given.
    """
    from swe_agent.cli.ci.writing import write_pipeline
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import line, safe, talk_console

    written, hint = write_pipeline(directory, platform, force=force)
    if json:
        jsonl.print_object("PipelineWritten", platform=platform, files=written)
        return
    console = talk_console()
    for path in written:
        console.print(line(f"wrote {path}"))
    console.print(safe(hint, "cyan"))

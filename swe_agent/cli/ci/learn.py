"""`ci learn`: what people did not want to hear goes into a file that they read, correct and commit."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def learn(
    source: Annotated[str, typer.Option("--from", metavar="github|gitlab", help="Where findings were dismissed.")] = "",
    pull: Annotated[int, typer.Option("--pull", metavar="N", help="In which pull or merge request.", min=1)] = 1,
    project: Annotated[
        str, typer.Option("--project", metavar="NAME", help="OWNER/NAME; the pipeline's own if left out.")
    ] = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Add to `.swe-agent-learnings.md` what people have dismissed of a review, or rejected of proposals, and why.

    Reviews by a model read it, as it is at the base of a change. Nothing is committed.
    """
    from swe_agent.cli.ci.posting import open_forge
    from swe_agent.cli.session import session
    from swe_agent.config.places import process_environment
    from swe_agent.jobs.learning import FILE, dismissed, rejections, written
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, line

    with session(directory, json=json) as at:
        if source:
            lines = list(dismissed(open_forge(source, pull, process_environment(), project=project).read().threads))
        else:
            lines = list(rejections(at.kit))
        place = at.kit.place.checkout.top / FILE
        before = place.read_text("utf-8", "replace") if place.is_file() and not place.is_symlink() else ""
        text, count = written(before, lines)
        if count:
            place.write_text(text, "utf-8", errors="replace")
    if json:
        jsonl.print_object("Learned", file=FILE, new=count, known=len(lines) - count)
    else:
        data_console().print(line(f"{count} new in {FILE}; read it, and commit it" if count else "nothing is new"))

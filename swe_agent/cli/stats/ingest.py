"""`stats ingest`: decisions made elsewhere, taken into the books."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def ingest(
    decisions: Annotated[
        str,
        typer.Option(
            "--decisions",
            metavar="FILE",
            help="One JSON object a line for each decision; `-` reads stdin.",
            show_default=False,
        ),
    ] = "",
    git_ai: Annotated[
        bool, typer.Option("--git-ai", help="Take in what notes of git-ai (`refs/notes/ai`) say of commits here.")
    ] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a line.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Take in decisions that were made with another tool: all of a file or nothing of it, each one once.

    Text is hashed line by line with this repository's key and not kept. Nothing leaves the machine by this.
    """
    from dataclasses import asdict

    from swe_agent.cli.reading import lines_of
    from swe_agent.cli.session import session
    from swe_agent.core.errors import UsageError
    from swe_agent.jobs.given import schema as schema_of_a_line
    from swe_agent.jobs.ingest import ingest as take_in
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, line

    if schema:
        typer.echo(schema_of_a_line(), nl=False)
        return
    if git_ai:
        if decisions:
            raise UsageError("`--git-ai` and `--decisions` are two sources", hint="take in one after the other")
        _git_ai(directory, json=json)
        return
    if not decisions:
        raise UsageError(
            "there is no file of decisions",
            hint="`swe-agent stats ingest --decisions FILE.jsonl`, or `--git-ai` for that tool's notes",
        )
    with session(directory, json=json) as at, lines_of(decisions, called="the decisions") as lines:
        taken = take_in(at.kit, lines)
    if json:
        jsonl.print_object("DecisionsTaken", **asdict(taken))
        return
    said = f"{taken.decisions:,} decisions taken in: {taken.accepted:,} accepted, {taken.rejected:,} rejected"
    known = f"; {taken.known:,} {'was' if taken.known == 1 else 'were'} known already" if taken.known else ""
    data_console().print(line(said + known))


def _git_ai(directory: Path, *, json: bool) -> None:
    from dataclasses import asdict

    from swe_agent.cli.noting import many
    from swe_agent.cli.session import session
    from swe_agent.jobs.git_ai import REF, take_in_notes
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, line, safe, talk_console

    with session(directory, json=json) as at:
        taken = take_in_notes(at.kit)
    if json:
        jsonl.print_object("GitAiTaken", ref=REF, **asdict(taken))
        return
    if taken.unreadable:
        said = f"passed over: {many(taken.unreadable, 'note')} in another format than authorship/3.0.0"
        talk_console().print(safe(said, "yellow"))
    if taken.lost:
        said = f"passed over: notes on {many(taken.lost, 'commit')} not to be found here"
        talk_console().print(safe(said, "yellow"))
    known = f"; {taken.known:,} were known already" if taken.known else ""
    told = many(taken.commits, "commit")
    data_console().print(line(f"notes of git-ai on {told} taken in: {many(taken.lines, 'line')} of agents{known}"))

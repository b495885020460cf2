"""`stats notes`: evidence that goes from clone to clone in `refs/notes/swe-agent`."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json

GROUP = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Keep who wrote which line in git notes, so that other clones can tell it, too.",
)

Remote = Annotated[
    str,
    typer.Option(
        "--remote", metavar="NAME", help="The remote; the only one, or origin, if left out.", show_default=False
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go out, and send nothing.")]
NoLabels = Annotated[
    bool, typer.Option("--no-labels", help="Write evidence alone, and no note on each commit: quicker, and smaller.")
]


@GROUP.command("write")
def write(no_labels: NoLabels = False, json: Json = False, directory: Directory = HERE) -> None:
    """Write what is recorded here, and is not in the notes yet, into `refs/notes/swe-agent`.

    Evidence of accepted blocks (keyed hashes, no text), the key, and a note on each commit that says which of its lines
    are whose. Nothing leaves the machine by this.
    """
    from swe_agent.cli.noting import print_written, write_all
    from swe_agent.cli.session import session

    with session(directory, json=json) as at:
        print_written(write_all(at.kit, labels=not no_labels), json=json)


@GROUP.command("fetch")
def fetch(remote: Remote = "", json: Json = False, directory: Directory = HERE) -> None:
    """Take up the notes of a remote. What is in either is in both afterwards: nothing of yours is overwritten."""
    from swe_agent.cli.noting import print_written
    from swe_agent.cli.session import session
    from swe_agent.jobs.notes_network import fetch as fetched
    from swe_agent.jobs.notes_network import remote_of

    with session(directory, json=json) as at:
        print_written(fetched(at.kit, remote_of(at.kit, remote)), json=json)


@GROUP.command("push")
def push(
    remote: Remote = "",
    dry_run: DryRun = False,
    no_labels: NoLabels = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Write, take up what the remote has, and push both there, never by force.

    What goes out: keyed hashes of the tokens of accepted lines, their paths, sessions, models and times, keyed marks of
    who accepted them, and the key. Never source, prompts or names.
    """
    from swe_agent.cli.noting import print_going, print_pushed, write_all
    from swe_agent.cli.session import session
    from swe_agent.jobs.notes_network import going, remote_of
    from swe_agent.jobs.notes_network import push as pushed

    with session(directory, json=json) as at:
        there = remote_of(at.kit, remote)
        write_all(at.kit, labels=not no_labels)
        sent = going(at.kit, there)
        print_going(sent, dry_run=dry_run, json=json)
        if not dry_run:
            print_pushed(there, pushed(at.kit, there), json=json)


@GROUP.command("export")
def export(
    output: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Where to write it.", show_default=False)
    ] = "",
    format: Annotated[
        str,
        typer.Option(
            "--format",
            help="`bundle`: all notes in one file. `git-ai`: notes of git-ai on the commits, in `refs/notes/ai`. "
            "`agent-trace`: one JSON record a line for each commit.",
        ),
    ] = "bundle",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Write notes as a file for a machine that has no remote in common with this one, or as other tools read them.

    Notes of git-ai that are there already are left alone. They and the records of Agent Trace name paths, sessions and
    models, and no person.
    """
    from swe_agent.cli.noting import export_as
    from swe_agent.cli.session import session

    with session(directory, json=json) as at:
        export_as(at.kit, format, output, json=json)


@GROUP.command("import")
def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Made by `swe-agent stats notes export --output FILE`.")],
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Take up the notes in a file. Notes of git-ai need no import: they are read from `refs/notes/ai`."""
    from pathlib import Path

    from swe_agent.cli.noting import print_written
    from swe_agent.cli.session import session
    from swe_agent.jobs.notes_exchange import import_bundle

    with session(directory, json=json) as at:
        print_written(import_bundle(at.kit, Path(file)), json=json)

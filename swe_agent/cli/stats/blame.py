"""`stats blame`: who wrote which line, as far as it is recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def blame(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH]...", help="Files or folders; all if left out.", show_default=False),
    ] = None,
    revision: Annotated[str, typer.Option("--rev", metavar="REV", help="The commit to look at.")] = "HEAD",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Who wrote which line: a recorded agent, a person, or nobody who is known; how that was found, and how sure it is.

    No hook is needed: what was accepted is found again by keyed hashes, whatever has become of the commits since.
    """
    from swe_agent.cli.session import session
    from swe_agent.jobs.lines import blame as told
    from swe_agent.ui import blame as shown

    with session(directory, json=json) as at:
        files = told(at.kit, revision, at.kit.place.checkout.inside(paths or [], directory))
        if json:
            shown.print_json(revision, files)
        else:
            shown.print_text(files)

"""`hooks draft`: the message of the next commit, by a model."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def draft(
    diff: Annotated[
        str, typer.Option("--diff", metavar="FILE", help="A patch of git's; `-` for stdin.", show_default=False)
    ] = "",
    model: Annotated[str, typer.Option("--model", "-m", help="The model that drafts.", show_default=False)] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="An OpenAI-compatible server.", show_default=False)] = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Print a message for what is staged, drafted by a model. Nothing is committed.

    With `git config swe-agent.draft model` and the prepare-commit-msg hook it stands in the editor where `git commit`
    opens one; what takes longer than 8 seconds is left out there.
    """
    from swe_agent.cli.hooks.drafting import print_draft

    print_draft(diff, {"model": model or None, "base_url": base_url or None}, json=json, directory=directory)

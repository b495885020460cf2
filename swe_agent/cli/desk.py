"""`desk`: decide a proposal block by block, then land what was accepted."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Force, Json, Sandbox


def desk(
    target: Annotated[
        str,
        typer.Argument(
            metavar="[ID|RANGE|-]",
            help="A job, by its id or the end of it, the last one if left out; commits, such as `main..topic`, or a "
            "branch; `-` for a patch on stdin.",
            show_default=False,
        ),
    ] = "",
    decisions: Annotated[
        str,
        typer.Option(
            "--decisions", metavar="FILE", help="Take the decisions from FILE, JSON, one a line.", show_default=False
        ),
    ] = "",
    test: Annotated[
        str, typer.Option("--test", help="Test a range or a patch with this command.", show_default=False)
    ] = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="Plain prompts on a terminal too; `desk.plain` sets it for good.")
    ] = False,
    no_land: Annotated[bool, typer.Option("--no-land", help="Only decide; `land` does the rest later.")] = False,
    sandbox: Sandbox = "",
    force: Force = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Decide a proposal, a range of commits or a patch block by block, then test and land what was accepted.

    Every answer is recorded at once: leave at any time, and go on later.
    """
    from swe_agent.cli.reviewing import Given, review

    code = review(
        Given(
            target=target, decisions=decisions, test=test, plain=plain, land=not no_land, sandbox=sandbox,
            force=force, json=json, directory=directory,
        )
    )  # fmt: skip
    raise typer.Exit(code)

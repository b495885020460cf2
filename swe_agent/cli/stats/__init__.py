"""`stats`: a group of commands, one module each; alone it is the summary of one screen."""

from __future__ import annotations

from importlib import import_module

import typer

from swe_agent.cli.options import HERE, Directory, Json

QUESTIONS: tuple[str, ...] = (
    "acceptance",
    "survival",
    "share",
    "cost",
    "html",
    "compare",
    "metrics",
    "blame",
    "explain",
    "ingest",
    "notes",
    "export",
)
"""Each is a module of this package with a function of the same name, or with a GROUP of further commands."""

GROUP = typer.Typer(invoke_without_command=True, rich_markup_mode="markdown")


@GROUP.callback()
def stats(context: typer.Context, json: Json = False, directory: Directory = HERE) -> None:
    """What is accepted, whether it survives, how much of the code AI wrote, and what a surviving line cost.

    On one screen, each figure with n and a 95 % interval; the commands below say more of each.
    """
    if context.invoked_subcommand is None:
        from swe_agent.cli.stats.summary import summary

        summary(json=json, directory=directory)


for _name in QUESTIONS:
    _module = import_module(f"swe_agent.cli.stats.{_name}")
    if hasattr(_module, "GROUP"):
        GROUP.add_typer(_module.GROUP, name=_name)
    else:
        GROUP.command(_name)(getattr(_module, _name))

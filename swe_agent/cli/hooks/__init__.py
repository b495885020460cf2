"""`hooks`: git's hooks, one module a command."""

from __future__ import annotations

from importlib import import_module

import typer

STEPS: tuple[str, ...] = ("install", "status", "uninstall", "allow", "draft", "run")
"""Each is a module of this package with a function of the same name."""

GROUP = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="git's hooks: no secret and no unfinished merge comes into a commit, and nothing else is in the way.",
)

for _name in STEPS:
    GROUP.command(_name)(getattr(import_module(f"swe_agent.cli.hooks.{_name}"), _name))

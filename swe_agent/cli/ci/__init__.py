"""`ci`: what pipelines need, one module a command."""

from __future__ import annotations

from importlib import import_module

import typer

STEPS: tuple[str, ...] = ("init", "post", "propose", "learn")
"""Each is a module of this package with a function of the same name."""

GROUP = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Reviews in pipelines of GitHub and GitLab."
)

for _name in STEPS:
    GROUP.command(_name)(getattr(import_module(f"swe_agent.cli.ci.{_name}"), _name))

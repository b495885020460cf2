"""`doctor`: what is there, what is missing, what to type."""

from __future__ import annotations

import typer

from swe_agent.cli.options import HERE, Directory, Json


def doctor(json: Json = False, directory: Directory = HERE) -> None:
    """Check this machine and this repository: what is there, what is missing, and what to type."""
    from swe_agent.cli.examining import examine
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console
    from swe_agent.ui.tables import checks_table

    checks = examine(directory)
    if json:
        jsonl.print_object("Doctor", checks=[check.as_json() for check in checks])
    else:
        data_console().print(checks_table(checks))
    raise typer.Exit(3 if any(check.state == "missing" for check in checks) else 0)

"""What `localise` and `context` share: the failing tests of a command, traced where they lead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from swe_agent.jobs.localising import Led

Test = Annotated[
    str,
    typer.Option(
        "--test",
        metavar="COMMAND",
        help="Run these tests in the sandbox, and see where those lead that fail.",
        show_default=False,
    ),
]


def led_by(directory: Path, text: str, *, test: str, at: str, sandbox: str, json: bool) -> Led | None:
    """None where no tests are named. What is found to be wrong with them is said, and ends nothing."""
    if not test:
        return None
    from swe_agent.cli.session import session
    from swe_agent.core.task import RunOptions, Task, kind_of
    from swe_agent.jobs.localising import led
    from swe_agent.ui.console import safe, talk_console
    from swe_agent.workspace.workspace import tier_of

    with session(directory, json=False, flags={"test.command": test, "context.tests": "auto"}) as here:
        settings = here.opened.settings
        options = RunOptions(
            engine="repair",
            sandbox=tier_of(sandbox or settings["sandbox.tier"]).value,
            test_command=(settings["test.command"],),
            base=at,
            limits=settings.limits,
        )
        kit = replace(here.kit, voices=replace(here.kit.voices, tell=_unheard)) if json else here.kit
        found = led(kit, Task(text=text, kind=kind_of(text), source="arguments"), options)
    if not found.suspected.suspects:
        talk_console().print(safe(f"the failing tests tell nothing: {found.suspected.note}", "yellow"))
    return found


def _unheard(_event: object) -> None:
    """With `--json` the answer alone is written."""

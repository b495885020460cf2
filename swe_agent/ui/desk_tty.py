"""The desk on a full screen, for whoever has a terminal. Importing this loads Textual: do so only to open it."""

from __future__ import annotations

from typing import Protocol

from swe_agent.core.plan import Plan
from swe_agent.desk.table import Table
from swe_agent.ui.console import talk_console
from swe_agent.ui.desk_app import DeskApp
from swe_agent.ui.plain import EditFile


class Asks(Protocol):
    """What is asked at a prompt, on whatever screen blocks are decided."""

    def confirm_plan(self, plan: Plan) -> bool: ...

    def confirm_landing(self, table: Table) -> bool: ...


class FullScreenReviewer:
    """Implements desk.table.Reviewer. `edit_file` opens the user's editor on the terminal, which is free then; what is
    no matter of single blocks is asked by `prompts`."""

    def __init__(self, edit_file: EditFile, prompts: Asks) -> None:
        self._edit_file = edit_file
        self._prompts = prompts

    def confirm_plan(self, plan: Plan) -> bool:
        return self._prompts.confirm_plan(plan)

    def confirm_landing(self, table: Table) -> bool:
        return self._prompts.confirm_landing(table)

    def review(self, table: Table) -> None:
        """Until the person leaves. Each decision is recorded when it is made."""
        if not any(change.blocks for change in table.changes):
            return
        app = DeskApp(table, self._edit_file)
        checks = app.desk.checks
        try:
            # Without the mouse the terminal's own selection of text goes on working.
            app.run(mouse=False)
        finally:
            if checks.testing:
                talk_console().print("the tests are still running: waiting for them; Ctrl-C ends that")
            checks.wait()
        failure = app.failure or checks.failure
        if failure is not None:
            raise failure

"""The desk on a full screen, for whoever has a terminal. Importing this loads Textual: do so only to open it."""

from __future__ import annotations

from typing import Protocol

from swe_agent.core.plan import Plan
from swe_agent.desk.table import Table
from swe_agent.ui.console import talk_console
from swe_agent.ui.desk_app import DeskApp
from swe_agent.ui.plain import EditFile


class ConfirmsPlan(Protocol):
    def confirm_plan(self, plan: Plan) -> bool: ...


class FullScreenReviewer:
    """Implements desk.table.Reviewer. `edit_file` opens the user's editor on the terminal, which is free then; a plan
    is confirmed by `plans`."""

    def __init__(self, edit_file: EditFile, plans: ConfirmsPlan) -> None:
        self._edit_file = edit_file
        self._plans = plans

    def confirm_plan(self, plan: Plan) -> bool:
        return self._plans.confirm_plan(plan)

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

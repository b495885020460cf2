"""`stats acceptance`: what becomes of proposed blocks."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Directory, Json
from swe_agent.cli.stats.options import By, Csv, Since

SHOWN = (
    "acceptance.block", "acceptance.strict", "acceptance.decided", "acceptance.line", "acceptance.proposal", "undone",
    "first_try", "attempts", "time_to_decision", "edit_ratio", "acceptance.auto", "acceptance.open", "reject_reasons",
)  # fmt: skip


def acceptance(
    by: By = "", since: Since = "", json: Json = False, csv: Csv = False, directory: Directory = HERE
) -> None:
    """What is accepted of what is proposed, and how sure that is: blocks, lines, proposals, tasks, time and reasons."""
    from swe_agent.cli.stats.measuring import measured

    measured(SHOWN, question="acceptance", by=by, since=since, json=json, csv=csv, directory=directory)

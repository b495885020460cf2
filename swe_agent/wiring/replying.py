"""A reply applied by a program that imports us: what `swe-agent apply` does, without a terminal."""

from __future__ import annotations

import logging
from pathlib import Path

from swe_agent.core.errors import AnswerIsNo
from swe_agent.core.event import Event
from swe_agent.core.plan import Plan
from swe_agent.desk.table import Table
from swe_agent.edits.refusal import Refused
from swe_agent.jobs.kit import Voices
from swe_agent.jobs.reply import Reply, ReplyLanded, check, land_all, propose
from swe_agent.wiring.bugs import versions
from swe_agent.wiring.repository import build_kit, open_repository
from swe_agent.workspace.workspace import tier_of

_log = logging.getLogger("swe_agent")


class _Nobody:
    """Implements desk.table.Reviewer: nobody is there to be asked."""

    def confirm_plan(self, plan: Plan) -> bool:
        return False

    def review(self, table: Table) -> None:
        return

    def confirm_landing(self, table: Table) -> bool:
        return False


def apply_reply(
    text: str,
    directory: Path | str = ".",
    *,
    format: str = "auto",
    test: str = "",
    sandbox: str = "",
    check_only: bool = False,
    propose_only: bool = False,
) -> ReplyLanded | Refused:
    """Land the edits of a model's reply in the repository around `directory`: all of them exactly, or none, with a
    Refused that says why. Nothing is run unless `test` names a command; `sandbox` is the tier that this then needs.

    With `check_only` nothing is changed, and with `propose_only` the proposal is left for the desk. The landing is
    taken back by `swe-agent undo`. AnswerIsNo where the change breaks tests, RepositoryError where there is none.
    """
    opened = open_repository(Path(directory), None)
    voices = Voices(tell=_unheard, on_token=_unheard, progress=_unheard, reviewer=_Nobody(), note=_log.warning)
    kit = build_kit(opened, voices)
    tier = tier_of(sandbox or opened.settings["sandbox.tier"]).value
    reply = Reply(text=text, format=format, test=test, sandbox=tier)
    found = check(kit, reply)
    if isinstance(found, Refused):
        return found
    if check_only:
        return ReplyLanded(changes=found)
    job, ended = propose(kit, reply, found, versions=versions())
    if ended.reason != "proposed" or ended.exit_code:
        raise AnswerIsNo(ended.message, hint=f"`swe-agent show {job}` has the whole story")
    if propose_only:
        return ReplyLanded(changes=found, job=job)
    return ReplyLanded(changes=found, job=job, landing=land_all(kit, reply, job))


def _unheard(_what: Event | str) -> None:
    """Nobody listens."""

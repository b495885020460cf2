"""A proposal for the desk where there is none yet: of commits, or of a patch."""

from __future__ import annotations

from swe_agent.cli.session import Session
from swe_agent.core.errors import AnswerIsNo
from swe_agent.edits.refusal import Refused
from swe_agent.jobs.ranges import open_range
from swe_agent.jobs.reply import Reply, check_patch, propose
from swe_agent.repo.ranges import range_of
from swe_agent.wiring.bugs import versions
from swe_agent.workspace.workspace import tier_of


def open_revisions(at: Session, typed: str, *, test: str, sandbox: str) -> str:
    """The id of the job of a range or a branch; empty where what was typed is neither."""
    found = range_of(at.kit.place.git, typed)
    if found is None:
        return ""
    return open_range(at.kit, found, test=test, sandbox=_tier(at, sandbox), versions=versions())


def open_patch(at: Session, text: str, *, test: str, sandbox: str) -> str:
    """The id of the job of a patch. AnswerIsNo where it does not fit, or changes nothing."""
    reply = Reply(text=text, source="-", test=test, sandbox=_tier(at, sandbox))
    found = check_patch(at.kit, reply)
    if isinstance(found, Refused):
        raise AnswerIsNo(f"the patch does not fit ({found.reason}): {found.summary}", hint=found.details)
    job, ended = propose(at.kit, reply, found, versions=versions())
    if ended.reason != "proposed":
        raise AnswerIsNo(f"the patch came to no proposal: {ended.message}", hint="does it change anything here?")
    return job


def _tier(at: Session, typed: str) -> str:
    return tier_of(typed or at.opened.settings["sandbox.tier"]).value

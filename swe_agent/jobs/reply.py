"""A reply applied at once: checked against the work tree, made a proposal, accepted as a whole and landed."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.event import ReplyTaken, TaskEnded
from swe_agent.core.naming import named
from swe_agent.core.proposal import GIT_PATCH
from swe_agent.core.task import RunOptions, Task
from swe_agent.edits.apply import Applied
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.jobs import patches
from swe_agent.jobs.apply import check_here, name_of
from swe_agent.jobs.decide import accept_all, open_desk
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.land import LandingResult, land
from swe_agent.jobs.look import Repository, store_of
from swe_agent.jobs.patches import PatchFits
from swe_agent.jobs.run import start
from swe_agent.jobs.trial import Trial
from swe_agent.repo.patches import is_beyond_text, is_patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`format` is "auto" or the name of one; `source` is where it comes from, "-" for nowhere that has a name. Nothing
    is run where `test` is empty."""

    text: str
    format: str = "auto"
    source: str = "-"
    test: str = ""
    sandbox: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLanded:
    """`changes` is what the reply comes to; `landing` is None where it was only to be checked or proposed."""

    changes: Applied
    job: str = ""
    landing: LandingResult | None = None


def check(kit: Kit, reply: Reply) -> Applied | Refused:
    """What it would change, and why nothing where it does not fit."""
    repository = Repository(git=kit.place.git, top=kit.place.checkout.top)
    return check_here(repository, reply.text, name_of(reply.text, reply.format), store_of(kit))


def check_patch(kit: Kit, reply: Reply) -> PatchFits | Applied | Refused:
    """A patch by git itself; where git refuses what is text, by our own reading, which knows stale lines
    and wrong counts. What is no patch is read as any reply."""
    data = reply.text.encode("utf-8", "surrogateescape")
    found = patches.judge(kit, data) if is_patch(data) else None
    if isinstance(found, PatchFits) or (found is not None and (found.reason in _FINAL or is_beyond_text(data))):
        return found
    return check(kit, reply)


def check_reply(kit: Kit, reply: Reply) -> PatchFits | Applied | Refused:
    """Any reply, read as text; a patch that changes what is no text is git's to judge."""
    data = reply.text.encode("utf-8", "surrogateescape")
    if reply.format in ("auto", "unified") and is_patch(data) and is_beyond_text(data):
        return patches.judge(kit, data, parsing=True)
    return check(kit, reply)


_FINAL = (Reason.TRUNCATED, Reason.OUTSIDE)
"""Refusals that no other reading of the same patch may overrule."""


def propose(kit: Kit, reply: Reply, found: PatchFits | Applied, *, versions: str) -> tuple[str, TaskEnded]:
    """The job, and how it ended."""
    patch = isinstance(found, PatchFits)
    text = found.title if isinstance(found, PatchFits) else _title(found, reply.source)
    task = Task(text=text, kind="feature" if patch else "fix", source=reply.source)
    command = (reply.test,) if reply.test else ()
    options = RunOptions(engine="apply", sandbox=reply.sandbox, test_command=command)
    format = GIT_PATCH if patch else name_of(reply.text, reply.format)
    return start(kit, task, options, versions=versions, reply=ReplyTaken(format=format, text=reply.text))


def land_all(kit: Kit, reply: Reply, job: str) -> LandingResult:
    """Every block of the proposal."""
    desk = accept_all(kit, open_desk(kit, job), by_policy=True)
    return land(kit, desk.proposal.id, trial=Trial(kit, reply.sandbox))


def _title(found: Applied, source: str) -> str:
    paths = sorted({*found.files, *found.executable})
    return f"apply {'a reply' if source == '-' else source}: {named(paths, 1)}"

"""A reply applied at once: checked against the work tree, made a proposal, accepted as a whole and landed."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.event import ReplyTaken, TaskEnded
from swe_agent.core.task import RunOptions, Task
from swe_agent.edits.apply import Applied
from swe_agent.edits.refusal import Refused
from swe_agent.jobs.apply import check_here, name_of
from swe_agent.jobs.decide import accept_all, open_desk
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.land import LandingResult, land
from swe_agent.jobs.look import Repository, store_of
from swe_agent.jobs.run import start
from swe_agent.jobs.trial import Trial


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


def propose(kit: Kit, reply: Reply, found: Applied, *, versions: str) -> tuple[str, TaskEnded]:
    """The job, and how it ended."""
    task = Task(text=_title(found, reply.source), kind="fix", source=reply.source)
    command = (reply.test,) if reply.test else ()
    options = RunOptions(engine="apply", sandbox=reply.sandbox, test_command=command)
    taken = ReplyTaken(format=name_of(reply.text, reply.format), text=reply.text)
    return start(kit, task, options, versions=versions, reply=taken)


def land_all(kit: Kit, reply: Reply, job: str) -> LandingResult:
    """Every block of the proposal."""
    desk = accept_all(kit, open_desk(kit, job), by_policy=True)
    return land(kit, desk.proposal.id, trial=Trial(kit, reply.sandbox))


def _title(found: Applied, source: str) -> str:
    paths = sorted({*found.files, *found.executable})
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"apply {'a reply' if source == '-' else source}: {paths[0]}{more}"

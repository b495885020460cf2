"""A reply that somebody has already: its edits become a proposal, without a model and, where no test is asked for,
without running anything."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from swe_agent.core.errors import AnswerIsNo
from swe_agent.core.event import ReplyTaken, TaskEnded
from swe_agent.core.proposal import GIT_PATCH
from swe_agent.edits.apply import Applied
from swe_agent.edits.formats import apply_text, format_of
from swe_agent.edits.refusal import Refused
from swe_agent.edits.rename import NamesOf
from swe_agent.index.index import build
from swe_agent.index.store import Store
from swe_agent.jobs import patches
from swe_agent.jobs.job import Job
from swe_agent.jobs.look import Repository, Texts, list_files
from swe_agent.jobs.prepare import baseline_if_asked, open_bench, take_snapshot
from swe_agent.jobs.propose import propose
from swe_agent.repo.versions import earlier_versions
from swe_agent.syntax.faults import new_faults


def name_of(reply: str, name: str) -> str:
    """The format that a reply is in: the one that is named, or with "auto" the one whose marks it holds."""
    found = format_of(reply) if name == "auto" else None
    return found.name if found else name


def check_here(repository: Repository, reply: str, name: str, store: Store) -> Applied | Refused:
    """What a reply would change in the work tree as it is, or why it changes nothing."""
    listing = list_files(repository)
    texts = Texts(listing)
    known = texts.paths

    def read(path: str) -> str | None:
        if path in known:
            return texts.read([path])[0].decode("utf-8", "surrogateescape")
        if repository.top is not None:
            _require_free(repository.top, path)
        return None

    return apply_text(
        reply,
        known,
        read,
        new_faults,
        name,
        older=partial(earlier_versions, repository.git),
        names=NamesOf(lambda: build(listing.files, texts.read, store=store)),
    )


def _require_free(top: Path, path: str) -> None:
    """ValueError where something lies in the way that no edit may touch."""
    place = top
    for part in path.split("/"):
        place /= part
        if place.is_symlink():
            raise ValueError(f"`{path}` goes through a symbolic link")
    if place.is_dir():
        raise ValueError(f"`{path}` is a folder")
    if place.exists():
        raise ValueError(f"`{path}` is there, and git is told not to look at it: it is left alone")


def apply_reply(job: Job) -> TaskEnded:
    """From the recorded reply to a proposal."""
    taken = job.recall(ReplyTaken)
    assert taken is not None, "who starts such a job hands it the reply"
    if taken.format == GIT_PATCH:
        return patches.propose_patch(job, taken)
    box = job.box()
    snapshot = take_snapshot(job, box)
    space = job.workspace(box, snapshot.commit)
    try:
        baseline = baseline_if_asked(job, space)
        bench = open_bench(job, space, box, snapshot, baseline)
        refused = bench.take(taken.text, taken.format)
        if isinstance(refused, Refused):
            raise AnswerIsNo(f"the reply is not applied ({refused.reason}): {refused.summary}", hint=refused.details)
        return propose(job, box, space, bench, snapshot=snapshot, plan=None, summary=job.task.text, targets=())
    finally:
        space.close()

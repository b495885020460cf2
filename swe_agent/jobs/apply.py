"""A reply that somebody has already: its edits become a proposal, without a model and, where no test is asked for,
without running anything."""

from __future__ import annotations

from collections.abc import Collection

from swe_agent.core.edit import Edit
from swe_agent.core.errors import AnswerIsNo
from swe_agent.core.event import BaselineTaken, ReplyTaken, TaskEnded
from swe_agent.edits.apply import Applied, apply
from swe_agent.edits.formats import format_of, parse
from swe_agent.edits.reply import Malformed
from swe_agent.jobs.job import Job
from swe_agent.jobs.look import Repository, Texts, list_files
from swe_agent.jobs.prepare import open_bench, run_baseline, take_snapshot
from swe_agent.jobs.propose import propose
from swe_agent.syntax.faults import new_faults
from swe_agent.verify.baseline import Baseline

NOT_ASKED = "no test was asked for; name a command with `--test`"


def name_of(reply: str, name: str) -> str:
    """The format that a reply is in: the one that is named, or with "auto" the one whose marks it holds."""
    found = format_of(reply) if name == "auto" else None
    return found.name if found else name


def _parsed(reply: str, name: str, files: Collection[str]) -> tuple[Edit, ...]:
    """AnswerIsNo, with what its author has to do, where a reply is no edit or half of one."""
    try:
        return parse(reply, files, name)
    except Malformed as error:
        raise AnswerIsNo(f"the reply is not applied ({error.reason})", hint=error.feedback) from error


def check_here(repository: Repository, reply: str, name: str) -> Applied:
    """What a reply would change in the work tree as it is. AnswerIsNo, as above, also where it does not fit."""
    texts = Texts(list_files(repository))
    known = texts.paths

    def read(path: str) -> str | None:
        return texts.read([path])[0].decode("utf-8", "surrogateescape") if path in known else None

    outcome = apply(_parsed(reply, name, known), read, new_faults)
    if isinstance(outcome, Applied):
        return outcome
    raise AnswerIsNo(f"the reply is not applied ({outcome.reason})", hint=outcome.feedback)


def _untested(job: Job) -> Baseline:
    if job.recall(BaselineTaken) is None:
        job.emit(BaselineTaken(run=None, note=NOT_ASKED))
    return Baseline(command=None, run=None, note=NOT_ASKED)


def apply_reply(job: Job) -> TaskEnded:
    """From the recorded reply to a proposal."""
    taken = job.recall(ReplyTaken)
    assert taken is not None, "who starts such a job hands it the reply"
    box = job.box()
    snapshot = take_snapshot(job, box)
    space = job.workspace(box, snapshot.commit)
    try:
        baseline = run_baseline(job, space) if job.options.test_command else _untested(job)
        bench = open_bench(job, space, box, baseline)
        if refused := bench.edit(_parsed(taken.text, taken.format, set(bench.files()))):
            raise AnswerIsNo("the reply is not applied", hint=refused)
        return propose(job, box, space, bench, snapshot=snapshot, plan=None, summary=job.task.text, targets=())
    finally:
        space.close()

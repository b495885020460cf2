"""A reply that somebody has already: its edits become a proposal, without a model and, where no test is asked for,
without running anything."""

from __future__ import annotations

from collections.abc import Callable, Collection

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

Read = Callable[[str], str | None]
NOT_ASKED = "no test was asked for; name a command with `--test`"


def name_of(reply: str, name: str) -> str:
    """The format that a reply is in: the one that is named, or with "auto" the one whose marks it holds."""
    found = format_of(reply) if name == "auto" else None
    return found.name if found else name


def check(reply: str, name: str, files: Collection[str], read: Read) -> Applied:
    """What a reply would change in these files. AnswerIsNo with what its author has to do where it does not fit."""
    try:
        edits = parse(reply, files, name)
    except Malformed as error:
        raise AnswerIsNo(f"the reply is not applied ({error.reason})", hint=error.feedback) from error
    outcome = apply(edits, read, new_faults)
    if isinstance(outcome, Applied):
        return outcome
    raise AnswerIsNo(f"the reply is not applied ({outcome.reason})", hint=outcome.feedback)


def check_here(repository: Repository, reply: str, name: str) -> Applied:
    """The same in the work tree as it is, of which nothing is changed."""
    texts = Texts(list_files(repository))
    known = texts.paths

    def read(path: str) -> str | None:
        return texts.read([path])[0].decode("utf-8", "surrogateescape") if path in known else None

    return check(reply, name, known, read)


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
        check(taken.text, taken.format, set(bench.files()), bench.read)
        refused = bench.edit(parse(taken.text, set(bench.files()), taken.format))
        assert refused is None, "it was checked on the same files"
        return propose(job, box, space, bench, snapshot=snapshot, plan=None, summary=job.task.text, targets=())
    finally:
        space.close()

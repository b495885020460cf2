"""The message of a commit, drafted by a model from what is staged. Recorded as a job, so that what was asked, answered
and spent can be seen, and counts.
"""

from __future__ import annotations

import re

from swe_agent.core import added
from swe_agent.core.errors import LimitReached, ModelError
from swe_agent.core.event import LimitHit, TaskEnded, TaskStarted
from swe_agent.core.known_secrets import KnownSecrets
from swe_agent.core.task import RunOptions, Task
from swe_agent.jobs.job import Job, spent
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.talk import open_speaker
from swe_agent.prompts.render import prompt
from swe_agent.store.trajectory import Trajectory

RECENT = 12
"""Commits whose form is shown."""
MOST = 40_000
"""Letters of a patch that are shown."""
ANSWER_TOKENS = 600
WIDTH, LINES = 100, 12
"""Of a first line, and of a message: whatever is beyond is not what was asked for."""
_TRAILER = re.compile(r"(?:Signed-off-by|Co-authored-by|Assisted-by|Reviewed-by|Generated-by): ", re.IGNORECASE)
_FENCE = re.compile(r"```\w*\n(.*?)\n```", re.DOTALL)


def draft(kit: Kit, options: RunOptions, versions: str, patch: str) -> str:
    """Empty where the model had nothing to say. Raises ModelError or LimitReached."""
    trajectory = Trajectory(kit.trajectory(kit.time.new_id()), kit.time.clock)
    task = Task(text="draft a commit message", kind="complete", source="hook")
    top = str(kit.place.checkout.top)
    started = TaskStarted(task=task, options=options, checkout=top, versions=versions)
    job = Job(kit, trajectory, started, ())
    with trajectory.running():
        job.emit(started)
        try:
            said = _asked(job, patch)
        except (ModelError, LimitReached) as error:
            if isinstance(error, LimitReached):
                so_far = spent(tuple(event.body for event in trajectory.events()))
                job.emit(LimitHit(limit=error.limit, detail=error.message, spent=so_far))
            job.emit(TaskEnded(reason="failed", exit_code=error.exit_code, message=error.message))
            raise
        except BaseException:
            job.emit(TaskEnded(reason="interrupted", exit_code=130, message="interrupted"))
            raise
        job.emit(TaskEnded(reason="drafted", exit_code=0))
    return said


def _asked(job: Job, patch: str) -> str:
    speaker = open_speaker(job)
    redact = speaker.redact = KnownSecrets(job.kit.tuning.secrets).redact
    form = ("log", f"-{RECENT}", "--no-merges", "--no-show-signature", "--format=%s")
    shown = patch if len(patch) <= MOST else f"{patch[:MOST]}\n… and more, which is not shown"
    question = prompt("drafter-question").render(
        recent=job.kit.place.git.text(*form, check=False),
        files="\n".join(file.path for file in added.read(patch.encode("utf-8", "surrogateescape"))),
        change=shown,
        mark=job.kit.time.new_key().hex()[:12],
    )
    effort = job.options.effort
    reply = speaker.question("summariser", prompt("drafter").render(), question, effort=effort, most=ANSWER_TOKENS)
    return "" if reply.finish == "refusal" else message_in(redact(reply.content))


def message_in(said: str) -> str:
    """What of an answer can be the message of a commit: without a fence around it, without trailers, and no longer than
    a person reads.

    >>> message_in("```\\nfix: read the whole file\\n\\n\\nIt was cut.\\nSigned-off-by: M <m@localhost>\\n```")
    'fix: read the whole file\\n\\nIt was cut.'
    """
    found = _FENCE.search(said)
    rows = [row.rstrip() for row in (found[1] if found else said).strip().split("\n") if not _TRAILER.match(row)]
    first = rows[0].strip("`\"' ") if rows else ""
    if not first or len(first) > WIDTH:
        return ""
    text = "\n".join(rows[1:LINES]).strip("\n")
    return f"{first}\n\n{text}" if text else first

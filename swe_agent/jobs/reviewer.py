"""A model that reviews: several passes over the change, each with something of its own to look for, and a verifier that
has to tell how it fails. It has no tools, sees no environment, and whatever it says becomes findings or nothing.

Recorded as a job, so that what was asked, answered and spent can be seen, and counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from swe_agent.agent.speaker import Speaker
from swe_agent.core.errors import LimitReached, ModelError
from swe_agent.core.event import LimitHit, TaskEnded, TaskStarted
from swe_agent.core.known_secrets import KnownSecrets, values_of
from swe_agent.core.secrets import is_secret_file
from swe_agent.core.task import RunOptions, Task
from swe_agent.jobs.job import Job, spent
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.learning import learned
from swe_agent.jobs.review import Change, Said
from swe_agent.jobs.talk import open_speaker
from swe_agent.prompts.render import prompt
from swe_agent.review.anchor import Anchors
from swe_agent.review.asking import distinct, findings_in, fitting, judged, listed, redacted, verdicts_in
from swe_agent.review.briefing import Brief, briefs, shards
from swe_agent.review.findings import Finding
from swe_agent.review.result import MODEL, Check, Covered
from swe_agent.store.trajectory import Trajectory

FOCI = (
    "faults in what the code does: results that are wrong, cases that nobody handles, callers that are broken, what "
    "happens on the way out by an error, data that is lost or written twice.",
    "faults of security, resources and concurrency: input that is trusted and comes from outside, injection, paths and "
    "permissions, secrets that are told; what is opened and not closed, waits without an end, races, work that grows "
    "out of proportion.",
    "promises that no longer hold: what callers, stored data, other versions, settings and documents rely on; renames "
    "that are half done, leftovers of the old way; tests that would pass without the change, or claim nothing.",
)
ANSWER_TOKENS = 4_096
NAMED = 30
"""Files that are named of those that a question does not show."""
ABOUT = 4_000
"""Letters of what its maker says of the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """`about` is what is said of the change, as in a pull request; `known` are files whose change a model has seen."""

    kit: Kit
    options: RunOptions
    versions: str
    about: str = ""
    known: Collection[str] = field(default_factory=frozenset)

    def __call__(self, change: Change) -> Said:
        shown, passed = briefs(change.reviewed)
        coverage = {one.path: Covered(path=one.path, state="skipped", why=one.why) for one in passed}
        new = [one for one in shown if one.path not in self.known]
        check = Check(name=MODEL, state="ran", before=tuple(one.path for one in shown if one.path in self.known))
        if not new:
            return Said(checks=(replace(check, paths=()),), coverage=_gaps(coverage.values()))
        trajectory = Trajectory(self.kit.trajectory(self.kit.time.new_id()), self.kit.time.clock)
        task = Task(text=f"review {change.called}", kind="review", source="review")
        started = TaskStarted(
            task=task, options=self.options, checkout=str(self.kit.place.checkout.top), versions=self.versions
        )
        job = Job(self.kit, trajectory, started, ())
        with trajectory.running():
            job.emit(started)
            asked = _Asked(job, change, self._about(change)[:ABOUT], self.kit.time.new_key().hex()[:12])
            asked.learned = learned(self.kit.place, change.compared.base)
            try:
                asked.all(shards(new))
            except BaseException:
                job.emit(TaskEnded(reason="interrupted", exit_code=130, message="interrupted"))
                raise
            job.emit(TaskEnded(reason="reviewed", exit_code=0, message=asked.trouble))
        coverage |= asked.coverage
        seen = tuple(one.path for one in new if coverage[one.path].state == "full")
        check = replace(check, state="failed" if asked.trouble else "ran", why=asked.trouble, paths=seen)
        return Said(
            findings=tuple(asked.findings),
            checks=(check,),
            coverage=_gaps(coverage.values()),
            spent=spent(tuple(event.body for event in trajectory.events())),
        )

    def _about(self, change: Change) -> str:
        """What was said of the change beside it, and what its commits say of themselves."""
        base, head = change.compared.base, change.compared.head
        git = self.kit.place.git
        commits = f"{base}..{head}" if base else head
        said = git.text("log", "--reverse", "--format=%B", commits, check=False) if head else ""
        return f"{self.about}\n\n{said}".strip()


def _gaps(covered: Collection[Covered]) -> dict[str, Covered]:
    return {one.path: one for one in covered if one.state != "full"}


def _secrets_in(change: Change) -> Iterator[str]:
    for (_, path), data in change.compared.contents.items():
        if is_secret_file(path):
            yield from values_of(data.decode("utf-8", "replace"))


class _Asked:
    """One review as it goes on. `trouble` is why it ended early."""

    def __init__(self, job: Job, change: Change, about: str, mark: str) -> None:
        self._job = job
        self._change = change
        self._about = about
        self._mark = mark
        self._secrets = KnownSecrets((*job.kit.tuning.secrets, *_secrets_in(change)))
        self.findings: list[Finding] = []
        self.coverage: dict[str, Covered] = {}
        self.learned = ""
        """What people have made of earlier findings."""
        self._scope = ""
        self.trouble = ""

    def all(self, parts: Sequence[Sequence[Brief]]) -> None:
        try:
            speaker = open_speaker(self._job)
            speaker.redact = self._secrets.redact
        except (ModelError, LimitReached) as error:
            self.trouble = error.message
            speaker = None
        for number, part in enumerate(parts, 1):
            if speaker is not None and not self.trouble:
                self._job.kit.voices.progress(f"a model reviews part {number} of {len(parts)}")
                self._part(speaker, part)
            else:
                self._cover(part, 0)

    def _part(self, speaker: Speaker, part: Sequence[Brief]) -> None:
        files = "\n\n".join(one.text for one in part)
        paths = [one.path for one in part]
        index = self._change.reviewed.index.files
        others = [file.path for file in index if file.path not in paths]
        self._scope = f"{len(index)} changed; shown here: {len(paths)}"
        if others:
            self._scope += f"; changed too and not shown here: {', '.join(others[:NAMED])}"
            self._scope += " …" if len(others) > NAMED else ""
        found: list[Finding] = []
        passes = 0
        try:
            for focus in FOCI:
                self._job.check_time()
                found += findings_in(self._ask(speaker, "reviewer-task", files, focus=focus), paths)
                passes += 1
        except (ModelError, LimitReached) as error:
            self._stop(error)
        try:
            self._verify(speaker, files, distinct(found))
        except (ModelError, LimitReached) as error:
            self._stop(error)
        self._cover(part, passes)

    def _verify(self, speaker: Speaker, files: str, found: Sequence[Finding]) -> None:
        """Nothing is told that was not verified."""
        if not found or self.trouble:
            return
        anchors = Anchors(self._change.reviewed)
        claims = listed([(one, anchors.of(one)) for one in found], self._change.reviewed)
        verdicts = verdicts_in(self._ask(speaker, "verifier-task", files, claims=claims), len(found))
        kept, _ = judged(found, verdicts)
        for finding in kept:
            fits = fitting(finding, anchors.of(finding), self._change.reviewed)
            self.findings.append(redacted(fits, self._secrets.redact))

    def _ask(self, speaker: Speaker, name: str, files: str, **more: str) -> str:
        """All questions about the same files begin alike, so that they are paid for once."""
        asked = prompt("reviewer-question").render(
            about=self._about, learned=self.learned, files=files, scope=self._scope, mark=self._mark
        )
        question = f"{asked}\n{prompt(name).render(mark=self._mark, **more)}"
        reply = speaker.question(
            "reviewer", prompt("reviewer").render(), question, effort=self._job.options.effort, most=ANSWER_TOKENS
        )
        return "" if reply.finish == "refusal" else reply.content

    def _stop(self, error: ModelError | LimitReached) -> None:
        self.trouble = error.message
        if isinstance(error, LimitReached):
            so_far = spent(tuple(event.body for event in self._job.trajectory.events()))
            self._job.emit(LimitHit(limit=error.limit, detail=error.message, spent=so_far))

    def _cover(self, part: Sequence[Brief], passes: int) -> None:
        for one in part:
            if not passes:
                covered = Covered(path=one.path, state="partial", why=f"no model has seen it: {self.trouble}")
            elif self.trouble:
                done = f"{passes} of {len(FOCI)} passes, none verified"
                covered = Covered(path=one.path, state="partial", why=f"{done}: {self.trouble}")
            elif not one.is_whole:
                covered = Covered(path=one.path, state="partial", why="too long to be shown whole")
            else:
                covered = Covered(path=one.path, state="full")
            self.coverage[one.path] = covered

"""Histories of jobs as Hypothesis draws them: what a repository's logs may hold after some weeks of work.

Each step is a function that appends to real logs; the order between jobs is free, as it is between processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import strategies as st

from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import FileChange, FileEntry, diff_file
from swe_agent.core.event import (
    BlockDecided,
    Continued,
    Event,
    JobClosed,
    JournalBody,
    Landed,
    LandingDropped,
    LandingIntended,
    ModelAnswered,
    ModelAsked,
    ProposalReady,
    Superseded,
    TaskEnded,
    TaskStarted,
    ToolUsed,
    TrajectoryBody,
    UndoIntended,
    Undone,
)
from swe_agent.core.evidence import Ingested, IngestedBlock, IngestedEdit
from swe_agent.core.message import Message
from swe_agent.core.proposal import LandedFile, Landing, Proposal, Provenance, Snapshot
from swe_agent.core.record import JobBook
from swe_agent.core.task import RunOptions, Task
from swe_agent.core.usage import Cost, Spent, Usage
from swe_agent.core.verdict import Verdict
from swe_agent.metrics.fold import fold
from swe_agent.metrics.tallies import Tallies
from swe_agent.store.journal import Journal
from swe_agent.store.ledger import Ledger
from swe_agent.store.trajectory import Trajectory

SECRET_WORD = "zanzibar"
"""Stands in every piece of source, path, prompt and reason, so that one search finds what was not erased."""
JOBS = ("20260101-120000-aaaa", "20260102-120000-bbbb", "20260103-120000-cccc")


def ticking(
    start: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC), pace: timedelta = timedelta(seconds=1)
) -> Callable[[], datetime]:
    """A clock that is a second later every time it is looked at, or as much later as is said."""
    ticks = iter(range(10**9))
    return lambda: start + next(ticks) * pace


def change(number: int, blocks: int) -> FileChange:
    base = "".join(f"{SECRET_WORD} {n}\n\n" for n in range(blocks)).encode()
    return diff_file(
        f"src/{SECRET_WORD}{number}.py",
        FileEntry(mode="100644", id="1" * 40),
        FileEntry(mode="100644", id="2" * 40),
        base,
        base.replace(b"zanzibar", b"new zanzibar"),
    )


def proposal(job: str, changes: tuple[FileChange, ...], model: str = "m", attempt: int = 1) -> Proposal:
    return Proposal(
        id=job,
        task=Task(text=f"fix {SECRET_WORD}"),
        snapshot=Snapshot(commit="3" * 40, tree="4" * 40, head=None, branch="main", dirty=True),
        tree="5" * 40,
        changes=changes,
        verdict=Verdict(note=SECRET_WORD),
        provenance=Provenance(
            engine="model", model=model, prompt_version="1", edit_format="replace", task_kind="fix", attempt=attempt
        ),
        spent=Spent(),
        summary=SECRET_WORD,
    )


@dataclass
class History:
    """Real logs in a folder, the ledger beside them, and what was appended, for the pure fold."""

    folder: Path
    pace: timedelta = timedelta(seconds=1)
    events: dict[str, list[Event]] = field(default_factory=dict)
    landings: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = ticking(pace=self.pace)
        self.journal = Journal(self.folder / "journal.jsonl", self.clock)
        self.ledger = self.another_ledger("ledger.db")
        self.blocks: dict[str, tuple[str, ...]] = {}
        self.calls: dict[str, int] = {}
        self._landing = 0

    def another_ledger(self, name: str) -> Ledger:
        return Ledger(self.folder / name, self.folder / "trajectories", self.journal, fold, Tallies())

    def trajectory(self, job: str) -> Trajectory:
        return Trajectory(self.folder / "trajectories" / f"{job}.jsonl", self.clock)

    def say(self, job: str, body: TrajectoryBody) -> None:
        self.events.setdefault(job, []).append(self.trajectory(job).append(body))

    def write(self, job: str, body: JournalBody) -> None:
        self.events.setdefault(job, []).append(self.journal.append(job, body))

    # ---- what may happen

    def begin(self, job: str, *, attempt: int = 1, of: str = "", group: str = "") -> None:
        if job not in self.events:
            options = RunOptions(model="m", attempt=attempt, group=group)
            self.say(job, TaskStarted(task=Task(text=f"fix {SECRET_WORD}"), options=options, checkout=""))
            if of:
                self.say(job, Continued(of=of, tree="7" * 40))

    def attempt(self, job: str) -> int:
        first = self.events[job][0].body
        return first.options.attempt if isinstance(first, TaskStarted) else 1

    def ask(self, job: str, usage: Usage, cost: Cost) -> None:
        number = self.calls[job] = self.calls.get(job, 0) + 1
        question = (Message(role="user", content=SECRET_WORD),)
        self.say(job, ModelAsked(call=number, role="editor", model="m", new=question, request_hash=""))
        answer = ModelAnswered(
            call=number, role="editor", model="m", content=SECRET_WORD, tool_calls=(), finish="stop",
            usage=usage, cost=cost, seconds=0.1,
        )  # fmt: skip
        self.say(job, answer)

    def use(self, job: str) -> None:
        self.say(job, ToolUsed(call_id="1", name="read", arguments="{}", result=SECRET_WORD, ok=True, seconds=0.0))

    def propose(self, job: str, blocks: int, attempt: int = 1) -> None:
        changes = (change(1, blocks), change(2, 1))
        self.blocks[job] = tuple(block.id for one in changes for block in one.blocks)
        self.say(
            job, ProposalReady(proposal=proposal(job, changes, attempt=attempt), languages={changes[0].path: "python"})
        )
        self.say(job, TaskEnded(reason="proposed", exit_code=0))

    def decide(self, job: str, decision: Decision, by_policy: bool) -> None:
        body = BlockDecided(
            decision=decision, path=f"src/{SECRET_WORD}1.py", language="python", lines=1,
            by="policy" if by_policy else "person",
        )  # fmt: skip
        self.write(job, body)

    def _new_landing(self, job: str) -> Landing:
        self._landing += 1
        file = LandedFile(path=f"src/{SECRET_WORD}1.py", before=None, after=FileEntry(mode="100644", id="6" * 64))
        return Landing(id=f"landing-{self._landing:03}", job=job, files=(file,))

    def land(self, job: str, *, crash: bool) -> None:
        landing = self._new_landing(job)
        self.write(job, LandingIntended(landing=landing))
        if crash:
            self.write(job, LandingDropped(landing=landing.id, why=SECRET_WORD))
        else:
            self.write(job, Landed(landing=landing.id))
            self.landings.setdefault(job, []).append(landing.id)

    def undo(self, job: str, *, crash: bool) -> None:
        if not self.landings.get(job):
            return
        way_back, undoes = self._new_landing(job), self.landings[job][-1]
        self.write(job, UndoIntended(landing=way_back, undoes=undoes))
        if crash:
            self.write(job, LandingDropped(landing=way_back.id, why=SECRET_WORD))
        else:
            self.write(job, Undone(landing=undoes, by=way_back.id))
            self.landings[job].pop()

    def supersede(self, job: str) -> None:
        self.write(job, Superseded(by="other", why=SECRET_WORD))

    def ingest(self, name: str, *, accepted: bool, blocks: int, session: str = "", author: str = "") -> None:
        """A decision of another tool; the same name again is the same one."""
        edit = IngestedEdit(
            id=name, session=session, path=f"src/{SECRET_WORD}.go", language="go", model="other", author=author,
            base="", at=f"2026-01-0{1 + sum(name.encode()) % 2}T10:00:00Z", accepted=accepted,
            reason="" if accepted else SECRET_WORD,
            blocks=tuple(IngestedBlock(id=f"{name}{n}", added=n, removed=0, lines=n) for n in range(blocks)),
        )  # fmt: skip
        self.write(f"ingest-{name}", Ingested(edit=edit))

    def close(self, job: str) -> None:
        book = self.ledger.book(job)
        if book is not None and not book.job.closed:
            self.write(job, JobClosed(reason="decided", book=book))

    # ---- what the books should say

    def expected(self) -> tuple[JobBook, ...]:
        """Of our own jobs."""
        return tuple(book for book in self.expected_all() if book.job.is_ours)

    def expected_all(self) -> tuple[JobBook, ...]:
        """The pure fold of what was appended: of each job, the trajectory first."""
        books = []
        for job, events in self.events.items():
            own = [event for event in events if not isinstance(event.body, JOURNAL)]
            later = [event for event in events if isinstance(event.body, JOURNAL)]
            if book := fold(job, [*own, *later]):
                books.append(book)
        return tuple(sorted(books, key=lambda book: (book.job.started_at, book.job.job)))


JOURNAL = (
    BlockDecided, LandingIntended, Landed, LandingDropped, UndoIntended, Undone, Superseded, JobClosed, Ingested
)  # fmt: skip
Step = Callable[[History], None]
KINDS = ("begin", "ask", "use", "propose", "decide", "decide", "land", "undo", "close")

usages = st.builds(
    Usage, input_tokens=st.integers(0, 10**6), output_tokens=st.integers(0, 10**5), estimated=st.booleans()
)
costs = st.builds(Cost, nano_usd=st.integers(0, 10**12) | st.none())


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """One thing that happens to one job. What makes no sense yet (a decision before a proposal) does nothing."""
    job = draw(st.sampled_from(JOBS))
    kind = draw(st.sampled_from(KINDS))
    usage, cost, flag, place = draw(usages), draw(costs), draw(st.booleans()), draw(st.integers(0, 5))
    make = draw(st.sampled_from([_accept, _companion, _amend, reject, _defer]))

    def step(history: History) -> None:
        if kind != "begin" and job not in history.events:
            history.begin(job)
        blocks = history.blocks.get(job, ())
        match kind:
            case "begin":
                history.begin(job)
            case "ask":
                history.ask(job, usage, cost)
            case "use":
                history.use(job)
            case "propose" if not blocks:
                history.propose(job, 1 + place % 3, attempt=history.attempt(job))
            case "decide" if blocks:
                history.decide(job, make(blocks[place % len(blocks)]), flag and place > 3)
            case "land" if blocks:
                history.land(job, crash=flag)
            case "undo":
                history.undo(job, crash=flag)
            case "close":
                history.close(job)

    return step


@st.composite
def rarer_steps(draw: st.DrawFn) -> Step:
    """Decisions of other tools, and attempts that go on from another job or take its place."""
    job, other = draw(st.permutations(JOBS))[:2]
    kind = draw(st.sampled_from(["supersede", "ingest", "ingest", "try again", "beside"]))
    flag, place = draw(st.booleans()), draw(st.integers(0, 5))

    def step(history: History) -> None:
        match kind:
            case "supersede" if job in history.blocks:
                history.supersede(job)
            case "ingest":
                name, session = "abcdef"[place], ("", "s")[place > 1]
                history.ingest(
                    name, accepted=flag, blocks=1 + place % 2, session=session, author="someone" * (place % 2)
                )
            # What goes on from a job begins after it; which of the two sorts first by its name is left to chance.
            case "try again" if other in history.events:
                history.begin(job, attempt=2, of=other)
            case "beside" if other in history.events:
                history.begin(job, attempt=2, group=other)

    return step


def _accept(block: str) -> Decision:
    return Accept(block=block)


def _companion(block: str) -> Decision:
    return Accept(block=block, companion_of="other")


def _amend(block: str) -> Decision:
    return Amend(block=block, lines=(f"{SECRET_WORD}\n",))


def reject(block: str) -> Decision:
    return Reject(block=block, reason=SECRET_WORD)


def _defer(block: str) -> Decision:
    return Defer(block=block)


histories = st.lists(st.one_of(steps(), steps(), rarer_steps()), min_size=1, max_size=25)

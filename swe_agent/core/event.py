"""Everything that happens, as values. A job speaks only by these; screens, JSON, ledger and metrics are folds of them.

Two logs hold them: the trajectory of a job, and the journal of the repository for all that comes later. A new kind of
event is a new class here, named in one of the two unions; the codec needs no change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from swe_agent.core.committed import CommitSeen, Rewritten
from swe_agent.core.context import Context
from swe_agent.core.decision import Decision
from swe_agent.core.errors import Limit
from swe_agent.core.evidence import EvidenceRecorded, Ingested
from swe_agent.core.fix import FixesFound
from swe_agent.core.measured import Measured
from swe_agent.core.message import Message, ModelRole, ToolCall
from swe_agent.core.plan import Plan
from swe_agent.core.proposal import Landing, Proposal, Snapshot
from swe_agent.core.record import JobBook
from swe_agent.core.suspicion import Suspected
from swe_agent.core.task import RunOptions, Task
from swe_agent.core.usage import Cost, Spent, Usage
from swe_agent.core.verdict import TestRun

SCHEMA_VERSION = 1

EndReason = Literal[
    "proposed", "no_effect", "planned", "limit", "failed", "interrupted", "cancelled", "declined", "reviewed",
    "drafted",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted:
    """`checkout` is where the user's tree lies; `versions` the program's and the sandbox's."""

    task: Task
    options: RunOptions
    checkout: str
    versions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A later process took the job up again, perhaps with other limits or another model."""

    after_seq: int
    options: RunOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """The work begins with what was accepted of another job's proposal: `tree` is that, on the same base."""

    of: str
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTaken:
    """What the job applies: a reply that holds edits in a format, from whatever model or tool."""

    format: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotTaken:
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpRan:
    """The user's setup command has installed `products`, or `reused` says that an earlier run had. `requests` are the
    hosts that it asked the network for, with what was refused."""

    command: str
    products: tuple[str, ...]
    reused: bool
    status: int = 0
    seconds: float = 0.0
    requests: tuple[str, ...] = ()
    output_tail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineTaken:
    """`run` is None where there is nothing to run; `note` says why."""

    run: TestRun | None
    command: tuple[str, ...] = ()
    """What runs the tests; empty where nothing does."""
    reason: str = ""
    """How the command was found."""
    flaky: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    files: int
    symbols: int
    languages: dict[str, int]
    """Files of each language."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextChosen:
    context: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEstimated:
    """What the job may come to, before anything is asked: half of such jobs stay below `likely`, nine of ten below
    `high`. `basis` says by what; the costs are unknown where the price is."""

    likely_tokens: int
    high_tokens: int
    likely: Cost
    high: Cost
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAsked:
    """`new` are the messages since the previous question of the same conversation; the prefix is what stood before."""

    call: int
    role: ModelRole
    model: str
    new: tuple[Message, ...]
    request_hash: str
    """Of all messages and tools sent, normalised: the key of a recorded answer."""
    fresh: bool = False
    """The conversation begins anew with `new`: it no longer fitted, and was shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAnswered:
    call: int
    role: ModelRole
    model: str
    content: str
    tool_calls: tuple[ToolCall, ...]
    finish: str
    usage: Usage
    cost: Cost
    seconds: float
    effective: tuple[tuple[str, str], ...] = ()
    """The parameters that were really sent: see ModelReply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditFormatChosen:
    """In which format the model writes its edits, and why in this one."""

    format: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """A stronger model goes on, because evidence was missing."""

    reason: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade:
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUsed:
    """`result` is what the model was told. `tree` is the tree afterwards, where files may have changed."""

    call_id: str
    name: str
    arguments: str
    result: str
    ok: bool
    seconds: float
    tree: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditProposed:
    path: str
    what: str
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRefused:
    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRan:
    argv: tuple[str, ...]
    status: int
    seconds: float
    tier: str
    layers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsRan:
    __test__ = False
    run: TestRun
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkRan:
    """The task's benchmark on the base and on `tree`, in turns."""

    measured: Measured
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitHit:
    limit: Limit
    detail: str
    spent: Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalReady:
    proposal: Proposal
    languages: dict[str, str] = field(default_factory=dict)
    """The language of each changed file that has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a critic says of this job's change beside that of another attempt, where evidence does not tell them apart.
    `why` is empty where it does not clearly prefer the other."""

    other: str
    tree: str
    other_tree: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnded:
    reason: EndReason
    exit_code: int
    message: str = ""


TrajectoryBody = (
    TaskStarted
    | Resumed
    | Continued
    | ReplyTaken
    | SnapshotTaken
    | SetUpRan
    | BaselineTaken
    | Indexed
    | Suspected
    | FixesFound
    | ContextChosen
    | CostEstimated
    | ModelAsked
    | ModelAnswered
    | EditFormatChosen
    | Escalated
    | PlanMade
    | ToolUsed
    | EditProposed
    | EditRefused
    | CommandRan
    | TestsRan
    | BenchmarkRan
    | LimitHit
    | Warned
    | ProposalReady
    | TaskEnded
    | Compared
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDecided:
    """The last decision on a block stands. `by` tells a person from a policy such as `--yes`."""

    decision: Decision
    path: str
    language: str
    lines: int
    """Added lines that are neither blank nor only a bracket; removed ones where none are added."""
    by: Literal["person", "policy"] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCommented:
    """What a person says of a block, for whoever makes the next attempt."""

    block: str
    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingIntended:
    """Written before the first file is touched; with the pre-images kept, a crash can go forward or back."""

    landing: Landing


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    landing: str
    tests: TestRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was to become of a landing in git is done, or was refused and told: only a crash leaves this out. `commit`
    is the id of the commit that was made, if one was."""

    landing: str
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingDropped:
    """An intended landing that was rolled back: nothing of it stands."""

    landing: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoIntended:
    """`landing` is the way back of the landing `undoes`, with an id of its own."""

    landing: Landing
    undoes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """`by` is the id of the UndoIntended that was carried out."""

    landing: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """Another attempt at the same task was chosen, or made. Blocks of this one may still be taken."""

    by: str
    why: str
    blocks: tuple[str, ...] = ()
    """Those that the other job has too, and that count there; empty: all that are undecided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobClosed:
    """Carries the whole book, so that the fold is the same after `gc` has dropped the trajectory."""

    reason: Literal["decided", "expired", "forgotten"]
    book: JobBook


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """Prompts, answers and source of the job are gone, from both logs."""


JournalBody = (
    BlockDecided
    | BlockCommented
    | LandingIntended
    | Landed
    | Recorded
    | LandingDropped
    | UndoIntended
    | Undone
    | Superseded
    | JobClosed
    | Forgotten
    | EvidenceRecorded
    | Ingested
    | CommitSeen
    | Rewritten
)

EventBody = TrajectoryBody | JournalBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`seq` counts from 1 within its log; `at` is UTC, ISO 8601. Written as one flat JSON object a line."""

    v: int
    seq: int
    at: str
    job: str
    body: EventBody

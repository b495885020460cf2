"""What the books keep of a job: the fold of its trajectory and of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from swe_agent.core.usage import Cost, Usage

Outcome = Literal[
    "proposed",  # undecided; it counts as expired once the job is closed, or after seven days
    "deferred",
    "accepted_unchanged",
    "accepted_edited",
    "auto_accepted",
    "rejected",
    "superseded",
    "undone",
]
INGESTED = "ingest"
"""The surface of decisions that `stats ingest` has taken in."""
ACCEPTED: frozenset[Outcome] = frozenset({"accepted_unchanged", "accepted_edited", "auto_accepted"})
UNDECIDED: frozenset[Outcome] = frozenset({"proposed", "deferred"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    job: str
    title: str
    kind: str
    engine: str
    model: str
    started_at: str
    ended_at: str = ""
    end_reason: str = ""
    exit_code: int = -1
    verdict: str = ""
    proposed_at: str = ""
    closed: str = ""
    """decided, expired or forgotten; empty while open."""
    closed_at: str = ""
    prompt_version: str = ""
    edit_format: str = ""
    attempt: int = 1
    """Which attempt at its task it was, beside others or after them."""
    policy: str = ""
    """The sandbox tier that was in force."""
    group: str = ""
    """The first of the jobs that were started side by side for the task; empty where there was one."""
    parent: str = ""
    """The job whose proposal it goes on from."""
    surface: str = "cli"
    """Where it was started. `ingest` is the decision of another tool, and no job of ours."""
    session: str = ""
    """Of the other tool."""
    author: str = ""
    """Who decided, where the other tool has said it: a keyed hash."""

    @property
    def is_ours(self) -> bool:
        return self.surface != INGESTED


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRecord:
    job: str
    block: str
    path: str
    language: str
    model: str
    added: int
    removed: int
    lines: int
    """Effective lines: added ones that are neither blank nor a lone bracket; removed ones where none are added."""
    outcome: Outcome = "proposed"
    reason: str = ""
    companion: bool = False
    decided_at: str = ""
    landing: str = ""
    """The landing that brought it into the user's tree; empty where none has."""
    edit_ratio: float | None = None
    """Of an amended block, the share of its tokens that the person changed; None where the proposed text is gone."""
    by: str = ""
    """Who decided: person or policy; empty while nobody has."""

    @property
    def to_land(self) -> bool:
        return self.outcome in ACCEPTED and not self.landing

    @property
    def pending(self) -> bool:
        """Undecided, or accepted and not landed (yet): nothing of it has come to the user."""
        return self.outcome in UNDECIDED or self.to_land


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    job: str
    call: int
    role: str
    model: str
    at: str
    usage: Usage
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRecord:
    """How a model's edits in one format went: `refused` ones did not fit the files and changed nothing."""

    job: str
    model: str
    format: str
    applied: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingRecord:
    landing: str
    job: str
    at: str
    state: Literal["intended", "landed", "dropped", "undoing", "undone"]
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBook:
    """Everything that the books know of one job."""

    job: JobRecord
    blocks: tuple[BlockRecord, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    landings: tuple[LandingRecord, ...] = ()
    edits: tuple[EditRecord, ...] = ()

    @property
    def cost(self) -> Cost:
        total = Cost()
        for call in self.calls:
            total = total + call.cost
        return total

    @property
    def undecided(self) -> tuple[BlockRecord, ...]:
        """Open at the desk: what was undone is so again."""
        return tuple(block for block in self.blocks if block.outcome in UNDECIDED or block.outcome == "undone")

    @property
    def to_land(self) -> tuple[BlockRecord, ...]:
        return tuple(block for block in self.blocks if block.to_land)

    @property
    def open_blocks(self) -> tuple[BlockRecord, ...]:
        """Those that wait for a person: to be decided, or to land."""
        return (*self.undecided, *self.to_land)

    @property
    def open_again(self) -> bool:
        """Closed as decided, and then a landing was taken back."""
        return self.job.closed == "decided" and bool(self.open_blocks)

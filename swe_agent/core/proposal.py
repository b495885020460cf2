"""The product: base, edits, evidence and provenance. Desk, landing and metrics work on proposals alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from swe_agent.core.diff import Block, FileChange, FileEntry
from swe_agent.core.plan import Plan
from swe_agent.core.task import Engine, Task, TaskKind
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The base of a job. `commit` lies in the job's box; `head` is the user's commit below it, if there is one."""

    commit: str
    tree: str
    head: str | None
    branch: str | None
    dirty: bool
    left_out: tuple[str, ...] = ()
    """Untracked files that look like secrets; they are not in the tree."""


GIT_PATCH = "git-patch"
"""As an edit format: git applies it, and it is somebody's own work, no agent's. Others are those of `edits`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    engine: Engine
    model: str
    prompt_version: str
    edit_format: str
    task_kind: TaskKind
    attempt: int = 1
    policy: str = ""
    """The sandbox tier that was in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardNote:
    """Something about the change that a person should look at twice; never accepted automatically."""

    kind: str
    path: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`id` is the job's. `tree` is the tree with every block taken; it lies in the box, as does the base."""

    id: str
    task: Task
    snapshot: Snapshot
    tree: str
    changes: tuple[FileChange, ...]
    verdict: Verdict
    provenance: Provenance
    spent: Spent
    plan: Plan | None = None
    summary: str = ""
    hazards: tuple[HazardNote, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(block for change in self.changes for block in change.blocks)

    def acceptable_unseen(self) -> bool:
        """The rule of `--yes`: a test fixed (where none failed before: all kept), nothing broken or lost, no hazard."""
        verdict = self.verdict
        if self.hazards or verdict.broken or verdict.lost:
            return False
        return verdict.fixed if verdict.red_before else verdict.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedFile:
    """One file of a landing: what stood there, and what stands there now; None for "no file".

    `had` are the permission bits of what stood there; `gets` those of a new file, where it takes over another one's.
    """

    path: str
    before: FileEntry | None
    after: FileEntry | None
    had: int | None = None
    gets: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How it lands: as changes of the work tree, and from there into the index or a commit; or into a new branch
    alone. `message` is of the commit; empty: drafted."""

    kind: Literal["tree", "staged", "commit", "branch"] = "tree"
    branch: str = ""
    message: str = ""


TREE = Way()


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    id: str
    job: str
    files: tuple[LandedFile, ...]
    way: Way = TREE

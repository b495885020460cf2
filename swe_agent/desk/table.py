"""The seam between a proposal on the desk and whoever shows it: a full screen, plain prompts, later an editor.

Jobs provide the Table, `ui` the Reviewer. Neither knows more of the other than this.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from swe_agent.core.companion import Need, SubsetFault
from swe_agent.core.decision import Decision
from swe_agent.core.diff import FileChange
from swe_agent.core.plan import Plan
from swe_agent.core.verdict import Verdict
from swe_agent.desk.desk import Desk

REASONS = ("wrong", "style", "scope", "tests", "duplicate")
"""Reasons of a rejection that one key gives; any other text is one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """The accepted blocks as the tree that they make. `verdict` is None where no test has run on exactly this tree."""

    faults: tuple[SubsetFault, ...]
    verdict: Verdict | None


class Table(Protocol):
    """A proposal as a reviewer works on it. What is decided or said is on disk when the call returns.

    One thread is the reviewer's own: it alone calls `refresh`, `decide` and `comment`, and reads `comments` and
    `base`. What takes time may be asked elsewhere, so that a screen goes on: `needs`, `needed_by` and `subset` in one
    other thread, one after the other, and `test` in a third, once at a time. Each answers for the desk as it was when
    it was called. `desk` and `changes` are values that any thread may read.
    """

    @property
    def desk(self) -> Desk:
        """As it is now: the proposal, the decisions so far, what is open, what has landed."""

    @property
    def changes(self) -> Sequence[FileChange]:
        """In the order of review: by risk, definitions before uses."""

    @property
    def comments(self) -> Sequence[tuple[str, str]]:
        """What was said of blocks so far: their ids and the texts, oldest first."""

    def base(self, change: FileChange) -> Sequence[str]:
        """The lines of a file before the change; empty where it was not there, or is no text."""

    def refresh(self) -> bool:
        """Look at what others have recorded since; whether `desk` or `comments` are others now. Cheap: a reviewer does
        it at every key."""

    def decide(self, *decisions: Decision) -> None:
        """All of them, or none: raises UsageError for a block that is not there or has landed, by whomever."""

    def comment(self, block: str, text: str) -> None: ...

    def needs(self, *blocks: str) -> Sequence[Need]:
        """What else has to be accepted if these are, beside what is accepted already."""

    def needed_by(self, *blocks: str) -> Sequence[Need]:
        """Accepted blocks that cannot stay if these go: each the `block` of a Need."""

    def subset(self) -> Subset: ...

    def test(self, stop: threading.Event | None = None) -> Verdict:
        """Run the project's tests on the accepted blocks. Raises as a landing does, and Cancelled soon after `stop`
        is set, which any thread may do."""


class Reviewer(Protocol):
    """The only way a person gets into a job."""

    def confirm_plan(self, plan: Plan) -> bool: ...

    def review(self, table: Table) -> None:
        """Until the person has had enough. What is left open stays open."""

    def confirm_landing(self, table: Table) -> bool:
        """Whether what is accepted shall land now."""

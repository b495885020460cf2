"""The seam between a proposal on the desk and whoever shows it: a full screen, plain prompts, later an editor.

Jobs provide the Table, `ui` the Reviewer. Neither knows more of the other than this.
"""

from __future__ import annotations

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
    """A proposal as a reviewer works on it. What is decided or said is on disk when the call returns."""

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

    def decide(self, *decisions: Decision) -> None:
        """Raises UsageError for a block that is not there or has landed."""

    def comment(self, block: str, text: str) -> None: ...

    def needs(self, *blocks: str) -> Sequence[Need]:
        """What else has to be accepted if these are, beside what is accepted already."""

    def needed_by(self, *blocks: str) -> Sequence[Need]:
        """Accepted blocks that cannot stay if these go: each the `block` of a Need."""

    def subset(self) -> Subset: ...

    def test(self) -> Verdict:
        """Run the project's tests on the accepted blocks. Raises as a landing does."""


class Reviewer(Protocol):
    """The only way a person gets into a job."""

    def confirm_plan(self, plan: Plan) -> bool: ...

    def review(self, table: Table) -> None:
        """Until the person has had enough. What is left open stays open."""

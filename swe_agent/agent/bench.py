"""What the tools work on: the tree, the index, commands and tests, as the agent may use them.

Jobs hand the agent an implementation; the agent never sees a workspace, a sandbox or a log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from swe_agent.core.edit import Edit
from swe_agent.core.measured import Measured
from swe_agent.core.source import Symbol
from swe_agent.core.verdict import TestRun, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOutput:
    """`log` names the whole output, as `read` takes it; empty where nothing was kept."""

    status: int
    text: str
    timed_out: bool
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What became of a text of edits: `refused` is feedback for the model, and nothing was changed then."""

    paths: tuple[str, ...] = ()
    inexact: tuple[str, ...] = ()
    """Files whose lines were not quoted exactly."""
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    path: str
    line: int
    text: str


class Bench(Protocol):
    def files(self) -> Sequence[str]: ...

    def read(self, path: str) -> str | None:
        """The text of a file, or of a log; None where there is none. Raises ValueError for a path outside the tree."""

    def search(self, pattern: str, under: str, *, regex: bool) -> Sequence[Hit]: ...

    def symbols(self, name: str) -> Sequence[Symbol]: ...

    def outline(self, path: str) -> Sequence[Symbol]: ...

    def edit(self, edits: Sequence[Edit]) -> str | None:
        """Apply all or nothing. None on success, else feedback for the model."""

    def edit_text(self, text: str, format: str) -> Edited:
        """Apply a text of edits in a format, all or nothing."""

    def run(self, command: str) -> CommandOutput: ...

    def run_tests(self, only: Sequence[str]) -> TestRun | None:
        """These tests; with none named the whole suite, or where that takes long, those that the change can reach.
        None where the project has no test command."""

    def run_tests_before(self, only: Sequence[str]) -> TestRun | None:
        """The files of tests as they are now, on the rest of the code as it was before any edit."""

    def verdict(self) -> Verdict:
        """The whole suite on the tree as it is now, compared with the baseline."""

    def measure(self, *, thoroughly: bool = False) -> Measured | None:
        """The benchmark of the task, before and after. None where none is named."""

    def tree(self) -> str:
        """The id of the tree as it is now."""

    def diff(self) -> str:
        """What has changed since the base, as a patch."""

    def doubts(self) -> Sequence[str]:
        """What a person would look at twice in the change, a sentence each."""

"""The parts that a job needs, as wiring chose them.

Stands here and not in core: it names parts of rooms (the user's git, the logs, the ledger) that core must not know.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from swe_agent.core.event import Event
from swe_agent.core.message import ModelRole
from swe_agent.core.ports import Clock, ForeignTools, Model, Monotonic, OnToken
from swe_agent.core.task import RunOptions
from swe_agent.core.usage import Spent
from swe_agent.desk.table import Reviewer
from swe_agent.repo.git import Checkout, Git
from swe_agent.store.journal import Journal
from swe_agent.store.ledger import Ledger
from swe_agent.store.paths import RepoPaths
from swe_agent.workspace.rules import Rules, SetUp

History = Callable[[Sequence[str]], tuple[str, ...]]
"""Recent commits that touched these paths, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The user's repository, and where our own things about it lie."""

    git: Git
    checkout: Checkout
    paths: RepoPaths
    history: History


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    journal: Journal
    ledger: Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    clock: Clock
    monotonic: Monotonic
    new_id: Callable[[], str]
    """Sorts by time, and names one job or landing for ever."""
    new_key: Callable[[], bytes]
    """Of chance alone, for keyed hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Settings that jobs need as values."""

    test_seconds: float
    context_tokens: int
    sandbox: Rules
    context_tests: str = "auto"
    """`auto` traces failing tests before a model is asked, `never` does not."""
    repair_without: tuple[str, ...] = ()
    """Names of templates that the repair engine leaves out."""
    edit_format: str = "auto"
    critic: str = "auto"
    """`auto` asks it where no test proves the change, `always` and `never` do as they say."""
    trailer: str = "Assisted-by"
    """Of commits that a landing makes; empty for none."""
    guarded: bool = False
    """A model of its own screens what is to be run."""
    secrets: tuple[str, ...] = ()
    """Values of the environment that must reach no model: our own keys among them."""
    set_up: SetUp | None = None
    """The command that installs what the project needs, where the user's settings name one."""


class Models(Protocol):
    """The models of a job by the role they are to play, all behind the same budget."""

    def of(self, role: ModelRole) -> Model:
        """For one conversation of one thread."""


OpenModels = Callable[[RunOptions, Spent], Models]
"""The models of a run by role, with its budget in front of all; what was spent before counts."""
Tell = Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """What goes out to people, and what comes in from them. `tell` gets each event after it is on disk."""

    tell: Tell
    on_token: OnToken
    progress: Callable[[str], None]
    """What is going on right now; ephemeral, recorded nowhere. Empty: nothing any more."""
    reviewer: Reviewer
    note: Callable[[str], None]
    """What a person has to know whatever they asked for; it is no part of the answer."""


def no_tools() -> ForeignTools | None:
    """Where no server is configured."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    place: Place
    books: Books
    time: Time
    tuning: Tuning
    open_models: OpenModels
    voices: Voices
    foreign: Callable[[], ForeignTools | None] = no_tools
    """Connects the servers of tools that the settings name; to be closed by who asked."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when jobs in other threads shall stop."""

    def trajectory(self, job: str) -> Path:
        return self.place.paths.trajectory(job)

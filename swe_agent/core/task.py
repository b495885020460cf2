"""What a person asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from swe_agent.core.usage import Limits

TaskKind = Literal["complete", "chat", "fix", "feature", "refactor", "review", "optimise"]
Engine = Literal["model", "repair", "apply", "range", "review", "draft"]


class Effort(StrEnum):
    """The one dial of thinking time. What a provider makes of it is decided behind the model's door."""

    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A mail or a commit that was there before: its whole message, and its author as `NAME <MAIL>`."""

    message: str
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    text: str
    kind: TaskKind = "fix"
    paths: tuple[str, ...] = ()
    """Relative to the top of the repository; empty means all of it."""
    source: str = "arguments"
    """Where the text came from: arguments, stdin, or the name of a file."""
    written: tuple[Written, ...] = ()
    """What the change was taken from, where somebody has written it before: the mails of a patch, or commits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a job is to be run, as typed and configured. Recorded, so that a resumed job runs by the same rules."""

    engine: Engine = "model"
    model: str = ""
    base_url: str = ""
    cascade: tuple[str, ...] = ()
    """Models from the cheapest to the strongest, in the place of one; empty: `model` alone edits."""
    local_only: bool = False
    """No model may be asked that is not on this machine."""
    effort: Effort | None = None
    sandbox: str = "namespaced"
    test_command: tuple[str, ...] = ()
    """Empty: detected."""
    bench_command: str = ""
    """What measures the change of a task of kind `optimise`."""
    base: str = ""
    """A revision; empty means HEAD plus the dirty state."""
    head: str = ""
    """The commit whose difference from `base` is the proposal, for the engine `range`."""
    limits: Limits = Limits()
    plan_only: bool = False
    confirm_plan: bool = False
    attempts: int = 1
    """Jobs that are started side by side for the task."""
    attempt: int = 1
    """Which of them this one is, from 1."""
    group: str = ""
    """The first of them; empty where there is only one."""


def within(path: str, folders: tuple[str, ...]) -> bool:
    """Whether a path is one of these or lies below one.

    >>> within("src/a.py", ("src",)), within("srcs/a.py", ("src",)), within("a.py", (".",))
    (True, False, True)
    """
    return any(folder in ("", ".") or path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


_PREFIXES: dict[str, TaskKind] = {
    "fix": "fix",
    "bug": "fix",
    "feat": "feature",
    "feature": "feature",
    "add": "feature",
    "refactor": "refactor",
    "perf": "optimise",
    "optimise": "optimise",
    "optimize": "optimise",
}


def kind_of(text: str) -> TaskKind:
    """The kind that the first word names (`fix: …`, `add …`, `refactor …`); a fix where it names none.

    >>> kind_of("feat: a totals page"), kind_of("totals ignore the discount")
    ('feature', 'fix')
    """
    words = text.replace(":", " ").split(maxsplit=1)
    return _PREFIXES.get(words[0].lower(), "fix") if words else "fix"

"""What one instrumented test run says: outcomes, lines run by each test, and the frames of what was raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from swe_agent.core.verdict import TestOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A place on the stack when a test failed, below the root; paths as in the repository."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """One test of the run. `frames` go from the outermost to the innermost."""

    id: str
    outcome: TestOutcome
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    exception: str = ""
    """The name of the exception's class."""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    seconds: float = 0.0

    @property
    def red(self) -> bool:
        return self.outcome in ("failed", "error")

    def covers(self, path: str, line: int) -> bool:
        return line in self.lines.get(path, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """`runner`, `root` and `arguments` are how trials are run again: the program, the folder that its ids start from,
    and the files or names it was given, where it was given any."""

    cases: tuple[Traced, ...]
    truncated: bool = False
    """Some passing tests came without their lines, for size."""
    runner: str = "pytest"
    root: str = ""
    arguments: tuple[str, ...] = ()

    @property
    def failing(self) -> tuple[str, ...]:
        return tuple(sorted(case.id for case in self.cases if case.red))

    @property
    def passing(self) -> frozenset[str]:
        return frozenset(case.id for case in self.cases if case.outcome == "passed")

    def shifted(self, path: str, after: int, by: int) -> Spectrum:
        """The same run after an edit that added `by` lines below line `after` of a file."""
        return replace(self, cases=tuple(_shifted(case, path, after, by) for case in self.cases)) if by else self


def _shifted(case: Traced, path: str, after: int, by: int) -> Traced:
    def moved(line: int) -> int:
        return line + by if line > after else line

    lines = {name: frozenset(map(moved, at)) if name == path else at for name, at in case.lines.items()}
    frames = tuple(replace(f, line=moved(f.line)) if f.path == path else f for f in case.frames)
    return replace(case, lines=lines, frames=frames)

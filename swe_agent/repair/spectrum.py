"""What one instrumented test run says: outcomes, lines run by each test, and the frames of what was raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from swe_agent.core.verdict import TestOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A place on the stack when a test failed, below the root; paths as in the repository."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The outermost and the innermost place on the stack of a failure: mostly a line of the test, and what raised."""

    outermost: Frame
    innermost: Frame

    def is_beyond(self, other: Reached) -> bool:
        """Whether the same test came further: to a later line of its own, or to the same one with an answer that it
        does not like, where there was none before."""
        mine, others = self.outermost, other.outermost
        if (mine.path, mine.function) != (others.path, others.function):
            return False
        return (mine.line, self._answered) > (others.line, other._answered)

    @property
    def _answered(self) -> bool:
        return self.innermost.path == self.outermost.path


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
    def reached(self) -> Reached | None:
        return Reached(outermost=self.frames[0], innermost=self.frames[-1]) if self.frames else None

    @property
    def red(self) -> bool:
        return self.outcome in ("failed", "error")

    def covers(self, path: str, line: int) -> bool:
        return line in self.lines.get(path, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What speaks for the lines from `start` to `end` (both counted from 1) beside any run: they are more suspicious by
    a share of `boost`, for `reason`."""

    path: str
    start: int
    end: int
    boost: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How the tests were started, so that trials can be: `runner` is who ran them, `root` the folder that ids start
    from, `arguments` the files or names it was given, where it was given any, and `options` what else.

    Of Python: the `executable`, what it ran (`module` or `script`, and `arguments`), the `folder` that it ran in, seen
    from the tree's root, what the test command had put into the environment, and the folders of PYTHONPATH."""

    runner: str = "pytest"
    root: str = ""
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    executable: str = ""
    program: Mapping[str, Any] = field(default_factory=dict)
    folder: str = "."
    environment: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """`hints` are what others know of the lines."""

    cases: tuple[Traced, ...]
    truncated: bool = False
    """Some passing tests came without their lines, for size."""
    start: Start = Start()
    hints: tuple[Hint, ...] = ()

    @property
    def failing(self) -> tuple[str, ...]:
        return tuple(sorted(case.id for case in self.cases if case.red))

    @property
    def passing(self) -> frozenset[str]:
        return frozenset(case.id for case in self.cases if case.outcome == "passed")

    def with_cases(self, cases: Iterable[Traced]) -> Spectrum:
        """With these in the place of those of the same ids."""
        new = {case.id: case for case in cases}
        return replace(self, cases=tuple(new.get(case.id, case) for case in self.cases))

    def with_others(self, cases: Iterable[Traced]) -> Spectrum:
        return replace(self, cases=(*self.cases, *cases))

    def shifted(self, path: str, after: int, by: int) -> Spectrum:
        """The same run after an edit that added `by` lines below line `after` of a file."""
        if not by:
            return self

        def moved(line: int) -> int:
            return line + by if line > after else line

        hints = (replace(h, start=moved(h.start), end=moved(h.end)) if h.path == path else h for h in self.hints)
        return replace(self, cases=tuple(_moved(case, path, moved) for case in self.cases), hints=tuple(hints))


def _moved(case: Traced, path: str, moved: Callable[[int], int]) -> Traced:
    lines = {name: frozenset(map(moved, at)) if name == path else at for name, at in case.lines.items()}
    frames = tuple(replace(f, line=moved(f.line)) if f.path == path else f for f in case.frames)
    return replace(case, lines=lines, frames=frames)

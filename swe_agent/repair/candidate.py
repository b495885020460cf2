"""Values of the search: a small edit and why it is plausible, what the tests said of it, and what came of it all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from swe_agent.core.diff import changed_runs, split_lines
from swe_agent.core.fix import Fix, SmallEdit
from swe_agent.repair.spectrum import Reached

Edit = tuple[str, int, int, str]
"""Path, byte span, replacement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The bytes from `start` to `end` of a file become `replacement`. A lower `cost` is more plausible beforehand."""

    path: str
    start: int
    end: int
    replacement: str
    template: str
    cost: float
    line: int
    """Where the edit starts, counted from 1."""
    statement: int
    """The first line of the statement around it: what coverage names."""

    def apply(self, text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        new = self.replacement.encode("utf-8", "surrogateescape")
        return (data[: self.start] + new + data[self.end :]).decode("utf-8", "surrogateescape")

    def as_lines(self, text: str) -> SmallEdit:
        """The lines of `text` that it changes."""
        old, new = text.split("\n"), self.apply(text).split("\n")
        head, tail = _alike(old, new)
        before, after = "\n".join(old[head : len(old) - tail]), "\n".join(new[head : len(new) - tail])
        return SmallEdit(path=self.path, line=head + 1, before=before, after=after, kind=self.template)

    def removed(self, text: str) -> str:
        data = text.encode("utf-8", "surrogateescape")
        return data[self.start : self.end].decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Edits of the sources as they lie on disk, the last of a file first: none of them moves those still to be made."""

    edits: tuple[Edit, ...] = ()

    @classmethod
    def between(cls, sources: Mapping[str, str], texts: Mapping[str, str]) -> Patch:
        """What turns the sources into other whole texts."""
        edits = [edit for path, text in sorted(texts.items()) for edit in edits_between(path, sources[path], text)]
        return cls(edits=tuple(edits))

    def texts(self, sources: Mapping[str, str]) -> dict[str, str]:
        """The changed files, whole."""
        changed: dict[str, bytes] = {}
        for path, start, end, replacement in self.edits:
            data = changed[path] if path in changed else sources[path].encode("utf-8", "surrogateescape")
            changed[path] = data[:start] + replacement.encode("utf-8", "surrogateescape") + data[end:]
        return {path: data.decode("utf-8", "surrogateescape") for path, data in changed.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Outcomes by test id. A trial that did not come to its end (hung, crashed, was cut off) speaks for nothing."""

    outcomes: Mapping[str, str]
    reached: Mapping[str, Reached] = field(default_factory=dict)
    """Where tests that fail did, as far as that is known."""
    ended: bool = True

    @property
    def passed(self) -> frozenset[str]:
        return (
            frozenset(test for test, outcome in self.outcomes.items() if outcome == "passed")
            if self.ended
            else frozenset()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What patches answer to `inputs` inputs that no test need have given, in order; None of a patch that cannot be
    asked. Equal texts are equal answers."""

    inputs: int
    answers: tuple[tuple[str, ...] | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairResult:
    """`patch` maps the changed paths to their whole new texts; empty where nothing was found."""

    fixes: tuple[Fix, ...]
    patch: Mapping[str, str]
    tried: int
    unfixed: tuple[str, ...]
    ended: str
    """Why the search ended: "fixed", "exhausted", "candidates" or "time"."""


def lines_of(text: str) -> tuple[str, ...]:
    return split_lines(text.encode("utf-8", "surrogateescape"))


def starts_of(lines: Sequence[str]) -> list[int]:
    """The byte at which each begins, and where the last one ends."""
    return [0, *accumulate(len(line.encode("utf-8", "surrogateescape")) for line in lines)]


def edits_between(path: str, old: str, new: str) -> list[Edit]:
    """Replacements in `old` that make it `new`, the last one first."""
    before, after = lines_of(old), lines_of(new)
    starts = starts_of(before)
    edits = []
    for b0, b1, h0, h1 in changed_runs(before, after):
        _, head, tail, text = trimmed(path, "".join(before[b0:b1]), "".join(after[h0:h1]))
        edits.append((path, starts[b0] + head, starts[b0] + tail, text))
    return edits[::-1]


def trimmed(path: str, old: str, new: str) -> Edit:
    """The one replacement that turns `old` into `new`: path, byte span, text.

    >>> trimmed("a.py", "a < b", "a <= b")
    ('a.py', 3, 3, '=')
    """
    before, after = old.encode("utf-8", "surrogateescape"), new.encode("utf-8", "surrogateescape")
    head, tail = _alike(before, after)
    # Surrogate escapes carry a character that was cut in two; the probe joins its bytes again.
    middle = after[head : len(after) - tail].decode("utf-8", "surrogateescape")
    return path, head, len(before) - tail, middle


def _alike(one: Sequence[object], two: Sequence[object]) -> tuple[int, int]:
    """How much two sequences share at their beginnings, and of the rest at their ends."""
    shortest = min(len(one), len(two))
    head = next((n for n in range(shortest) if one[n] != two[n]), shortest)
    tail = next((n for n in range(shortest - head) if one[-1 - n] != two[-1 - n]), shortest - head)
    return head, tail

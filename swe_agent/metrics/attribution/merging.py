"""What a merge has made of a file that is like none of its parents'."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from swe_agent.core.diff import changed_runs, is_binary
from swe_agent.metrics.attribution.change import rows
from swe_agent.metrics.attribution.labels import OPEN, is_ai
from swe_agent.metrics.attribution.state import File, State

Contents = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Blobs by id, all that are wanted at once."""
ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Merged:
    """A path after a merge and in its first parent, by blob ids; None for no file."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """A patch between two contents, as if git had told it."""

    old: str | None
    new: str | None
    blob: str
    hunks: Sequence[tuple[int, int, int, int]]
    before: Sequence[bytes] = ()
    after: Sequence[bytes] = ()
    binary: bool = False

    def lines(self, number: int) -> tuple[list[bytes], list[bytes]]:
        old, removed, new, added = self.hunks[number]
        return list(self.before[old : old + removed]), list(self.after[new : new + added])


@dataclass(frozen=True, slots=True)
class MergeStep:
    id: str
    author: str
    message: bytes
    at: int
    files: Sequence[Made]


def merge_files(
    entries: Sequence[Merged],
    state: State,
    others: Sequence[State],
    contents: Contents,
    reads: Callable[[str], bool],
) -> tuple[list[Made], dict[str, array[int]]]:
    """Bring `state` of the first parent as far as whole files of the other parents go. What is left over are patches
    on top of the first parent, with the labels that the other parents give to lines of the new files."""
    gone = {one.path: file for one in entries if one.after is None and (file := state.get(one.path))}
    own: list[Merged] = []
    for one in entries:
        if one.after is None:
            state.drop(one.path)
            continue
        there = [file for other in others if (file := other.get(one.path)) is not None and file.blob == one.after]
        if there:
            state.set(one.path, there[0] if len(there) == 1 else max(there, key=_of_agents))
        elif not reads(one.path):
            state.set(one.path, File(one.after, None))
        else:
            own.append(one)
    if not own:
        return [], {}
    olds = {one.path: [(other, file) for other in others if (file := other.get(one.path))] for one in own}
    wanted = {one.after for one in own if one.after} | {file.blob for pairs in olds.values() for _, file in pairs}
    wanted |= {file.blob for one in own if (file := state.get(one.path))} | {file.blob for file in gone.values()}
    texts = contents(sorted(wanted))
    gone_lines = {file.blob: set(rows(texts.get(file.blob, b""))) for file in gone.values()}
    files, given = [], {}
    for one in own:
        assert one.after is not None
        new = texts.get(one.after, b"")
        if is_binary(new):
            state.set(one.path, File(one.after, None))
            continue
        after = rows(new)
        old, from_path = state.get(one.path), one.path
        if old is None:
            from_path = _renamed(after, gone, gone_lines)
            old = gone.get(from_path)
        before = rows(texts.get(old.blob, b"")) if old is not None and old.labels is not None else []
        if old is not None and from_path != one.path:
            state.set(from_path, old)  # the step takes it from there
        hunks = [(b0, b1 - b0, h0, h1 - h0) for b0, b1, h0, h1 in _runs(before, after)]
        files.append(Made(from_path if old is not None else None, one.path, one.after, hunks, before, after))
        given[one.path] = _given(after, [file for _, file in olds[one.path]], texts)
    return files, given


def _of_agents(file: File) -> int:
    return sum(n for label, n in Counter(file.labels or ()).items() if is_ai(label))


def _renamed(after: Sequence[bytes], gone: Mapping[str, File], lines_of: Mapping[str, Set[bytes]]) -> str:
    """The path of the file that went away with the merge and is most like this one, where half of it is left."""
    lines = set(after)
    best, path = ALIKE, ""
    for name, file in gone.items():
        old = lines_of[file.blob]
        share = len(lines & old) / max(1, len(old), len(lines))
        if share > best:
            best, path = share, name
    return path


def _given(after: Sequence[bytes], files: Sequence[File], texts: Mapping[str, bytes]) -> array[int]:
    """Labels that the other parents' lines have, where they stand here too; an agent's goes before any other."""
    given = array("I", [OPEN]) * len(after)
    for file in files:
        if file.labels is None:
            continue
        before = rows(texts.get(file.blob, b""))
        at_old = at_new = 0
        for b0, b1, h0, h1 in [*_runs(before, after), (len(before), len(before), len(after), len(after))]:
            for old, new in zip(range(at_old, min(b0, len(file.labels))), range(at_new, h0), strict=False):
                label = file.labels[old]
                if given[new] == OPEN or (is_ai(label) and not is_ai(given[new])):
                    given[new] = label
            at_old, at_new = b1, h1
    return given


def _runs(before: Sequence[bytes], after: Sequence[bytes]) -> list[tuple[int, int, int, int]]:
    return changed_runs(_letters(before), _letters(after))


def _letters(lines: Sequence[bytes]) -> list[str]:
    return b"\n".join(lines).decode("latin-1").split("\n") if lines else []

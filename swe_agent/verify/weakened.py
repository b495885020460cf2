"""Notes for the review about tests that a proposal takes teeth out of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from swe_agent.core.diff import FileChange
from swe_agent.core.proposal import HazardNote
from swe_agent.verify.code_lines import code_lines
from swe_agent.verify.losses import GONE, Run, losses

KIND = "test-weakened"


def weakened(changes: Iterable[FileChange], is_test: Callable[[str], bool]) -> tuple[HazardNote, ...]:
    """A note for each file of tests that says less than it did."""
    found: list[HazardNote] = []
    for change in changes:
        if is_test(change.path) and change.old is not None:
            found += [HazardNote(kind=KIND, path=change.path, detail=detail) for detail in _why(change)]
    return tuple(found)


def _why(change: FileChange) -> Iterator[str]:
    if change.new is None:
        yield GONE
        return
    runs = [
        Run(*(code_lines(change.path, lines, is_part=True) for lines in (block.removed, block.added)))
        for block in change.blocks
    ]
    for loss in losses(runs):
        yield loss.why

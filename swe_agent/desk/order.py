"""In which order the files of a change are looked at: what is flagged, then code with definitions before their uses,
then tests, then the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from swe_agent.core.diff import Block, FileChange
from swe_agent.core.proposal import Proposal
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.syntax.scan import scan_definitions

_WORD = re.compile(r"[^\W\d]\w*")


def changes_in_order(proposal: Proposal) -> tuple[FileChange, ...]:
    """As they stand wherever a person sees them."""
    return in_order(proposal.changes, {hazard.path for hazard in proposal.hazards})


def blocks_in_order(proposal: Proposal) -> tuple[Block, ...]:
    """As they are numbered there."""
    return tuple(block for change in changes_in_order(proposal) for block in change.blocks)


def in_order(changes: Sequence[FileChange], flagged: Collection[str]) -> tuple[FileChange, ...]:
    """`flagged` are paths with hazards. Within a group, files that define what others use come first; then those with
    more changed lines; then by path, so that the order is always the same."""
    groups: dict[int, list[FileChange]] = {}
    for change in changes:
        groups.setdefault(_group(change, flagged), []).append(change)
    return tuple(change for group in sorted(groups) for change in _by_uses(groups[group]))


def _group(change: FileChange, flagged: Collection[str]) -> int:
    if change.path in flagged or change.moved_from in flagged:
        return 0
    if is_test_file(change.path):
        return 2
    return 1 if language_of(change.path) not in ("", "markdown", "json", "yaml", "toml", "html", "css") else 3


def _by_uses(changes: Sequence[FileChange]) -> list[FileChange]:
    """Depth first through what each file uses; a circle is cut where it is entered."""
    defined: dict[str, list[str]] = {}
    for change in changes:
        for name, _ in scan_definitions(language_of(change.path), _added(change).encode("utf-8", "surrogateescape")):
            defined.setdefault(name, []).append(change.path)
    by_path = {change.path: change for change in changes}
    placed: dict[str, FileChange] = {}
    entered: set[str] = set()
    waiting = sorted(changes, key=_weight, reverse=True)
    while waiting:
        change = waiting[-1]
        if change.path in entered:
            placed.setdefault(change.path, waiting.pop())
            continue
        entered.add(change.path)
        used = {path for name in _WORD.findall(_added(change)) for path in defined.get(name, ())} - entered
        waiting += sorted((by_path[path] for path in used), key=_weight, reverse=True)
    return list(placed.values())


def _added(change: FileChange) -> str:
    return "".join(line for block in change.blocks for line in block.added)


def _weight(change: FileChange) -> tuple[int, str]:
    return -sum(len(block.added) + len(block.removed) for block in change.blocks), change.path

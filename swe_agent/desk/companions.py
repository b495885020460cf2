"""Companions: the further blocks that accepted ones need, and the accepted ones that go when another goes.

    needed(changes, texts, {"b1": None})          -> (Need(block="b2", by="b1", why="imports `os`"),)
    needed_without(changes, texts, chosen, "b2")  -> (Need(block="b1", by="b2", why="uses `os`"),)
    faults_of(changes, texts, chosen)             -> (SubsetFault(path="a.py", line=3, kind="undefined", what="os"),)

A subset is spliced and judged as the files that it is (`subsets.py`, `edges.py`); for each fault the block that cures
it is looked for (`cures.py`), and blocks are moved until there is none (`search.py`). Both directions are one search,
because a subset of the change is a subset of its inverse.
"""

from __future__ import annotations

from collections.abc import Sequence

from swe_agent.core.companion import Need, SubsetFault
from swe_agent.core.diff import FileChange
from swe_agent.desk.desk import Chosen
from swe_agent.desk.edges import Edges
from swe_agent.desk.search import Search
from swe_agent.desk.subsets import Subsets
from swe_agent.desk.texts import Texts

__all__ = ["Companions", "Need", "SubsetFault", "Texts", "faults_of", "needed", "needed_without"]


def needed(changes: Sequence[FileChange], texts: Texts, chosen: Chosen) -> tuple[Need, ...]:
    """The further blocks that the chosen ones need, in the order of the change."""
    return Companions(changes, texts).needed(chosen)


def needed_without(changes: Sequence[FileChange], texts: Texts, chosen: Chosen, rejected: str) -> tuple[Need, ...]:
    """The chosen blocks that cannot stay when this one is rejected, in the order of the change."""
    return Companions(changes, texts).needed_without(chosen, rejected)


def faults_of(changes: Sequence[FileChange], texts: Texts, chosen: Chosen) -> tuple[SubsetFault, ...]:
    """What is wrong with exactly this subset and with neither base nor head."""
    return Companions(changes, texts).faults_of(chosen)


class Companions:
    """The companions in one change; what has been read of its texts is kept from one question to the next."""

    def __init__(self, changes: Sequence[FileChange], texts: Texts) -> None:
        self._subsets = Subsets(changes, texts)
        self._edges = Edges(self._subsets)

    def faults_of(self, chosen: Chosen) -> tuple[SubsetFault, ...]:
        return self._subsets.faults(chosen)

    def needed(self, chosen: Chosen) -> tuple[Need, ...]:
        known = self._subsets.blocks
        taken = {id_: lines for id_, lines in chosen.items() if id_ in known}
        return _needs(Search(self._subsets, self._edges, taken, frozenset(known) - set(taken), takes=True))

    def needed_without(self, chosen: Chosen, rejected: str) -> tuple[Need, ...]:
        taken = {id_: lines for id_, lines in chosen.items() if id_ in self._subsets.blocks and id_ != rejected}
        return _needs(Search(self._subsets, self._edges, taken, frozenset(taken), takes=False, first=rejected))


def _needs(search: Search) -> tuple[Need, ...]:
    return tuple(Need(block=cure.block, by=cure.by, why=cure.reason) for cure in search.run())

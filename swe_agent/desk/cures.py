"""Blocks that may cure a fault of a subset, the likeliest first, and what to tell a person of each.

`takes` says in which direction: blocks that are not taken may be taken, or taken ones left. What one direction brings
the other takes away, so that both read the same lines with the sides turned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swe_agent.core.companion import SubsetFault
from swe_agent.desk.desk import Chosen
from swe_agent.desk.edges import Edges, Missing
from swe_agent.desk.subsets import Subsets
from swe_agent.syntax.bindings import Mentions

_NOTHING = Mentions()


@dataclass(frozen=True, slots=True)
class Cure:
    """A block that may cure a fault, and how; `by` is the block that the fault is about."""

    block: str
    reason: str
    by: str
    how: str = ""


class Cures:
    """For one search: `free` are the blocks that may move, `given` those that were taken at its start, and `first` the
    block that was rejected, where one was."""

    def __init__(
        self, subsets: Subsets, edges: Edges, given: Chosen, free: frozenset[str], *, takes: bool, first: str
    ) -> None:  # fmt: skip
        self._subsets = subsets
        self._edges = edges
        self._given = given
        self._free = free
        self._takes = takes
        self._first = first
        self._order = {id_: at for at, id_ in enumerate(subsets.blocks)}

    def _turned(self, id_: str) -> tuple[Mentions, Mentions]:
        """What moving a block brings and what it takes away."""
        added, removed = self._edges.sides.get(id_, (_NOTHING, _NOTHING))
        return (added, removed) if self._takes else (removed, added)

    def _in_file(self, path: str) -> list[str]:
        home = self._subsets.home(path)
        return [id_ for id_, block in self._subsets.blocks.items() if block.path == home and id_ in self._free]

    def of_fault(self, fault: SubsetFault, state: Chosen) -> Iterator[Cure]:
        at = self._subsets.block_at(fault.path, fault.line, state)
        by = self._by(fault, at.id if at else "", state)
        if fault.kind == "syntax":
            yield from self._nearest(fault, by, state)
            return
        if fault.module:
            yield from self._of_module(fault, at.id if at else "", by)
            return
        seen: set[str] = set()
        for id_, how in self._by_name(fault, at.id if at else ""):
            if id_ not in seen:
                seen.add(id_)
                yield Cure(id_, REASONS[how, self._takes].format(name=fault.what), by, how)

    def _by_name(self, fault: SubsetFault, at: str) -> Iterator[tuple[str, str]]:
        here = self._in_file(fault.path)
        sides = {id_: self._turned(id_) for id_ in here}
        name = fault.what.partition(".")[0]
        defines = [id_ for id_ in here if _kind_of(sides[id_][0], name) is not None]
        undefines = [id_ for id_ in here if _kind_of(sides[id_][1], name) is not None]
        if fault.kind == "undefined":
            for id_ in defines:
                yield id_, "imports" if _kind_of(sides[id_][0], name) == "import" else "defines"
            if at in here:
                yield at, "unuses"
        else:
            for id_ in undefines:
                yield id_, "undefines"
            if at in here:
                yield at, "undefines"
        for id_ in here:
            brings, takes = sides[id_]
            if any(use.name == name for use in brings.uses):
                yield id_, "uses"
            elif any(use.name == name for use in (*takes.uses, *takes.definitions)):
                yield id_, "unuses"

    def _of_module(self, fault: SubsetFault, at: str, by: str) -> Iterator[Cure]:
        if not fault.what:
            moved, here = self._subsets.is_moved(fault.module), self._in_file(fault.module)
            for id_ in here:
                # Whether it is there is a matter of the move alone, where there is one.
                if not moved or self._subsets.blocks[id_].kind == "move":
                    reason = REASONS["move" if moved else "file", self._takes]
                    yield Cure(id_, reason.format(name=fault.module, user=fault.path), by)
            if at in self._free:
                yield Cure(at, REASONS["unimports", self._takes].format(name=fault.module), by)
            return
        for id_ in self._in_file(fault.module):
            if _kind_of(self._turned(id_)[0], fault.what) is not None:
                yield Cure(id_, REASONS["defines", self._takes].format(name=fault.what), by)
        for id_ in dict.fromkeys((at, *self._in_file(fault.path))):
            if id_ in self._free and any(use.name == fault.what for use in self._turned(id_)[1].uses):
                yield Cure(id_, REASONS["unimports", self._takes].format(name=fault.what), by)

    def _nearest(self, fault: SubsetFault, by: str, state: Chosen) -> Iterator[Cure]:
        reason = "closes the bracket" if "never closed" in fault.what or "missing '" in fault.what else "same statement"
        places = [
            (max(start - fault.line, fault.line - end + 1, 0), self._order[block.id], block.id)
            for block, start, end in self._subsets.places(fault.path, state)
            if block.id in self._free
        ]
        for _, _, id_ in sorted(places):
            yield Cure(id_, REASONS[reason, self._takes], by)
        for id_ in self._in_file(fault.path):
            if self._subsets.blocks[id_].kind != "lines":
                yield Cure(id_, REASONS["same statement", self._takes], by)

    def of_missing(self, missing: Missing) -> list[Cure]:
        reason = "parameter" if missing.kind in ("parameter", "signature") else (
            "imports" if missing.kind == "import" else "defines"
        )  # fmt: skip
        name = missing.name.partition("#")[0].partition("(")[0]
        if self._takes:
            by = next(iter(missing.users or [id_ for id_ in missing.takes if id_ in self._given]), "")
            cures = [Cure(id_, REASONS[reason, True].format(name=name), by, reason) for id_ in missing.gives]
            cures += [Cure(id_, REASONS["unuses", True].format(name=name), by, "unuses") for id_ in missing.ends]
        else:
            cures = [
                Cure(id_, REASONS["unuses", False].format(name=name), self._first, "unuses") for id_ in missing.users
            ]
            cures += [
                Cure(id_, REASONS["defines", False].format(name=name), self._first, "defines") for id_ in missing.takes
            ]
        return [cure for cure in cures if cure.block in self._free]

    def _by(self, fault: SubsetFault, at: str, state: Chosen) -> str:
        """Which of the given blocks a fault is about."""
        if not self._takes:
            return self._first
        if at in state:
            return at
        homes = [self._subsets.home(path) for path in (fault.path, fault.module) if path]
        given = [id_ for id_ in self._given if self._subsets.blocks[id_].path in homes]
        for id_ in given:
            if any(each.name == fault.what for side in self._turned(id_) for each in (*side.definitions, *side.uses)):
                return id_
        return given[0] if given else ""


def _kind_of(said: Mentions, name: str) -> str | None:
    return next((each.kind for each in said.definitions if each.name == name), None)


REASONS = {
    ("imports", True): "imports `{name}`",
    ("imports", False): "removes another import of `{name}`",
    ("defines", True): "defines `{name}`",
    ("defines", False): "removes the other definition of `{name}`",
    ("unuses", True): "removes a use of `{name}`, which is gone",
    ("unuses", False): "uses `{name}`",
    ("undefines", True): "removes the old `{name}`",
    ("undefines", False): "defines `{name}` a second time",
    ("uses", True): "uses `{name}`",
    ("uses", False): "removes the use of `{name}`",
    ("parameter", True): "changes the parameters of `{name}`, as the call passes them",
    ("parameter", False): "calls `{name}` with other parameters",
    ("file", True): "the new file `{name}`, which `{user}` imports",
    ("file", False): "removes the file `{name}`, which `{user}` imports",
    ("move", True): "moves the file to `{name}`, which `{user}` imports",
    ("move", False): "moves the file away from `{name}`, which `{user}` imports",
    ("unimports", True): "removes the import of `{name}`, which is gone",
    ("unimports", False): "imports `{name}`",
    ("closes the bracket", True): "closes a bracket",
    ("closes the bracket", False): "opens or closes a bracket of the same statement",
    ("same statement", True): "part of the same statement",
    ("same statement", False): "part of the same statement",
    ("whole", True): "nothing less than the whole file is sound",
    ("whole", False): "nothing less than the whole file is sound",
    ("all", True): "nothing less than the whole change is sound",
    ("all", False): "nothing less than the whole change is sound",
}
"""By how a block helps, and whether it is to be taken or left."""

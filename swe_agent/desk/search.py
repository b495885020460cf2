"""The way from a subset of a change to one without faults, by taking further blocks or by leaving taken ones.

Round by round a block is moved for each fault; what turns out not to be needed is put back. Only where single blocks
lead nowhere a whole file is taken, and then everything, which is as sound as the change is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from swe_agent.core.companion import SubsetFault
from swe_agent.desk.cures import REASONS, Cure, Cures
from swe_agent.desk.desk import Chosen
from swe_agent.desk.edges import Edges, Missing
from swe_agent.desk.subsets import Subsets

MAX_ROUNDS = 16
MAX_TRIED = 6


class Search:
    """One way from a subset to one without faults, by taking blocks or by leaving them; `free` are those that may."""

    def __init__(
        self, subsets: Subsets, edges: Edges, taken: Chosen, free: frozenset[str], *, takes: bool, first: str = ""
    ) -> None:  # fmt: skip
        self._subsets = subsets
        self._edges = edges
        self._state = dict(taken)
        self._given = dict(taken)
        self._free = free
        self._takes = takes
        self._cures = Cures(subsets, edges, self._given, free, takes=takes, first=first)
        self._order = {id_: at for at, id_ in enumerate(subsets.blocks)}
        self._moved: dict[str, Cure] = {}

    def run(self) -> tuple[Cure, ...]:
        if not (self._state if self._takes else self._free):
            return ()
        for _ in range(MAX_ROUNDS):
            faults = self._faults()
            if not faults and not any(self._missing()):
                break
            if not self._cure(faults):
                break
        self._last_resort()
        self._put_back()
        return tuple(sorted(self._moved.values(), key=lambda cure: self._order[cure.block]))

    # the state

    def _faults(self) -> tuple[SubsetFault, ...]:
        return self._subsets.faults(self._state)

    def _missing(self) -> Iterator[Missing]:
        for missing in self._edges.missing(self._state):
            if any(self._can_move(id_) for id_ in _movable(missing, self._takes)):
                yield missing

    def _can_move(self, id_: str) -> bool:
        return id_ in self._free and id_ not in self._moved

    def _with(self, ids: Iterable[str]) -> Chosen:
        if self._takes:
            return {**self._state, **dict.fromkeys(ids)}
        gone = set(ids)
        return {id_: lines for id_, lines in self._state.items() if id_ not in gone}

    def _move(self, cure: Cure) -> None:
        self._state = dict(self._with([cure.block]))
        self._moved[cure.block] = cure

    # one round

    def _cure(self, faults: Sequence[SubsetFault]) -> bool:
        """Moves a block for each fault and each missing name; False where none is left that would help."""
        before = set(self._moved)
        for fault in faults:
            cures = list(self._cures.of_fault(fault, self._state))
            if any(cure.block in self._moved and cure.block not in before for cure in cures):
                continue  # perhaps cured by what another fault of this round asked for
            open_ = [cure for cure in cures if self._can_move(cure.block)]
            if fault.kind == "syntax":
                self._mend(fault, open_)
            elif open_:
                self._move(self._best(fault, open_[:MAX_TRIED]))
        for missing in list(self._missing()):
            cures = self._cures.of_missing(missing)
            open_ = [cure for cure in cures if self._can_move(cure.block)]
            if not open_ or any(cure.block in self._moved and cure.block not in before for cure in cures):
                continue
            # One definition is enough; of the uses all have to go.
            for cure in open_ if open_[0].how == "unuses" else open_[:1]:
                if cure.how == open_[0].how:
                    self._move(cure)
        return len(self._moved) > len(before)

    def _best(self, fault: SubsetFault, cures: Sequence[Cure]) -> Cure:
        if len(cures) == 1 or cures[1].how != cures[0].how:
            return cures[0]
        return min(cures, key=lambda cure: self._count(fault.path, [cure.block]))

    def _count(self, path: str, ids: Sequence[str]) -> int:
        return len(self._subsets.faults_in(path, self._subsets.text(path, self._with(ids))))

    def _mend(self, fault: SubsetFault, cures: Sequence[Cure]) -> None:
        """The nearest block that makes the file parse; else as many of the nearest as it takes."""
        for cure in cures[:MAX_TRIED]:
            if not self._is_broken(fault.path, [cure.block]):
                self._move(cure)
                return
        for most in range(2, len(cures) + 1):
            near = [cure.block for cure in cures[:most]]
            if not self._is_broken(fault.path, near):
                for cure in cures[:most]:
                    self._move(cure)
                return

    def _is_broken(self, path: str, ids: Sequence[str]) -> bool:
        text = self._subsets.text(path, self._with(ids))
        return any(fault.kind == "syntax" for fault in self._subsets.faults_in(path, text))

    # the end

    def _last_resort(self) -> None:
        """Where no single block helps: the whole file, then everything; but only if that does help."""
        for wide in (False, True):
            faults = self._faults()
            paths = {self._subsets.home(path) for fault in faults for path in (fault.path, fault.module) if path}
            ids = [id_ for id_ in self._subsets.blocks if self._can_move(id_)]
            ids = ids if wide else [id_ for id_ in ids if self._subsets.blocks[id_].path in paths]
            if faults and ids and len(self._subsets.faults(self._with(ids))) < len(faults):
                for id_ in ids:
                    self._move(Cure(id_, REASONS["all" if wide else "whole", self._takes], ""))

    def _put_back(self) -> None:
        """What is not needed after all, the last first."""
        left, open_ = len(self._faults()), sum(1 for _ in self._edges.missing(self._state))
        for id_ in reversed(self._moved if len(self._moved) > 1 else ()):
            before = self._state
            if self._takes:
                self._state = {each: lines for each, lines in before.items() if each != id_}
            else:
                self._state = {**before, id_: self._given[id_]}
            if sum(1 for _ in self._edges.missing(self._state)) > open_ or len(self._faults()) > left:
                self._state = before
        kept = set(self._state) ^ set(self._given)
        self._moved = {id_: cure for id_, cure in self._moved.items() if id_ in kept}


def _movable(missing: Missing, takes: bool) -> tuple[str, ...]:
    return missing.gives + missing.ends if takes else missing.users + missing.takes

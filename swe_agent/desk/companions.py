"""Companions: the further blocks that accepted ones need, and the accepted ones that go when another goes.

    needed(changes, texts, {"b1": None})          -> (Need(block="b2", by="b1", reason="imports `os`"),)
    needed_without(changes, texts, chosen, "b2")  -> (Need(block="b1", by="b2", reason="uses `os`"),)
    faults_of(changes, texts, chosen)             -> (SubsetFault(path="a.py", line=3, kind="undefined", name="os"),)

A subset is spliced and judged as the files that it is; for each fault the block that cures it is looked for, first by
the names on its lines, then by trying; what turns out not to be needed is put back. Only where that leads nowhere a
whole file is taken, and then everything, which is as sound as the change is. Both directions are one search, because a
subset of the change is a subset of its inverse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from swe_agent.core.diff import FileChange
from swe_agent.desk.desk import Chosen
from swe_agent.desk.edges import Edges, Missing
from swe_agent.desk.subsets import SubsetFault, Subsets, Texts
from swe_agent.syntax.bindings import Mentions

__all__ = ["Companions", "Need", "SubsetFault", "Texts", "faults_of", "needed", "needed_without"]

MAX_ROUNDS = 16
MAX_TRIED = 6
_NOTHING = Mentions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """`by` is the block that needs `block` to be taken, or, where it was rejected, to go with it; "" where it is not
    one alone."""

    block: str
    by: str
    reason: str


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
        return _Search(self._subsets, self._edges, taken, frozenset(known) - set(taken), takes=True).run()

    def needed_without(self, chosen: Chosen, rejected: str) -> tuple[Need, ...]:
        taken = {id_: lines for id_, lines in chosen.items() if id_ in self._subsets.blocks and id_ != rejected}
        search = _Search(self._subsets, self._edges, taken, frozenset(taken), takes=False, first=rejected)
        return search.run()


@dataclass(frozen=True, slots=True)
class _Pick:
    """A block that may cure a fault, and how."""

    block: str
    reason: str
    by: str
    how: str = ""


class _Search:
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
        self._first = first
        self._order = {id_: at for at, id_ in enumerate(subsets.blocks)}
        self._moved: dict[str, _Pick] = {}

    def run(self) -> tuple[Need, ...]:
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
        picks = sorted(self._moved.values(), key=lambda pick: self._order[pick.block])
        return tuple(Need(block=pick.block, by=pick.by, reason=pick.reason) for pick in picks)

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

    def _move(self, pick: _Pick) -> None:
        self._state = dict(self._with([pick.block]))
        self._moved[pick.block] = pick

    # one round

    def _cure(self, faults: Sequence[SubsetFault]) -> bool:
        """Moves a block for each fault and each missing name; False where none is left that would help."""
        before = set(self._moved)
        for fault in faults:
            picks = list(self._picks(fault))
            if any(pick.block in self._moved and pick.block not in before for pick in picks):
                continue  # perhaps cured by what another fault of this round asked for
            open_ = [pick for pick in picks if self._can_move(pick.block)]
            if fault.kind == "syntax":
                self._mend(fault, open_)
            elif open_:
                self._move(self._best(fault, open_[:MAX_TRIED]))
        for missing in list(self._missing()):
            picks = self._picks_of_missing(missing)
            if picks and not any(pick.block in self._moved for pick in picks):
                self._move(picks[0])
        return len(self._moved) > len(before)

    def _best(self, fault: SubsetFault, picks: Sequence[_Pick]) -> _Pick:
        if len(picks) == 1 or picks[1].how != picks[0].how:
            return picks[0]
        return min(picks, key=lambda pick: self._count(fault.path, [pick.block]))

    def _count(self, path: str, ids: Sequence[str]) -> int:
        return len(self._subsets.faults_in(path, self._subsets.text(path, self._with(ids))))

    def _mend(self, fault: SubsetFault, picks: Sequence[_Pick]) -> None:
        """The nearest block that makes the file parse; else as many of the nearest as it takes."""
        for pick in picks[:MAX_TRIED]:
            if not self._is_broken(fault.path, [pick.block]):
                self._move(pick)
                return
        for most in range(2, len(picks) + 1):
            near = [pick.block for pick in picks[:most]]
            if not self._is_broken(fault.path, near):
                for pick in picks[:most]:
                    self._move(pick)
                return

    def _is_broken(self, path: str, ids: Sequence[str]) -> bool:
        text = self._subsets.text(path, self._with(ids))
        return any(fault.kind == "syntax" for fault in self._subsets.faults_in(path, text))

    # candidates

    def _turned(self, id_: str) -> tuple[Mentions, Mentions]:
        """What moving a block brings and what it takes away."""
        added, removed = self._edges.sides.get(id_, (_NOTHING, _NOTHING))
        return (added, removed) if self._takes else (removed, added)

    def _in_file(self, path: str) -> list[str]:
        return [id_ for id_, block in self._subsets.blocks.items() if block.path == path and id_ in self._free]

    def _picks(self, fault: SubsetFault) -> Iterator[_Pick]:
        at = self._subsets.block_at(fault.path, fault.line, self._state)
        by = self._by(fault, at.id if at else "")
        if fault.kind == "syntax":
            yield from self._nearest(fault, by)
            return
        if fault.module:
            yield from self._of_module(fault, at.id if at else "", by)
            return
        seen: set[str] = set()
        for id_, how in self._by_name(fault, at.id if at else ""):
            if id_ not in seen:
                seen.add(id_)
                yield _Pick(id_, _REASONS[how, self._takes].format(name=fault.name), by, how)

    def _by_name(self, fault: SubsetFault, at: str) -> Iterator[tuple[str, str]]:
        here = self._in_file(fault.path)
        sides = {id_: self._turned(id_) for id_ in here}
        name = fault.name.partition(".")[0]
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

    def _of_module(self, fault: SubsetFault, at: str, by: str) -> Iterator[_Pick]:
        if not fault.name:
            for id_ in self._in_file(fault.module):
                yield _Pick(id_, _REASONS["file", self._takes].format(name=fault.module, user=fault.path), by)
            if at in self._free:
                yield _Pick(at, _REASONS["unimports", self._takes].format(name=fault.module), by)
            return
        for id_ in self._in_file(fault.module):
            if _kind_of(self._turned(id_)[0], fault.name) is not None:
                yield _Pick(id_, _REASONS["defines", self._takes].format(name=fault.name), by)
        for id_ in dict.fromkeys((at, *self._in_file(fault.path))):
            if id_ in self._free and any(use.name == fault.name for use in self._turned(id_)[1].uses):
                yield _Pick(id_, _REASONS["unimports", self._takes].format(name=fault.name), by)

    def _nearest(self, fault: SubsetFault, by: str) -> Iterator[_Pick]:
        reason = "closes the bracket" if "never closed" in fault.name or "missing '" in fault.name else "same statement"
        places = [
            (max(start - fault.line, fault.line - end + 1, 0), self._order[block.id], block.id)
            for block, start, end in self._subsets.places(fault.path, self._state)
            if block.id in self._free
        ]
        for _, _, id_ in sorted(places):
            yield _Pick(id_, _REASONS[reason, self._takes], by)
        for id_ in self._in_file(fault.path):
            if self._subsets.blocks[id_].kind != "lines":
                yield _Pick(id_, _REASONS["same statement", self._takes], by)

    def _picks_of_missing(self, missing: Missing) -> list[_Pick]:
        reason = "parameter" if missing.kind in ("parameter", "signature") else (
            "imports" if missing.kind == "import" else "defines"
        )  # fmt: skip
        name = missing.name.partition("#")[0]
        if self._takes:
            by = next(iter(missing.users or [id_ for id_ in missing.takes if id_ in self._given]), "")
            picks = [_Pick(id_, _REASONS[reason, True].format(name=name), by) for id_ in missing.gives]
            picks += [_Pick(id_, _REASONS["unuses", True].format(name=name), by) for id_ in missing.ends]
        else:
            picks = [_Pick(id_, _REASONS["unuses", False].format(name=name), self._first) for id_ in missing.users]
            picks += [_Pick(id_, _REASONS["defines", False].format(name=name), self._first) for id_ in missing.takes]
        return [pick for pick in picks if pick.block in self._free]

    def _by(self, fault: SubsetFault, at: str) -> str:
        """Which of the given blocks a fault is about."""
        if not self._takes:
            return self._first
        if at in self._state:
            return at
        given = [id_ for id_ in self._given if self._subsets.blocks[id_].path in (fault.path, fault.module)]
        for id_ in given:
            if any(each.name == fault.name for side in self._turned(id_) for each in (*side.definitions, *side.uses)):
                return id_
        return given[0] if given else ""

    # the end

    def _last_resort(self) -> None:
        """Where no single block helps: the whole file, then everything; but only if that does help."""
        for wide in (False, True):
            faults = self._faults()
            paths = {path for fault in faults for path in (fault.path, fault.module) if path}
            ids = [id_ for id_ in self._subsets.blocks if self._can_move(id_)]
            ids = ids if wide else [id_ for id_ in ids if self._subsets.blocks[id_].path in paths]
            if faults and ids and len(self._subsets.faults(self._with(ids))) < len(faults):
                for id_ in ids:
                    self._move(_Pick(id_, _REASONS["all" if wide else "whole", self._takes], ""))

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
        self._moved = {id_: pick for id_, pick in self._moved.items() if id_ in kept}


def _movable(missing: Missing, takes: bool) -> tuple[str, ...]:
    return missing.gives + missing.ends if takes else missing.users + missing.takes


def _kind_of(said: Mentions, name: str) -> str | None:
    return next((each.kind for each in said.definitions if each.name == name), None)


_REASONS = {
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

"""The commits of a walk and how they hang together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NEAR = 3
"""So far above its base work that was accepted in a work tree is usually committed."""


@dataclass
class Graph:
    """`parents` in the order of the walk: each commit after its parents. `before` are the commits of the main line that
    the walk goes on from, newest first."""

    parents: Mapping[str, Sequence[str]]
    before: Sequence[str] = ()
    _places: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._places = {id_: place for place, id_ in enumerate(self.parents)}

    def place(self, commit: str) -> int | None:
        """None for one that is not in the walk."""
        return self._places.get(commit)

    def may_explain(self, base: str, commit: str) -> bool:
        """Whether work on top of `base` can have come in with `commit`: not where that is `base` itself or before it.
        What is not known here forbids nothing."""
        place = self._places.get(base)
        if place is None:
            return True
        here = self._places[commit]
        return place < here or (place > here and not self._is_ancestor(here, base))

    def _is_ancestor(self, place: int, commit: str) -> bool:
        """Whether the commit at a place leads to `commit`; what stands before it in the walk need not be asked."""
        seen, todo = {commit}, [commit]
        while todo:
            for parent in self.parents.get(todo.pop(), ()):
                at = self._places.get(parent, -1)
                if at == place:
                    return True
                if at > place and parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
        return False

    def just_below(self, commit: str) -> tuple[str, ...]:
        """The first parent of a commit and the two before that."""
        found: list[str] = []
        at = commit
        while len(found) < NEAR:
            parents = self.parents.get(at)
            if parents:
                at = parents[0]
            elif at in self.before:
                rest = self.before[self.before.index(at) + 1 :]
                return (*found, *rest[: NEAR - len(found)])
            else:
                break
            found.append(at)
        return tuple(found)

    def main_line(self, tip: str) -> list[str]:
        """The first parents of `tip` and itself that are in the walk, oldest first."""
        found = []
        while tip in self._places:
            found.append(tip)
            parents = self.parents[tip]
            if not parents:
                break
            tip = parents[0]
        return found[::-1]

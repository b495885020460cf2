"""The states of a walk: each commit's labels from those of its parents, kept for as long as a child needs them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from swe_agent.metrics.attribution.change import Change
from swe_agent.metrics.attribution.graph import Graph
from swe_agent.metrics.attribution.merging import Contents, Merged, MergeStep, merge_files
from swe_agent.metrics.attribution.opening import Opening
from swe_agent.metrics.attribution.state import State
from swe_agent.metrics.attribution.walk import Step, Walker


class Told(Step, Protocol):
    """A commit, as `repo.history` tells it."""

    @property
    def parents(self) -> Sequence[str]: ...


@dataclass
class Survey:
    walker: Walker
    graph: Graph
    contents: Contents
    merged: Callable[[str], Sequence[Merged]]
    """What a merge has changed against its first parent."""
    opening: Opening
    main: Collection[str]
    """The commits of the main line."""
    outside: Callable[[str], State | None]
    """The state of a commit that the walk does not come to: where it begins, or a branch that began before."""
    states: dict[str, State] = field(default_factory=dict)
    """Of the commits that the walk begins with, and of those whose children are still to come."""
    _children: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._children = {}
        for parents in self.graph.parents.values():
            for parent in parents:
                self._children[parent] = self._children.get(parent, 0) + 1

    def expect(self, commit: str) -> None:
        """Keep the state of this commit, too, as if a child of it were still to come."""
        self._children[commit] = self._children.get(commit, 0) + 1

    def take(self, commit: Told) -> list[Change]:
        """Bring in the next commit; what it has changed. Its state is in `states` until its last child has come."""
        parents = list(dict.fromkeys(commit.parents))
        self.opening.commit(commit.at, parents)
        others = [state for one in parents[1:] if (state := self._state_of(one)) is not None]
        state = self._state_after(parents[0]) if parents else State()
        if others:
            files, given = merge_files(self.merged(commit.id), state, others, self.contents, self.walker.rules.reads)
            step = MergeStep(commit.id, commit.author, commit.message, commit.at, files)
            changes = self.walker.step(step, state, given)
        else:
            changes = self.walker.step(commit, state)
        for parent in parents[1:]:
            self._done(parent)
        self.states[commit.id] = state
        if commit.id in self.main:
            self._settle(commit, changes, state)
        return changes

    def _settle(self, commit: Told, changes: Sequence[Change], state: State) -> None:
        """The main line has these lines now: their blocks need not be sought any more."""
        if len(commit.parents) > 1:
            after = (state.get(path) for path in state.touched)
            labels = {label for file in after if file is not None for label in set(file.labels or ())}
        else:
            labels = {label for change in changes if change.is_told for label in set(change.arrived())}
        self.opening.found(labels)
        self.opening.landed()

    def _state_after(self, parent: str) -> State:
        """The parent's state, to be changed: itself where nobody else needs it."""
        state = self._state_of(parent) or State()
        if self._done(parent):
            return state.copy()
        state.touched = {}
        return state

    def _state_of(self, commit: str) -> State | None:
        """None for a commit that this repository lacks."""
        state = self.states.get(commit)
        if state is None and self.graph.place(commit) is None:
            state = self.outside(commit)
            if state is not None:
                self.states[commit] = state
        return state

    def _done(self, parent: str) -> bool:
        """Whether it is still needed after this child."""
        self._children[parent] -= 1
        if self._children[parent]:
            return True
        self.states.pop(parent, None)
        return False

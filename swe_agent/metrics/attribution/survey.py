"""The states of a walk: each commit's labels from those of its parents, kept for as long as a child needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from swe_agent.metrics.attribution.change import Change
from swe_agent.metrics.attribution.graph import Graph
from swe_agent.metrics.attribution.merging import Contents, Merged, MergeStep, merge_files
from swe_agent.metrics.attribution.walk import FileStep, State, Walker


class Told(Protocol):
    """A commit, as `repo.history` tells it."""

    @property
    def id(self) -> str: ...
    @property
    def parents(self) -> Sequence[str]: ...
    @property
    def at(self) -> int: ...
    @property
    def author(self) -> str: ...
    @property
    def message(self) -> bytes: ...
    @property
    def files(self) -> Sequence[FileStep]: ...


@dataclass
class Survey:
    walker: Walker
    graph: Graph
    contents: Contents
    merged: Callable[[str], Sequence[Merged]]
    """What a merge has changed against its first parent."""
    states: dict[str, State] = field(default_factory=dict)
    """Of the commits that the walk begins with, and of those whose children are still to come."""
    _children: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._children = {}
        for parents in self.graph.parents.values():
            for parent in parents:
                self._children[parent] = self._children.get(parent, 0) + 1

    def take(self, commit: Told) -> list[Change]:
        """Bring in the next commit; what it has changed. Its state is in `states` until its last child has come."""
        parents = list(dict.fromkeys(commit.parents))
        others = [self.states[one] for one in parents[1:] if one in self.states]
        state = self._state_after(parents[0]) if parents else {}
        if others:
            files, given = merge_files(self.merged(commit.id), state, others, self.contents)
            step = MergeStep(commit.id, commit.author, commit.message, commit.at, files)
            changes = self.walker.step(step, state, given)
        else:
            changes = self.walker.step(commit, state)
        for parent in parents[1:]:
            self._done(parent)
        self.states[commit.id] = state
        return changes

    def _state_after(self, parent: str) -> State:
        """The parent's state, to be changed: itself where nobody else needs it."""
        state = self.states.get(parent, {})
        return dict(state) if self._done(parent) else state

    def _done(self, parent: str) -> bool:
        """Whether it is still needed after this child."""
        self._children[parent] -= 1
        if self._children[parent]:
            return True
        self.states.pop(parent, None)
        return False


def all_of(survey: Survey, commits: Iterator[Told]) -> Iterator[tuple[Told, list[Change]]]:
    for commit in commits:
        yield commit, survey.take(commit)

"""A table in memory: real blocks on a real Desk, spliced and parsed as the program does it, with what needs what told
by the test. Its tests pass where the accepted blocks have no fault."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Mapping, Sequence

from swe_agent.core.companion import Need, SubsetFault
from swe_agent.core.decision import Decision
from swe_agent.core.diff import FileChange, FileEntry, diff_file, splice, split_lines
from swe_agent.core.errors import Cancelled, EnvironmentLacks
from swe_agent.core.proposal import HazardNote, Proposal, Provenance, Snapshot
from swe_agent.core.task import Task
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import TestCase, TestRun, Verdict, compare
from swe_agent.desk.desk import Desk
from swe_agent.desk.table import Subset

Files = Mapping[str, bytes]
Place = tuple[str, int]
"""A block: its path and its place in the file."""


def run_of(**outcomes: str) -> TestRun:
    cases = tuple(TestCase(id=f"tests/test_cart.py::{name}", outcome=outcome) for name, outcome in outcomes.items())  # type: ignore[arg-type]  # the test's own words
    return TestRun(
        command=("pytest",), status=int("failed" in outcomes.values()), cases=cases, seconds=0.1, tier="namespaced"
    )


PROVED = compare(run_of(test_total="failed", test_count="passed"), run_of(test_total="passed", test_count="passed"))


def change_of(
    path: str, base: bytes | None, head: bytes | None, *, modes: tuple[str, str] = ("100644", "100644")
) -> FileChange:
    old = FileEntry(mode=modes[0], id="1" * 40) if base is not None else None
    new = FileEntry(mode=modes[1], id="2" * 40) if head is not None else None
    return diff_file(path, old, new, base or b"", head or b"")


class MemoryTable:
    """`needs` says which block needs which others. `broken` are methods that fail, with what they say."""

    def __init__(
        self,
        base: Files,
        head: Files,
        *,
        needs: Mapping[Place, Sequence[Place]] | None = None,
        hazards: Sequence[HazardNote] = (),
        more: Sequence[FileChange] = (),
        task: str = "fix: totals ignore the discount",
    ) -> None:
        self._base, self._head = base, head
        paths = [
            path for path in (*base, *(path for path in head if path not in base)) if base.get(path) != head.get(path)
        ]
        self._changes = (*(change_of(path, base.get(path), head.get(path)) for path in paths), *more)
        self._desk = Desk(proposal=_proposal(self._changes, hazards, task), decisions={})
        self._comments: list[tuple[str, str]] = []
        self._needs = {
            self.block(*place): [self.block(*other) for other in others] for place, others in (needs or {}).items()
        }
        self._tested: dict[tuple[object, ...], Verdict] = {}
        self.broken: dict[str, str] = {}
        self.during: Callable[[str], None] = lambda _what: None
        """Called in the middle of `subset` and `test`."""
        self.asked: list[str] = []
        self.others: list[Desk] = []
        """What other processes will have made of the desk by the next look at it, one after the other."""
        self.stop: threading.Event | None = None
        """Of the last run of the tests."""

    def block(self, path: str, place: int = 0) -> str:
        return next(change for change in self._changes if change.path == path).blocks[place].id

    @property
    def desk(self) -> Desk:
        return self._desk

    @property
    def changes(self) -> Sequence[FileChange]:
        return self._changes

    @property
    def comments(self) -> Sequence[tuple[str, str]]:
        return tuple(self._comments)

    def base(self, change: FileChange) -> Sequence[str]:
        self._fails("base")
        return split_lines(self._base.get(change.path, b""))

    def refresh(self) -> bool:
        new = bool(self.others)
        if new:
            self._desk = self.others.pop(0)
        return new

    def decide(self, *decisions: Decision) -> None:
        self._fails("decide")
        self.refresh()
        desk = self._desk
        for decision in decisions:
            desk = desk.decide(decision)
        self._desk = desk

    def comment(self, block: str, text: str) -> None:
        self._fails("comment")
        self._comments.append((block, text))

    def needs(self, *blocks: str) -> Sequence[Need]:
        self._fails("needs")
        taken = {block.id for block in self._desk.accepted} | set(blocks)
        return self._closed(
            taken, {by: list(others) for by, others in self._needs.items()}, taken, "defines what it uses"
        )

    def needed_by(self, *blocks: str) -> Sequence[Need]:
        self._fails("needed_by")
        accepted = {block.id for block in self._desk.accepted} - set(blocks)
        turned: dict[str, list[str]] = {}
        for by, others in self._needs.items():
            for other in others:
                turned.setdefault(other, []).append(by)
        found = self._closed(set(blocks), turned, set(blocks), "uses what this defines")
        return [need for need in found if need.block in accepted]

    def _closed(self, start: set[str], edges: Mapping[str, Sequence[str]], known: set[str], why: str) -> list[Need]:
        found: list[Need] = []
        new, seen = sorted(start), set(known)
        while new:
            by = new.pop(0)
            for block in edges.get(by, ()):
                if block not in seen:
                    seen.add(block)
                    new.append(block)
                    found.append(Need(block=block, by=by, why=why))
        return found

    def subset(self) -> Subset:
        self._fails("subset")
        self.asked.append("subset")
        trees = self.tree()
        self.during("subset")
        return Subset(faults=self._faults(trees), verdict=self._tested.get(self._key(trees)))

    def test(self, stop: threading.Event | None = None) -> Verdict:
        self._fails("test")
        self.stop = stop
        self.asked.append("test")
        trees = self.tree()
        self.during("test")
        if stop is not None and stop.is_set():
            raise Cancelled("the tests were stopped")
        good = not self._faults(trees)
        after = (
            run_of(test_total="passed", test_count="passed")
            if good
            else run_of(test_total="failed", test_count="failed")
        )
        verdict = compare(run_of(test_total="failed", test_count="passed"), after)
        self._tested[self._key(trees)] = verdict
        return verdict

    def tree(self) -> dict[str, bytes | None]:
        """Each changed file with the accepted blocks alone."""
        made: dict[str, bytes | None] = {}
        for change in self._changes:
            spliced = splice(
                change, self._base.get(change.path, b""), self._head.get(change.path, b""), self._desk.chosen(change)
            )
            made[change.path] = spliced.data if spliced else None
        return made

    def _faults(self, trees: Mapping[str, bytes | None]) -> tuple[SubsetFault, ...]:
        faults = []
        for path, data in trees.items():
            if path.endswith(".py") and data is not None:
                try:
                    ast.parse(data)
                except (SyntaxError, ValueError) as error:
                    faults.append(
                        SubsetFault(path=path, line=getattr(error, "lineno", 1) or 1, kind="syntax", what=str(error))
                    )
        accepted = {block.id for block in self._desk.accepted}
        paths = {block.id: block.path for block in self._desk.proposal.blocks}
        for by, others in self._needs.items():
            if by in accepted and not accepted.issuperset(others):
                faults.append(SubsetFault(path=paths[by], line=1, kind="undefined", what="rounded"))
        return tuple(faults)

    def _key(self, trees: Mapping[str, bytes | None]) -> tuple[object, ...]:
        return tuple(sorted(trees.items(), key=lambda one: one[0]))

    def _fails(self, method: str) -> None:
        if method in self.broken:
            raise EnvironmentLacks(self.broken[method], hint="try again")


def _proposal(changes: tuple[FileChange, ...], hazards: Sequence[HazardNote], task: str) -> Proposal:
    return Proposal(
        id="20260101-120000-shop",
        task=Task(text=task),
        snapshot=Snapshot(commit="3" * 40, tree="4" * 40, head=None, branch=None, dirty=False),
        tree="5" * 40,
        changes=changes,
        verdict=PROVED,
        provenance=Provenance(
            engine="model", model="scripted", prompt_version="1", edit_format="pairs", task_kind="fix"
        ),
        spent=Spent(),
        hazards=tuple(hazards),
    )

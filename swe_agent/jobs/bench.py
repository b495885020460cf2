"""What the agent works on, made of a workspace, an index and the harness. See `agent.bench` for the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from swe_agent.agent.bench import CommandOutput, Edited, Hit
from swe_agent.core.diff import FileChange
from swe_agent.core.edit import Edit
from swe_agent.core.event import BenchmarkRan, CommandRan, EditProposed, EditRefused
from swe_agent.core.measured import Measured
from swe_agent.core.ports import Emit
from swe_agent.core.source import Symbol
from swe_agent.core.task import within
from swe_agent.core.verdict import TestRun, Verdict
from swe_agent.edits.apply import Applied, apply
from swe_agent.edits.formats import apply_text
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.edits.rename import NamesOf
from swe_agent.index.history import History
from swe_agent.index.index import Index, build
from swe_agent.index.store import Store
from swe_agent.jobs.contents import Contents
from swe_agent.jobs.evidence import Evidence
from swe_agent.syntax.faults import new_faults
from swe_agent.syntax.language import is_test_file
from swe_agent.verify.measure import PAIRS, QUICK, measure
from swe_agent.verify.weakened import weakened
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.workspace import Ran, Workspace

COMMAND_SECONDS = 120.0
IDLE_SECONDS = 60.0
MEASURE_SECONDS = 300.0


LOG = "log:"
"""What the names of kept outputs begin with; no path of a repository that is worth reading does."""


class Bench:
    """Implements agent.bench.Bench. `evidence` is what knows of tests; logs lie beside the tree, never in it."""

    def __init__(self, space: Workspace, box: JobBox, evidence: Evidence, emit: Emit, store: Store) -> None:
        self._space = space
        self._box = box
        self._emit = emit
        self._store = store
        self._index: Index | None = None
        self._indexed = ""
        """The tree that it is of."""
        self._contents = Contents()
        self._tree: str | None = None
        """As it is now; None where a command or an edit may have changed it."""
        self.evidence = evidence
        evidence.runs_by(self.run_command)
        evidence.reached = lambda changed: self.index().tests_reached(changed)
        evidence.own = self._own_tests
        self.past: Callable[[], History | None] = lambda: None
        """What past commits tell the ranking."""
        self.reviewed: Callable[[str], Sequence[str]] = lambda _tree: ()
        """What a review says of a tree, a line each."""
        self.test_seconds: Callable[[], float] = lambda: 600.0
        self.paths: tuple[str, ...] = ()
        """Where edits may be made; empty is everywhere."""
        self._past: dict[str, list[str]] = {}
        """What files were before each edit, the last one first."""
        self._names = NamesOf(self.index)
        self.closed: tuple[str, ...] = ()
        """Files of secrets, which are not read to anybody."""
        self.bench_command = ""
        self.monotonic: Callable[[], float] = lambda: 0.0
        self._measured: dict[str, Measured] = {}
        self._logs: Path = box.box.root / "logs"

    # ---- reading

    def files(self) -> Sequence[str]:
        return self._space.files()

    def read(self, path: str) -> str | None:
        if path.startswith(LOG):
            return self._log(path.removeprefix(LOG))
        if path in self.closed:
            raise ValueError(f"{path} holds secrets and is not shown")
        return self._space.read(path)

    def own(self, path: str) -> str | None:
        """The text of what is a file here itself, and no link; None for all else."""
        return self._space.own(path)

    def content(self, path: str) -> str | None:
        """What a model is shown unasked: a link to a file of the tree is followed; None for what is closed."""
        path = self._space.target(path) or path
        return None if path in self.closed else self._space.own(path)

    def index(self) -> Index:
        """Of the tree as it is now; built again after a change, from the cache where nothing changed."""
        tree = self.tree()
        if self._index is None or self._indexed != tree:
            entries = self._box.files(tree)
            files = {path: entry.id for path, entry in entries.items() if entry.mode.startswith("100")}
            read = partial(self._contents.read, files, self._bytes)
            self._index = replace(build(list(files.items()), read, store=self._store), past=self.past)
            self._indexed = tree
        return self._index

    def _bytes(self, path: str) -> bytes:
        return (self._space.own(path) or "").encode("utf-8", "surrogateescape")

    def search(self, pattern: str, under: str, *, regex: bool) -> Sequence[Hit]:
        found = self.index().search(pattern, regex=regex, paths=[under] if under else (), limit=101)
        return [Hit(path=match.path, line=match.line, text=match.text) for match in found.found]

    def symbols(self, name: str) -> Sequence[Symbol]:
        return self.index().symbols_named(name)

    def outline(self, path: str) -> Sequence[Symbol]:
        return self.index().outline(path)

    def _own_tests(self, changes: Sequence[FileChange]) -> Sequence[str]:
        """Ids of the tests that a change adds lines to, as pytest spells them."""
        found: list[str] = []
        for change in changes:
            if change.new is None or not is_test_file(change.path):
                continue
            added = _added_lines(change)
            for symbol in self.outline(change.path):
                touched = any(line in symbol.span for line in added)
                if touched and symbol.kind in ("function", "method") and symbol.name.startswith("test"):
                    found.append(f"{change.path}::{symbol.qualified.replace('.', '::')}")
        return found

    # ---- changing

    def edit(self, edits: Sequence[Edit]) -> str | None:
        outcome = self._changed(apply(edits, self._space.read, new_faults, older=self._older, names=self._names))
        return outcome.feedback if isinstance(outcome, Refused) else None

    def edit_text(self, text: str, format: str) -> Edited:
        outcome = self.take(text, format)
        if isinstance(outcome, Refused):
            return Edited(refused=outcome.feedback)
        paths = (*outcome.files, *(path for path in outcome.executable if path not in outcome.files))
        return Edited(paths=paths, inexact=tuple(outcome.overlooked))

    def take(self, reply: str, name: str) -> Applied | Refused:
        """The edits of a reply in a format."""
        files = set(self.files())
        return self._changed(
            apply_text(reply, files, self._space.read, new_faults, name, older=self._older, names=self._names)
        )

    def _changed(self, outcome: Applied | Refused) -> Applied | Refused:
        if isinstance(outcome, Applied):
            paths = [*outcome.files, *outcome.executable]
            outside = [path for path in paths if self.paths and not within(path, self.paths)]
            if outside:
                said = f"it lies outside of what this task may change: {', '.join(self.paths)}"
                outcome = Refused(reason=Reason.OUTSIDE, path=outside[0], said=said)
        if isinstance(outcome, Applied):
            before = {path: text for path in outcome.files if (text := self._space.read(path)) is not None}
            try:
                self._space.apply(outcome.files, executable=outcome.executable, moved=outcome.moved)
            except ValueError as error:  # a link or a folder is in the place of the file
                outcome = Refused(reason=Reason.OUTSIDE, said=str(error))
            else:
                for path, text in before.items():
                    self._past.setdefault(path, []).insert(0, text)
        if isinstance(outcome, Refused):
            self._emit(EditRefused(path=outcome.path, reason=outcome.reason))
            return outcome
        self._tree = None
        if self._index is not None:
            new = {
                path: None if text is None else text.encode("utf-8", "surrogateescape")
                for path, text in outcome.files.items()
            }
            self._index = self._index.edited(new)
        tree = self._indexed = self.tree()
        for path, text in outcome.files.items():
            self._emit(EditProposed(path=path, what="deleted" if text is None else "written", tree=tree))
        return outcome

    def _older(self, path: str) -> Sequence[tuple[str, str]]:
        return [
            (f"{back} edit{'s' if back > 1 else ''} ago", text) for back, text in enumerate(self._past.get(path, []), 1)
        ]

    def run(self, command: str) -> CommandOutput:
        # Of a command that is ended for taking too long, what it has printed is worth having.
        environment = {"PYTHONUNBUFFERED": "1"}
        seconds = min(COMMAND_SECONDS, self.test_seconds())
        ran = self.run_command(("sh", "-c", command), environment, seconds, IDLE_SECONDS)
        text = ran.output.decode("utf-8", "replace")
        return CommandOutput(status=ran.status, text=text, timed_out=ran.timed_out, log=self._keep(text))

    def _keep(self, text: str) -> str:
        """The whole output of a command as a file beside the box: the name that it is read by."""
        self._logs.mkdir(mode=0o700, exist_ok=True)
        number = sum(1 for _ in self._logs.iterdir()) + 1
        (self._logs / str(number)).write_text(text, encoding="utf-8", errors="replace")
        return f"{LOG}{number}"

    def _log(self, number: str) -> str | None:
        there = self._logs / number
        return there.read_text("utf-8", "replace") if number.isdecimal() and there.is_file() else None

    def run_command(
        self, argv: Sequence[str], environment: dict[str, str], seconds: float, idle: float | None = None
    ) -> Ran:
        self._tree = None
        return recorded_run(self._space, self._emit, argv, environment, seconds, idle)

    # ---- what came of it

    def run_tests(self, only: Sequence[str]) -> TestRun | None:
        return self.evidence.run(only, self.tree())

    def run_tests_before(self, only: Sequence[str]) -> TestRun | None:
        return self.evidence.run_before(only, self.tree())

    def verdict(self) -> Verdict:
        return self.evidence.verdict(self.tree())

    def final_verdict(self) -> Verdict:
        """The verdict that a proposal carries. Files that are not part of the tree (ignored ones, say) may have decided
        an earlier run; where there are such, the suite runs once more on the tree alone."""
        tree = self.tree()
        if self.evidence.can_run and set(self._space.files()) - self._box.files(tree).keys():
            self._space.renew(tree)
            self.evidence.forget(tree)
        return self.verdict()

    def measure(self, *, thoroughly: bool = False) -> Measured | None:
        """As the last measurement of this very tree says, where it was thorough; else anew."""
        if not self.bench_command:
            return None
        head = self.tree()
        if head in self._measured:
            return self._measured[head]
        until = self.monotonic() + MEASURE_SECONDS
        measured = measure(
            lambda: self.run_command(("sh", "-c", self.bench_command), {}, COMMAND_SECONDS),
            self.bench_command,
            base=lambda: self._space.reset(self.evidence.base),
            head=lambda: self._space.reset(head),
            pairs=PAIRS if thoroughly else QUICK,
            enough=lambda: self.monotonic() > until,
        )
        self._space.reset(head)
        self._emit(BenchmarkRan(measured=measured, tree=head))
        if thoroughly:
            self._measured[head] = measured
        return measured

    def tree(self) -> str:
        if self._tree is None:
            self._tree = self._space.leave().tree
        return self._tree

    def diff(self) -> str:
        return self._box.patch(self.evidence.base, self.tree()).decode("utf-8", "replace")

    def doubts(self) -> Sequence[str]:
        tree = self.tree()
        notes = [
            *self._box.hazards(self.evidence.base, tree),
            *weakened(self.evidence.changes(tree), is_test_file),
        ]
        flagged = [f"`{note.path}` is flagged ({note.kind}): {note.detail}" for note in notes]
        return [*flagged, *self._defined_twice(self.evidence.changes(tree)), *self.reviewed(tree)]

    def _defined_twice(self, changes: Sequence[FileChange]) -> list[str]:
        """Tests that the change adds beside one of the same name: only the later one is ever run."""
        found: list[str] = []
        for change in changes:
            added = _added_lines(change)
            spans: dict[str, list[Symbol]] = {}
            for symbol in self.outline(change.path) if change.new is not None else ():
                if symbol.language == "python" and symbol.name.startswith("test"):
                    spans.setdefault(symbol.qualified, []).append(symbol)
            for name, twins in spans.items():
                if len(twins) > 1 and any(one.span.start in added for one in twins):
                    lines = " and ".join(str(one.span.start) for one in twins)
                    found.append(
                        f"`{change.path}` defines `{name}` more than once, at lines {lines}: the last one counts"
                    )
        return found


def _added_lines(change: FileChange) -> set[int]:
    """Of the file as it is now, from 1."""
    return {line for b in change.blocks for line in range(b.head_start + 1, b.head_start + len(b.added) + 1)}


def recorded_run(
    space: Workspace,
    emit: Emit,
    argv: Sequence[str],
    environment: dict[str, str],
    seconds: float,
    idle: float | None = None,
) -> Ran:
    """Run a command in the work tree, and record that it was run and under what."""
    ran = space.run(argv, seconds=seconds, environment=environment, idle_seconds=idle)
    emit(
        CommandRan(
            argv=tuple(argv),
            status=ran.status,
            seconds=round(ran.seconds, 3),
            tier=ran.tier,
            layers=ran.layers,
            missing=ran.missing,
        )
    )
    return ran

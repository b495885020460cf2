"""What the agent works on, made of a workspace, an index and the harness. See `agent.bench` for the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from swe_agent.agent.bench import CommandOutput, Hit
from swe_agent.core.edit import Edit
from swe_agent.core.event import CommandRan, EditProposed, EditRefused, TestsRan
from swe_agent.core.ports import Emit
from swe_agent.core.source import Symbol
from swe_agent.core.task import within
from swe_agent.core.verdict import TestRun, Verdict, compare
from swe_agent.edits.apply import Applied, apply
from swe_agent.edits.formats import apply_text
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.edits.rename import NamesOf
from swe_agent.index.history import History
from swe_agent.index.index import Index, build
from swe_agent.index.store import Store
from swe_agent.syntax.faults import new_faults
from swe_agent.verify.baseline import Baseline
from swe_agent.verify.run import run_tests, selects
from swe_agent.workspace.box import JobBox
from swe_agent.workspace.workspace import Ran, Workspace

COMMAND_SECONDS = 120.0
IDLE_SECONDS = 60.0


class Bench:
    """Implements agent.bench.Bench. Each test run of the whole suite is recorded with the tree that it ran on."""

    def __init__(self, space: Workspace, box: JobBox, baseline: Baseline, emit: Emit, store: Store) -> None:
        self._space = space
        self._box = box
        self._baseline = baseline
        self._emit = emit
        self._store = store
        self._index: Index | None = None
        self.past: Callable[[], History | None] = lambda: None
        """What past commits tell the ranking."""
        self.test_seconds: Callable[[], float] = lambda: 600.0
        self.paths: tuple[str, ...] = ()
        """Where edits may be made; empty is everywhere."""
        self._past: dict[str, list[str]] = {}
        """What files were before each edit, the last one first."""
        self._names = NamesOf(self.index)
        self.last_verdict: tuple[str, Verdict] | None = None
        """The tree of the last whole run, and what it said."""

    # ---- reading

    def files(self) -> Sequence[str]:
        return self._space.files()

    def read(self, path: str) -> str | None:
        return self._space.read(path)

    def index(self) -> Index:
        """Of the tree as it is now; built again after a change, from the cache where nothing changed."""
        if self._index is None:
            entries = self._box.files(self.tree())
            files = [(path, entry.id) for path, entry in entries.items() if entry.mode.startswith("100")]
            self._index = replace(build(files, self._read_many, store=self._store), past=self.past)
        return self._index

    def _read_many(self, paths: Sequence[str]) -> list[bytes]:
        return [(self._space.read(path) or "").encode("utf-8", "surrogateescape") for path in paths]

    def search(self, pattern: str, under: str, *, regex: bool) -> Sequence[Hit]:
        found = self.index().search(pattern, regex=regex, paths=[under] if under else (), limit=101)
        return [Hit(path=match.path, line=match.line, text=match.text) for match in found.found]

    def symbols(self, name: str) -> Sequence[Symbol]:
        return self.index().symbols_named(name)

    def outline(self, path: str) -> Sequence[Symbol]:
        return self.index().outline(path)

    # ---- changing

    def edit(self, edits: Sequence[Edit]) -> str | None:
        refused = self._changed(apply(edits, self._space.read, new_faults, older=self._older, names=self._names))
        return refused.feedback if refused else None

    def take(self, reply: str, name: str) -> Refused | None:
        """The edits of a reply in a format."""
        files = set(self.files())
        return self._changed(
            apply_text(reply, files, self._space.read, new_faults, name, older=self._older, names=self._names)
        )

    def _changed(self, outcome: Applied | Refused) -> Refused | None:
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
        self._index = None
        tree = self.tree()
        for path, text in outcome.files.items():
            self._emit(EditProposed(path=path, what="deleted" if text is None else "written", tree=tree))
        return None

    def _older(self, path: str) -> Sequence[tuple[str, str]]:
        return [
            (f"{back} edit{'s' if back > 1 else ''} ago", text) for back, text in enumerate(self._past.get(path, []), 1)
        ]

    def run(self, command: str) -> CommandOutput:
        ran = self.run_command(("sh", "-c", command), {}, min(COMMAND_SECONDS, self.test_seconds()), IDLE_SECONDS)
        self._index = None
        return CommandOutput(status=ran.status, text=ran.output.decode("utf-8", "replace"), timed_out=ran.timed_out)

    def run_command(
        self, argv: Sequence[str], environment: dict[str, str], seconds: float, idle: float | None = None
    ) -> Ran:
        ran = self._space.run(argv, seconds=seconds, environment=environment, idle_seconds=idle)
        self._emit(
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

    # ---- tests

    def run_tests(self, only: Sequence[str]) -> TestRun | None:
        command = self._baseline.command
        if command is None:
            return None
        only = only if selects(command) else ()
        run = run_tests(self.run_command, command, seconds=self.test_seconds(), only=only)
        if not only:
            self._record(run)
        return run

    def verdict(self) -> Verdict:
        """A run of the whole suite on this very tree is not repeated."""
        tree = self.tree()
        if self.last_verdict is None or self.last_verdict[0] != tree:
            if self._baseline.command is None or (self._baseline.run is None and self._baseline.note):
                return Verdict(before=self._baseline.run, note=self._baseline.note)
            self._record(run_tests(self.run_command, self._baseline.command, seconds=self.test_seconds()))
        assert self.last_verdict is not None, "the run above has recorded one"
        return self.last_verdict[1]

    def final_verdict(self) -> Verdict:
        """The verdict that a proposal carries. Files that are not part of the tree (ignored ones, say) may have decided
        an earlier run; where there are such, the suite runs once more on the tree alone."""
        tree = self.tree()
        if self._baseline.run is not None and set(self._space.files()) - self._box.files(tree).keys():
            self._space.renew(tree)
            self.last_verdict = None
        return self.verdict()

    def _record(self, run: TestRun) -> None:
        tree = self.tree()
        self._emit(TestsRan(run=run, tree=tree))
        self.remember(tree, run)

    def remember(self, tree: str, run: TestRun) -> None:
        """Take a recorded run as the evidence for a tree."""
        before = self._baseline
        self.last_verdict = (tree, compare(before.run, run, flaky=frozenset(before.flaky)))

    def tree(self) -> str:
        return self._space.leave().tree

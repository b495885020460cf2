"""The tests on the user's tree as a landing would make it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from swe_agent.core.decision import Accept, Amend, Decision
from swe_agent.core.errors import Cancelled, SweAgentError
from swe_agent.core.event import BaselineTaken
from swe_agent.core.proposal import Proposal, Snapshot
from swe_agent.core.verdict import TestRun, Verdict, compare
from swe_agent.desk.desk import Desk
from swe_agent.desk.land import Planned, plan
from swe_agent.desk.write import look
from swe_agent.jobs.job import box_of, load, open_workspace
from swe_agent.jobs.kit import Kit
from swe_agent.repo import snapshot as snapshots
from swe_agent.workspace.box import JobBox

if TYPE_CHECKING:
    from swe_agent.workspace.workspace import Ran


class Trial:
    """What is accepted, tested in a fresh tree under a sandbox tier. A tree is tested once."""

    def __init__(self, kit: Kit, sandbox: str) -> None:
        self._kit = kit
        self._sandbox = sandbox
        self._verdicts: dict[str, Verdict] = {}
        self._last: tuple[Mapping[str, Decision], Verdict] | None = None

    def known(self, desk: Desk) -> Verdict | None:
        """What the tests say of exactly what is accepted now; None where they have not run on it."""
        proposal = desk.proposal
        if self._last is not None and self._last[0] == _accepted(desk):
            return self._last[1]
        whole = all(isinstance(desk.decisions.get(block.id), Accept) for block in proposal.blocks)
        return proposal.verdict if whole and proposal.verdict.ran else None

    def run(self, desk: Desk, stop: threading.Event | None = None) -> Verdict:
        """Raises as a landing does where the user's files have moved on, and Cancelled soon after `stop` is set."""
        top = self._kit.place.checkout.top
        box = box_of(self._kit, desk.proposal.id)
        files = plan(desk, box.contents(desk.proposal.changes).__getitem__, lambda path: look(top, path))
        verdict = self.of(desk.proposal, box, files, stop)
        self._last = (_accepted(desk), verdict)
        return verdict

    def of(
        self, proposal: Proposal, box: JobBox, files: Sequence[Planned], stop: threading.Event | None = None
    ) -> Verdict:
        """The run that the proposal has is used where the tree is the same."""
        _, events = load(self._kit, proposal.id)
        taken = next((body for body in events if isinstance(body, BaselineTaken)), None)
        if taken is None or not taken.command or taken.run is None:
            return Verdict(note=taken.note if taken else "the job took no baseline")
        base = snapshots.take(self._kit.place.git, self._kit.place.checkout, box)
        entries = {file.path: box.entry_of(file.after) for file in files}
        tree = box.tree_with(base.tree, entries)
        if tree == proposal.tree and proposal.verdict.ran:
            return proposal.verdict
        if tree not in self._verdicts:
            # What the user has changed since is theirs: neither blamed on the accepted blocks nor credited to them.
            same = base.tree == proposal.snapshot.tree
            kit = replace(self._kit, stop=stop or self._kit.stop)
            before = taken.run if same else self._run(kit, box, base, base.tree, taken)
            after = self._run(kit, box, base, tree, taken)
            self._verdicts[tree] = compare(before, after, flaky=frozenset(taken.flaky))
        return self._verdicts[tree]

    def _run(self, kit: Kit, box: JobBox, base: Snapshot, tree: str, taken: BaselineTaken) -> TestRun:
        """Cancelled where the kit's `stop` was set: a run that was cut short says nothing of the tree."""
        try:
            ran = self._ran(kit, box, base, tree, taken)
        except SweAgentError:
            if not kit.stop.is_set():
                raise
        else:
            if not kit.stop.is_set():
                return ran
        raise Cancelled("the tests were stopped")

    def _ran(self, kit: Kit, box: JobBox, base: Snapshot, tree: str, taken: BaselineTaken) -> TestRun:
        from swe_agent.verify.command import TestCommand  # what runs tests is loaded where some are run
        from swe_agent.verify.run import run_tests

        with closing(open_workspace(kit, box, base.commit, self._sandbox)) as space:
            space.renew(tree)

            def run_command(argv: Sequence[str], environment: dict[str, str], seconds: float) -> Ran:
                return space.run(argv, seconds=seconds, environment=environment)

            command = TestCommand(argv=taken.command, reason=taken.reason)
            return run_tests(run_command, command, seconds=kit.tuning.test_seconds)


def _accepted(desk: Desk) -> Mapping[str, Decision]:
    return {id_: decision for id_, decision in desk.decisions.items() if isinstance(decision, Accept | Amend)}

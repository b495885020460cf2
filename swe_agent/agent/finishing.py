"""Whether the work is done: the harness looks before it believes, and asks once about what is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.plan import open_steps
from swe_agent.agent.tools.tool import Result, cut
from swe_agent.core.task import TaskKind
from swe_agent.core.verdict import TestState, Verdict

MOST_ENDS = 3
"""Times that `finish` may be sent back because tests are broken; then the proposal says so itself."""
CHECK = "Before this is taken as finished"
"""What a result begins with that sends `finish` back to have something looked at."""
_HOW = "mend what is right in this list, then call `finish` again. What you leave as it is, say why in the summary."

Criticise = Callable[[Verdict], str]
"""What a critic has against the change; empty where it has nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """`criticise` is asked where no test proves the change, or as `critic` says: auto, always or never."""

    bench: Bench
    kind: TaskKind = "fix"
    criticise: Criticise = lambda _verdict: ""
    critic: str = "auto"

    def judge(self, *, checked: bool, steps: str) -> Result:
        """`checked`: it was sent back once already. `steps` is the model's own plan."""
        verdict = self.bench.verdict()
        if verdict.broken and verdict.after is not None:
            broken = verdict.of(TestState.BROKEN)
            said = f"not finished: {len(broken) or 'some'} tests that passed before fail now\n" + "\n".join(broken[:20])
            return Result(text=cut(f"{said}\n\n{verdict.after.output_tail}"), ok=False)
        points = () if checked else tuple(self._points(verdict, steps))
        if points:
            return Result(text=cut("\n".join([f"{CHECK}, {_HOW}", *(f"- {one}" for one in points)])), ok=False)
        return Result(text="finished")

    def _points(self, verdict: Verdict, steps: str) -> Iterator[str]:
        diff = self.bench.diff()
        if not diff:
            yield "No file has been changed."
            return
        yield from self._unproved(verdict, diff)
        yield from self._unmeasured()
        yield from (f"Open in your plan: {step}" for step in open_steps(steps))
        yield from self.bench.doubts()
        wanted = self.critic == "always" or (self.critic == "auto" and verdict.word != "verified")
        if wanted and (said := self.criticise(verdict)):
            yield f"A reviewer of the change says:\n{said}"

    def _unmeasured(self) -> Iterator[str]:
        measured = self.bench.measure(thoroughly=True) if self.kind == "optimise" else None
        if measured is not None and measured.word != "better":
            yield f"The benchmark says: {measured}. That is {measured.word}, and will not be taken."

    def _unproved(self, verdict: Verdict, diff: str) -> Iterator[str]:
        if verdict.red_before and verdict.ran and not verdict.fixed:
            red = verdict.of(TestState.STILL_FAILING)
            yield f"{len(red)} tests failed before the change and still fail: {', '.join(red[:10])}"
        elif self.kind == "fix" and verdict.ran and not verdict.red_before and not verdict.fixed:
            told = f" ({verdict.note})" if verdict.note else ""
            yield (
                f"No test fails without the change and passes with it, so nothing proves it{told}. Add one that does, "
                "where the project's tests can show the fault; `tests` with `before` runs yours on the code as it was."
            )

"""The repair engine at work: the failing tests are traced, edits are tried on them in the sandbox, the fixes kept.

Nothing of the search is written into the tree until it is over; then the kept edits go through the same transaction,
evidence and proposal as a model's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from swe_agent.core.edit import Replace
from swe_agent.core.errors import AnswerIsNo, EnvironmentLacks, UsageError
from swe_agent.core.event import EditProposed, PlanMade, ToolUsed
from swe_agent.core.fix import Fix, FixesFound, SmallEdit
from swe_agent.core.naming import named
from swe_agent.core.plan import Plan, Step
from swe_agent.core.suspicion import Suspicion
from swe_agent.core.task import within
from swe_agent.index.pool import processors
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.evidence import unchanged
from swe_agent.jobs.hints import TRIED, changes, hinted, query_of
from swe_agent.jobs.job import Job
from swe_agent.jobs.remembered import Remembered
from swe_agent.jobs.tracing import tested, trace, traced_first, traced_run, untraced
from swe_agent.jobs.trying import MOST_LANES, Trials
from swe_agent.repair.candidate import RepairResult
from swe_agent.repair.history import Past
from swe_agent.repair.languages import template_names
from swe_agent.repair.languages.base import Language
from swe_agent.repair.localise import localise, named_targets
from swe_agent.repair.probe import ProbeError
from swe_agent.repair.search import Tried, repair
from swe_agent.repair.spectrum import Spectrum
from swe_agent.verify.baseline import Baseline
from swe_agent.workspace.workspace import Ran, Workspace

TESTED, TIMES_TESTED = 3.0, 1.5
"""Seconds that are kept for the tests of what was found, and so many times what the plain run took."""
STEADY = 2.0
"""Seconds after which there is a rate to go by."""
SHOWN = 70
"""Characters of an alternative."""
SUSPECTS = 6
"""Places named in the plan."""


class Search:
    def __init__(self, job: Job, space: Workspace, bench: Bench, baseline: Baseline) -> None:
        self._job = job
        self._space = space
        self._bench = bench
        self._baseline = baseline
        self._without = _known(job.kit.tuning.repair_without)
        self._began: tuple[float, int] | None = None
        """When the first edit had been tried, and its number."""
        self._kept: float | None = None
        """Seconds of the job that are not the search's."""
        self._writes = False
        """Whether tests were seen to write into the tree: then they are run one after the other."""

    def plan(self) -> Plan:
        """Where will be searched. AnswerIsNo where no failing test gives the search anything to go by."""
        if recorded := self._job.recall(PlanMade):
            return recorded.plan
        self._job.kit.voices.progress("tracing the failing tests")
        failing = self.targets
        suspects = _one_a_file(localise(self._hinted, failing))
        plan = Plan(
            summary=f"Search for small edits that make {len(failing)} failing tests pass and break none.",
            steps=tuple(_step(suspect) for suspect in suspects[:SUSPECTS]),
        )
        self._job.emit(PlanMade(plan=plan))
        return plan

    def run(self) -> tuple[str, tuple[str, ...]]:
        """Search, and put what was kept into the tree: the summary, and the tests that it was about."""
        if self._job.recall(ToolUsed) is None:
            self._job.kit.voices.progress("searching")
            targets = self.targets
            with unchanged(self._space):
                trials = self._trials()
                result = repair(
                    self.sources,
                    self._hinted,
                    targets,
                    Remembered(trials, self._job.box().box.root / "trials.jsonl"),
                    self._out_of_time,
                    self._told,
                    retrace=trials.retrace,
                    compare=trials.compare,
                    ignored=frozenset(self._baseline.flaky),
                    without=self._without,
                    past=self._changes,
                )
            self._keep(result)
            return _summary(result), self.targets
        # Killed between the edit and the proposal: the workspace was put back to the kept edits already.
        recorded = self._job.recall(ToolUsed)
        assert recorded is not None, "looked up above"
        return recorded.result, self.targets

    # ---- what the search goes by

    @cached_property
    def targets(self) -> tuple[str, ...]:
        run = self._baseline.run
        if run is None:
            raise EnvironmentLacks(
                f"the repair engine needs a failing test, and none could be run: {self._baseline.note}",
                hint="name a model with `--model`, or the tests' command with `--test`",
            )
        failing = tuple(case.id for case in run.cases if case.red and case.id not in self._baseline.flaky)
        if run.timed_out:  # the traced run ends what does not end by itself
            failing = self.spectrum.failing
        if not failing:
            why = "every test passes" if run.green else "the test run does not tell its tests apart"
            if run.timed_out:
                why = f"the tests did not end within {run.seconds:.0f} s, and none was found that does not end"
            raise AnswerIsNo(
                f"no effect: {why}, so there is nothing that search could prove",
                hint="write a failing test, or name a model with `--model`",
            )
        # Only what the traced run names too: a test that it spells otherwise could never be seen to pass.
        traced = set(self.spectrum.failing)
        return named_targets(self._job.task.text, [test for test in failing if test in traced])

    @cached_property
    def sources(self) -> dict[str, str]:
        """Files of the tests' language that may be edited, by path."""
        under = self._job.task.paths
        return {
            path: text
            for path in self._bench.files()
            if path.endswith(self._language.suffixes) and (not under or within(path, under))
            if (text := self._bench.own(path)) is not None
        }

    @cached_property
    def spectrum(self) -> Spectrum:
        """The baseline once more, with our probe listening."""
        try:
            with unchanged(self._space) as written:
                near = traced_first(self._baseline, self._seconds_left(), self._job.task.text)
                spectrum = trace(self._run, self._baseline, near)
        except ProbeError as error:
            raise EnvironmentLacks(
                f"the repair engine cannot trace these tests: {error}",
                hint=self._language.hint,
            ) from error
        self._writes = bool(written)
        return spectrum.with_others(untraced(self._baseline, spectrum)) if near else spectrum

    @cached_property
    def _changes(self) -> tuple[Past, ...]:
        return changes(self._job, self._bench, self.spectrum, self.targets)

    @cached_property
    def _hinted(self) -> Spectrum:
        """With what is known beside the tests' runs."""
        query = query_of(self._job.task.text, (case for case in self.spectrum.cases if case.id in self.targets))
        return hinted(self.spectrum, self._bench.index(), query, self._changes, words=TRIED)

    @cached_property
    def _language(self) -> Language:
        return tested(self._baseline)

    @cached_property
    def _program(self) -> str:
        """What the tests run under."""
        if self.spectrum.start.executable:
            return self.spectrum.start.executable
        command = self._baseline.command
        assert command is not None, "a baseline that ran has a command"
        first, *others = self._language.programs
        if command.argv[0].rsplit("/", 1)[-1].startswith(first):
            return command.argv[0]
        search = " || ".join(f"command -v {program}" for program in (first, *others))
        where = self._space.run(("sh", "-c", search), seconds=20)
        return where.output.decode("utf-8", "replace").strip() or self._language.programs[-1]

    # ---- trying

    def _trials(self) -> Trials:
        # Without namespaces of their own, and in one tree, tests that run side by side would see each other.
        lanes = min(processors(), MOST_LANES) if self._space.takes_several and not self._writes else 1
        return Trials(self._run, self._language, self._program, self.spectrum, lanes=lanes)

    def _run(self, argv: Sequence[str], environment: Mapping[str, str], seconds: float) -> Ran:
        left = self._seconds_left()
        most = seconds if left is None else min(seconds, max(1.0, left))
        return traced_run(self._job, self._space, argv, environment, most)

    def _out_of_time(self) -> bool:
        left = self._seconds_left()
        return left is not None and left <= 1.0

    def _seconds_left(self) -> float | None:
        """For the search: what it finds has to be tested once more, by a run that is the harness's."""
        left, plain = self._job.seconds_left(), self._baseline.run
        if left is None or plain is None:
            return None
        if self._kept is None:
            self._kept = min(left / 2, TESTED + TIMES_TESTED * plain.seconds)
        return left - self._kept

    def _told(self, tried: Tried) -> None:
        where = f"{tried.candidate.path}:{tried.candidate.line}"
        self._job.kit.voices.progress(
            f"searching: {tried.number:,} edits tried, {tried.left:,} to go{self._eta(tried)}; "
            f"now {where} ({tried.candidate.template})"
        )

    def _eta(self, tried: Tried) -> str:
        """How long those take that are left, or the time that is."""
        now = self._job.kit.time.monotonic()
        began, first = self._began = self._began or (now, tried.number)
        if now - began < STEADY:
            return ""
        needed = tried.left * (now - began) / max(1, tried.number - first)
        left = self._seconds_left()
        return f", {needed if left is None else min(needed, left):.0f} s at most"

    # ---- keeping

    def _keep(self, result: RepairResult) -> None:
        """Through the agent's own door for edits, so that a new syntax error is refused here too."""
        for path, text in sorted(result.patch.items()):
            before = self._bench.read(path)
            assert before is not None, "a patch changes files that are there"
            if refused := self._bench.edit([Replace(path=path, old=before, new=text)]):
                raise EnvironmentLacks(f"a fix in {path} could not be applied: {refused}")
        tree = self._bench.tree()
        for fix in result.fixes:
            self._job.emit(EditProposed(path=fix.edit.path, what=f"fixed by {fix.edit.kind}", tree=tree))
        self._job.emit(FixesFound(fixes=result.fixes, tried=result.tried, unfixed=result.unfixed, ended=result.ended))
        self._job.emit(
            ToolUsed(
                call_id="repair",
                name="repair",
                arguments="{}",
                result=_summary(result),
                ok=not result.unfixed,
                seconds=0.0,
                tree=tree,
            )
        )


def _known(names: Sequence[str]) -> frozenset[str]:
    names = [name.replace("-", " ") for name in names]
    if unknown := sorted(frozenset(names) - template_names()):
        raise UsageError(
            f"`repair.without` names {', '.join(unknown)}, which the repair engine does not know",
            hint=f"it knows {', '.join(sorted(template_names()))}",
        )
    return frozenset(names)


def _one_a_file(suspects: Sequence[Suspicion]) -> list[Suspicion]:
    """The most suspicious place of each file, in order: a plan names where the search begins, not every line."""
    best: dict[str, Suspicion] = {}
    for suspect in suspects:
        best.setdefault(suspect.path, suspect)
    return list(best.values())


def _step(suspect: Suspicion) -> Step:
    lines = f"{suspect.span.start}" + (f" to {suspect.span.end}" if suspect.span.end != suspect.span.start else "")
    return Step(
        text=f"`{suspect.path}` line {lines}: suspicion {suspect.score:.2f} ({'; '.join(suspect.reasons)})",
        paths=(suspect.path,),
    )


def _summary(result: RepairResult) -> str:
    lines = [line for fix in result.fixes for line in _lines(fix)]
    if result.unfixed:
        why = {"time": "time ran out", "candidates": "the bound of the search was reached"}.get(
            result.ended, "nothing that the templates can say makes them pass"
        )
        lines.append(f"still failing: {', '.join(result.unfixed)} ({why})")
    return "\n".join([f"{result.tried} edits tried in the sandbox.", *lines])


def _lines(fix: Fix) -> Iterator[str]:
    edit, others, alike = fix.edit, fix.alternatives, fix.alike
    told = f"{edit.path}:{edit.line}: {edit.kind}; fixes {named(fix.fixed, 4)}"
    if fix.needs_next:
        yield f"{told}, together with the next"
        return
    if others:
        told += f"; {_count(others)} the same tests, so look twice (confidence {fix.confidence:.2f}):"
    yield told
    yield from (f"    {_shown(other)}" for other in others)
    if alike:
        yield f"    {_count(alike)} too and {_answer(alike)} as this one does to {fix.inputs} inputs near the tests'"


def _count(edits: Sequence[SmallEdit]) -> str:
    return "1 other edit passes" if len(edits) == 1 else f"{len(edits)} other edits pass"


def _answer(edits: Sequence[SmallEdit]) -> str:
    return "answers" if len(edits) == 1 else "answer"


def _shown(edit: SmallEdit) -> str:
    text = " ".join(edit.after.split())
    what = f"`{text[:SHOWN]}{'…' if len(text) > SHOWN else ''}`" if text else "nothing there"
    return f"or {edit.path}:{edit.line}: {what}"

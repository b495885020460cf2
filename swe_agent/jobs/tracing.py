"""Failing tests run once more with our probe listening: where they lead, before anything is edited or a model asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from swe_agent.core.source import Span, Symbol
from swe_agent.core.suspicion import Suspected, Suspicion
from swe_agent.core.verdict import TestCase
from swe_agent.index.index import Index
from swe_agent.index.words import terms_in
from swe_agent.jobs.bench import Bench
from swe_agent.jobs.evidence import unchanged
from swe_agent.jobs.hints import SHOWN, TOLD, changes, hinted, query_of
from swe_agent.jobs.job import Job
from swe_agent.repair.languages import language_of_tests
from swe_agent.repair.languages.base import Language
from swe_agent.repair.localise import localise, named_targets
from swe_agent.repair.probe import ProbeError, probe_directory
from swe_agent.repair.spectrum import Spectrum, Traced
from swe_agent.verify.baseline import Baseline
from swe_agent.verify.run import selected, selects
from swe_agent.workspace.workspace import Ran, Workspace

OUTPUT_BYTES = 64_000_000
LEAST_HANG = 3.0
"""Where the plain run did not end, a test that takes half of its time by itself does not end either."""
LEAST_SECONDS, TIMES, TIMES_NEAR = 30.0, 10, 2
"""The traced run gets so many times what the plain one took, of some tests fewer, and seconds on top."""
TRACED = 4.0
"""So many times the plain run's seconds the traced one may take; tests that do little else than compute take more."""
QUICK = 20.0
"""Seconds of a run that is traced whole for a model; of a longer one what stands beside the failing tests alone."""
UNNAMED = 10
"""So many failing tests at most are taken to be what a task is about that names none of them."""
FEW, SHARED = 3, 2
"""Of more of them, those are meant that share so many words with the task that no more than a third of them have."""
MOST = 8
"""Definitions that a model is shown for them."""
LONGEST = 120
AROUND = 30
"""Lines shown before and behind a suspicious one of a definition that is longer."""

OLD_PYTHON = b"future feature annotations is not defined"
"""What any program of ours says there."""

RunTraced = Callable[[Sequence[str], Mapping[str, str], float], Ran]
"""argv, environment, most seconds."""


def trace(run: RunTraced, baseline: Baseline, near: Sequence[str] = (), *, once: bool = False) -> Spectrum:
    """Of the baseline's command; with `near` only of tests that stand beside these, where that can be had. What is
    traced `once`, and never tried again from there, need not even load the others. ProbeError where it tells nothing.
    """
    command, plain = baseline.command, baseline.run
    assert command is not None, "a baseline that ran has a command"
    files = tuple(dict.fromkeys(test.split("::", 1)[0] for test in near))
    argv = selected(command.argv, files) if near and once and selects(command) else command.argv
    hangs = max(LEAST_HANG, plain.seconds / 2) if plain is not None and plain.timed_out else 0.0
    language = tested(baseline)
    times = TIMES_NEAR if near else TIMES
    seconds = LEAST_SECONDS + (times * plain.seconds if plain else 0)
    ran = run(language.recorded(argv), language.recording(hangs, near), seconds)
    try:
        return language.spectrum(ran.output)
    except ProbeError as error:
        raise ProbeError(_why(ran) or str(error)) from error


def traced_first(baseline: Baseline, left: float | None, text: str) -> Sequence[str]:
    """Where tracing all tests might take half of the seconds that are `left`, those that a task of this text is about:
    then what stands beside them is traced alone."""
    plain = baseline.run
    if left is None or plain is None or plain.timed_out or TRACED * plain.seconds <= left / 2:
        return ()
    return named_targets(text, [case.id for case in plain.cases if case.red])


def untraced(baseline: Baseline, spectrum: Spectrum) -> Iterator[Traced]:
    """What else passes, and has to with any edit; without lines."""
    plain, known = baseline.run, {case.id for case in spectrum.cases}
    for case in plain.cases if plain is not None else ():
        if plain is not None and case.outcome == "passed" and case.id not in known:
            yield Traced(id=case.id, outcome="passed", seconds=plain.seconds / len(plain.cases))


def _why(ran: Ran) -> str:
    """Why a run may have told nothing; empty where it is for the probe to say."""
    if ran.timed_out:
        return f"traced, they do not end within {ran.seconds:.0f} s"
    if OLD_PYTHON in ran.output:
        return "they run on a Python older than 3.7"
    return ""


def tested(baseline: Baseline) -> Language:
    """The language of the tests that a baseline runs."""
    command, run = baseline.command, baseline.run
    return language_of_tests(command.argv if command is not None else (), run.parsed_by if run is not None else "")


def traced_run(job: Job, space: Workspace, argv: Sequence[str], environment: Mapping[str, str], seconds: float) -> Ran:
    """With the probe in sight, and not beyond the job's time."""
    job.check_time()
    left = job.seconds_left()
    return space.run(
        argv,
        seconds=seconds if left is None else min(seconds, left),
        environment=environment,
        readable=(probe_directory(),),
        output_bytes=OUTPUT_BYTES,
    )


def suspected(job: Job, space: Workspace, bench: Bench, baseline: Baseline) -> Suspected:
    """What failing tests say of where a fault lies, for a model: recorded once. Where they say nothing, the note has
    the reason; a model can do without."""
    if recorded := job.recall(Suspected):
        return recorded
    run = baseline.run if job.kit.tuning.context_tests != "never" else None
    red = [case for case in run.cases if case.red and case.id not in baseline.flaky] if run is not None else []
    if run is None or not red:
        return Suspected()  # nothing is there to be traced, and nothing to be told
    tests = about(job.task.text, red)
    found = (
        _traced(job, space, bench, baseline, tests)
        if tests
        else Suspected(note=f"{len(red)} tests fail, and the task speaks of none of them")
    )
    job.emit(found)
    return found


def about(text: str, red: Sequence[TestCase]) -> Sequence[str]:
    """The failing tests that a task of this text is about: those that it names; else all, if they are few; else those
    whose names and messages share words with it that most of the others lack."""
    ids = [case.id for case in red]
    named = named_targets(text, ids)
    if len(named) < len(ids) or len(set(map(_function, ids))) <= UNNAMED:
        return named
    words = [frozenset(terms_in(f"{case.id} {case.message}")) for case in red]
    among = Counter(word for some in words for word in some)
    telling = {word for word in terms_in(text) if among[word] <= len(red) / FEW}
    shared = sorted((-len(some & telling), id_) for some, id_ in zip(words, ids, strict=True))
    close = [id_ for count, id_ in shared if -count >= SHARED]
    functions = list(dict.fromkeys(map(_function, close)))[:UNNAMED]
    return [id_ for id_ in close if _function(id_) in functions]


def _function(test: str) -> str:
    """Parameters of one test fail for one reason."""
    return test.split("[", 1)[0]


def _traced(job: Job, space: Workspace, bench: Bench, baseline: Baseline, tests: Sequence[str]) -> Suspected:
    job.kit.voices.progress("tracing the failing tests")
    run = baseline.run
    assert run is not None, "it has failing tests"
    began = job.kit.time.monotonic()
    try:
        with unchanged(space):
            near = () if run.seconds <= QUICK else tests
            spectrum = trace(partial(traced_run, job, space), baseline, near, once=True)
    except ProbeError as error:
        return Suspected(note=f"the tests cannot be traced: {error}")
    seconds = round(job.kit.time.monotonic() - began, 3)
    known = [test for test in tests if test in spectrum.failing]
    if not known:
        return Suspected(note="no test fails when it is traced", seconds=seconds)
    query = query_of(job.task.text, (case for case in run.cases if case.id in known[:TOLD]))
    spectrum = hinted(spectrum, bench.index(), query, changes(job, bench, spectrum, known), words=SHOWN)
    places = definitions(localise(spectrum, known), bench.index())
    note = "" if places else "they run no code that could be at fault"
    return Suspected(suspects=places[:MOST], tests=tuple(known), seconds=seconds, note=note)


def definitions(lines: Sequence[Suspicion], index: Index) -> tuple[Suspicion, ...]:
    """The definitions around suspicious lines, best first; a definition's score is its best line's."""
    best: dict[tuple[str, Span], Suspicion] = {}
    for line in lines:
        if line.path not in index:
            continue
        symbol = _around(index.outline(line.path), line.span.start)
        span = _shown(symbol, line.span.start)
        known = best.get((line.path, span))
        if known is None or known.score < line.score:
            name = f"`{symbol.qualified}` " if symbol is not None else ""
            reasons = (f"{name}line {line.span.start} is {', '.join(line.reasons)}",) if line.reasons else ()
            best[line.path, span] = Suspicion(path=line.path, span=span, score=line.score, reasons=reasons)
    return tuple(sorted(best.values(), key=lambda one: (-one.score, one.path, one.span.start)))


def _around(outline: Sequence[Symbol], line: int) -> Symbol | None:
    holding = [one for one in outline if one.kind in ("function", "method") and line in one.span]
    return min(holding, key=lambda one: one.span.end - one.span.start, default=None)


def _shown(symbol: Symbol | None, line: int) -> Span:
    """The whole definition; of a long one, and where there is none, what stands around the line."""
    if symbol is not None and symbol.span.end - symbol.span.start < LONGEST:
        return symbol.span
    block = (line - 1) // AROUND * AROUND  # lines beside each other fall together
    first, last = max(1, block - AROUND // 2), block + AROUND + AROUND // 2
    if symbol is None:
        return Span(start=first, end=last)
    return Span(start=max(symbol.span.start, first), end=min(symbol.span.end, last))

"""What is wrong with how a scenario came out, in sentences; none where all is as it has to be."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.harness.faults.doors import KEY
from benchmarks.harness.faults.play import Ran
from benchmarks.harness.faults.scenario import Outcome, Scenario
from benchmarks.harness.faults.world import World

NANO = 1_000_000_000


def symptoms(scenario: Scenario, ran: list[Ran], world: World, before: str) -> list[str]:
    outcomes = [one for one in (scenario.outcome, scenario.resumed) if one]
    found = [
        f"{name}{symptom}"
        for name, outcome, run in zip(("", "resume: "), outcomes, ran, strict=False)
        for symptom in _of_run(outcome, run)
    ]
    return [*found, *_of_job(ran), *_of_world(world, before)]


def _of_run(outcome: Outcome, run: Ran) -> Iterator[str]:
    if not run.ended:
        yield f"did not end within {run.wall_s:.0f} s"
        return
    if run.code not in outcome.codes:
        yield f"exit code {run.code}, not {' or '.join(map(str, outcome.codes))}: {_last_words(run)}"
    if outcome.reasons and (reason := _reason(run)) not in outcome.reasons:
        yield f"ended as {reason or 'nothing'}, not as {' or '.join(outcome.reasons)}"
    least, most = outcome.requests
    if not least <= run.requests <= most:
        yield f"{run.requests} requests, not {least} to {most}"
    if run.wall_s > outcome.wall_s:
        yield f"took {run.wall_s:.1f} s, more than {outcome.wall_s:g}"
    if run.cpu_s > outcome.cpu_s:
        yield f"took {run.cpu_s:.1f} s of CPU, more than {outcome.cpu_s:g}"
    if (cost := run.nano_usd) is None or cost > outcome.usd * NANO:
        yield "cost unknown" if cost is None else f"cost ${cost / NANO:.4f}, more than {outcome.usd}"
    if outcome.says not in run.err:
        yield f"does not say {outcome.says!r}: {_last_words(run)}"
    if run.longest_wait_s < outcome.waits_s:
        yield f"asked again after {run.longest_wait_s:.1f} s, before the {outcome.waits_s:g} that the server wanted"
    if "Traceback (most recent call last)" in run.err:
        yield f"a traceback for a person: {_last_words(run)}"
    if KEY in run.out + run.err:
        yield "the key is printed"


def _of_job(ran: list[Ran]) -> Iterator[str]:
    """Over all processes of the job: no answer is recorded twice, and there is one proposal at most."""
    answered = [event["call"] for run in ran for event in run.of("ModelAnswered")]
    if len(answered) != len(set(answered)):
        yield "an answer is recorded twice"
    if sum(len(run.of("ProposalReady")) for run in ran) > 1:
        yield "two proposals of one job"


def _of_world(world: World, before: str) -> Iterator[str]:
    if left := world.survivors():
        yield f"processes left behind: {left}"
    if world.digest() != before:
        yield "the user's tree has changed"
    if kept := world.holds(KEY):
        yield f"the key is kept in {', '.join(kept)}"


def _reason(run: Ran) -> str:
    ends = run.of("TaskEnded")
    return str(ends[-1]["reason"]) if ends else ""


def _last_words(run: Ran) -> str:
    lines = [line for line in run.err.splitlines() if line.strip()]
    return " / ".join(lines[-2:])[-300:]

"""From the books of a repository to what the router goes by."""

from __future__ import annotations

from datetime import UTC, datetime

from swe_agent.core.record import BlockRecord, CallRecord, JobBook, JobRecord, Outcome
from swe_agent.core.usage import Cost, Usage
from swe_agent.llm.roles import RolesConfig, model_ref
from swe_agent.llm.router import Asked, Record, route
from swe_agent.metrics.interval import wilson
from swe_agent.wiring.spending import evidence_of

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def block(job: str, number: int, outcome: Outcome, *, language: str = "python", lines: int = 1) -> BlockRecord:
    return BlockRecord(
        job=job,
        block=str(number),
        path="a",
        language=language,
        model="m",
        added=lines,
        removed=0,
        lines=lines,
        outcome=outcome,
        landing="l" if outcome == "accepted_unchanged" else "",
    )


def book(job: str, model: str, *blocks: BlockRecord, nano_usd: int | None = 100, kind: str = "fix") -> JobBook:
    call = CallRecord(
        job=job, call=1, role="editor", model=model, at="", usage=Usage(input_tokens=5), cost=Cost(nano_usd=nano_usd)
    )
    record = JobRecord(
        job=job,
        title="",
        kind=kind,
        engine="model",
        model=model,
        started_at="",
        proposed_at="2026-11-28T00:00:00+00:00",
    )
    return JobBook(job=record, blocks=blocks, calls=(call, call))


def test_blocks_by_their_language_and_cost_by_the_jobs() -> None:
    mixed = book(
        "1",
        "cheap",
        block("1", 1, "accepted_unchanged", lines=9),
        block("1", 2, "rejected"),
        block("1", 3, "rejected", language="rust"),
        block("1", 4, "proposed"),
    )
    without_effect = book("2", "cheap", nano_usd=None, kind="feature")
    found = evidence_of([mixed, without_effect], NOW)
    assert found.records == (
        Record(model="cheap", kind="fix", language="python", decided=2, accepted=1, cost_nano=200, jobs=1),
        Record(model="cheap", kind="fix", language="rust", decided=1, accepted=0, cost_nano=0, jobs=0),
        Record(model="cheap", kind="feature", decided=0, accepted=0, cost_nano=None, jobs=1),
    )
    assert found.interval is wilson


def test_the_router_learns_from_what_was_decided() -> None:
    choices = tuple(model_ref(name) for name in ("cheap", "strong"))
    config = RolesConfig(default=choices[0], choices=choices)
    books = [
        *(book(f"c{n}", "cheap", *(block(f"c{n}", b, "rejected") for b in range(3))) for n in range(8)),
        *(book(f"s{n}", "strong", *(block(f"s{n}", b, "accepted_unchanged") for b in range(3))) for n in range(8)),
    ]
    assert route(Asked(), config, evidence_of(books[:10], NOW)).models[0].name == "cheap", "too few of the strong one's"
    assert route(Asked(), config, evidence_of(books, NOW)).models[0].name == "strong"

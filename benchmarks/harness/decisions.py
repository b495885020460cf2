"""Journals of many decisions, as years of work would leave them: of closed jobs of our own, and of another tool."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from swe_agent import encode_event
from swe_agent.core.event import Event, JobClosed
from swe_agent.core.evidence import Ingested, IngestedBlock, IngestedEdit
from swe_agent.core.record import BlockRecord, CallRecord, JobBook, JobRecord, LandingRecord, Outcome
from swe_agent.core.usage import Cost, Usage

LANGUAGES = ("python", "typescript", "go", "rust", "java")
MODELS = ("maker/large", "maker/small", "other/model")
KINDS = ("fix", "feature", "refactor")
OUTCOMES: tuple[Outcome, ...] = ("accepted_unchanged", "accepted_unchanged", "accepted_edited", "rejected", "undone")
DAYS = 365


def write_jobs(path: Path, jobs: int, blocks: int, now: datetime) -> None:
    chance = random.Random(1)
    _write(path, (_job(chance, number, at, blocks) for number, at in _times(jobs, now)))


def write_edits(path: Path, edits: int, now: datetime) -> None:
    chance = random.Random(2)
    _write(path, (_edit(chance, number, at) for number, at in _times(edits, now)))


def one_more(path: Path) -> None:
    """The last event again, as another one: of the same job, or of an edit that was not there before."""
    last = json.loads(path.read_bytes().splitlines()[-1])
    last["seq"] += 1
    if last["job"].startswith("ingest-"):
        last["job"] += "-more"
    with path.open("a", encoding="ascii") as file:
        file.write(json.dumps(last) + "\n")


def _write(path: Path, events: Iterator[tuple[str, str, JobClosed | Ingested]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii") as file:
        for seq, (at, job, body) in enumerate(events, 1):
            file.write(encode_event(Event(v=1, seq=seq, at=at, job=job, body=body)) + "\n")


def _times(n: int, now: datetime) -> Iterator[tuple[int, datetime]]:
    begin, each = now.astimezone(UTC) - timedelta(days=DAYS), timedelta(days=DAYS) / max(1, n)
    return ((number, begin + number * each) for number in range(n))


def _job(chance: random.Random, number: int, at: datetime, blocks: int) -> tuple[str, str, JobClosed]:
    job, model = f"{at:%Y%m%d-%H%M%S}-{number:05x}", chance.choice(MODELS)
    shown, decided = (
        time.isoformat(timespec="milliseconds") for time in (at, at + timedelta(minutes=chance.expovariate(0.05)))
    )
    landing = f"{job}-landing"
    kept = tuple(
        BlockRecord(
            job=job, block=f"{number:x}-{place}", path=f"src/{place}.x", language=chance.choice(LANGUAGES), model=model,
            added=4, removed=2, lines=chance.randint(1, 12), outcome=(outcome := chance.choice(OUTCOMES)),
            reason="wrong" if outcome == "rejected" else "", decided_at=decided, by="person",
            landing=landing if outcome.startswith("accepted") else "",
        )
        for place in range(blocks)
    )  # fmt: skip
    usage = Usage(input_tokens=chance.randint(2_000, 60_000), output_tokens=chance.randint(200, 4_000))
    book = JobBook(
        job=JobRecord(
            job=job, title="", kind=chance.choice(KINDS), engine="model", model=model, started_at=shown, ended_at=shown,
            end_reason="proposed", exit_code=0, proposed_at=shown, prompt_version="1", edit_format="search-replace",
            policy="namespaced",
        ),
        blocks=kept,
        calls=(
            CallRecord(
                job=job, call=1, role="editor", model=model, at=shown, usage=usage,
                cost=Cost(nano_usd=usage.input_tokens * 3_000 + usage.output_tokens * 15_000),
            ),
        ),
        landings=(LandingRecord(landing=landing, job=job, at=decided, state="landed", files=blocks),),
    )  # fmt: skip
    return decided, job, JobClosed(reason="decided", book=book)


def _edit(chance: random.Random, number: int, at: datetime) -> tuple[str, str, Ingested]:
    decided = at.isoformat(timespec="milliseconds")
    lines = chance.randint(1, 12)
    edit = IngestedEdit(
        id=f"edit-{number}", session=f"session-{number // 8}", path="src/a.x", language=chance.choice(LANGUAGES),
        model=chance.choice(MODELS), author=f"author-{number % 11}", base="", at=decided,
        accepted=chance.random() < 0.6, tool="other", kind=chance.choice(KINDS),
        blocks=(IngestedBlock(id=f"block-{number}", added=lines, removed=1, lines=lines),),
    )  # fmt: skip
    return decided, f"ingest-{number:08x}", Ingested(edit=edit)

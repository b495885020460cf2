"""Where the journal holds evidence: found once, found again after rewrites, and never with content of its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from swe_agent.core.event import Forgotten
from swe_agent.core.evidence import Evidence, EvidenceBlock, EvidenceRecorded, Ingested, IngestedEdit
from swe_agent.store.evidence import NOWHERE, EvidenceLines
from swe_agent.store.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl", lambda: datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def lines(journal: Journal, tmp_path: Path) -> EvidenceLines:
    return EvidenceLines(tmp_path / "ledger.db", journal)


def evidence(name: str) -> Evidence:
    block = EvidenceBlock(
        id=f"{name}/1", session="wombat", model="m", author="", path="wombat.py", base="", at="2026-01-01", lines=1
    )
    return Evidence(key="k", blocks=(block,), packed="wombat")


def ingested(name: str, *, accepted: bool = True) -> Ingested:
    edit = IngestedEdit(
        id=name, session="wombat", path="wombat.py", language="", model="m", author="", base="", at="2026-01-01",
        accepted=accepted,
    )  # fmt: skip
    return Ingested(edit=edit, evidence=evidence(name) if accepted else None)


def test_nothing_yet(lines: EvidenceLines) -> None:
    assert (lines.last(), lines.evidence(), lines.taken(["a"])) == (NOWHERE, (), frozenset())


def test_what_comes_is_found_and_what_was_found_is_not_read_again(lines: EvidenceLines, journal: Journal) -> None:
    journal.append("ingest-a", ingested("a"))
    first = lines.last()
    assert lines.evidence() == (evidence("a"),)
    journal.append("job", Forgotten())
    journal.append("ingest-b", ingested("b", accepted=False))
    assert lines.last() == first  # neither is evidence
    journal.append("job", EvidenceRecorded(evidence=evidence("c"), landing="l"))
    assert lines.last() != first
    assert lines.evidence() == (evidence("a"), evidence("c"))
    assert lines.evidence(first) == (evidence("c"),)
    assert lines.evidence(lines.last()) == ()
    assert lines.taken(["ingest-a", "ingest-b", "ingest-c", "job"]) == {"ingest-a", "ingest-b"}


def test_a_place_that_is_none_any_more_is_the_beginning(lines: EvidenceLines, journal: Journal) -> None:
    journal.append("ingest-a", ingested("a"))
    journal.append("ingest-b", ingested("b"))
    place = lines.last()
    assert lines.evidence(replace_digest(place)) == (evidence("a"), evidence("b"))
    journal.forget("ingest-a")
    journal.append("ingest-c", ingested("c"))
    assert lines.evidence(place) == (evidence("b"), evidence("c"))
    assert lines.taken(["ingest-a", "ingest-b"]) == {"ingest-a", "ingest-b"}


def replace_digest(place: tuple[int, int]) -> object:
    return type(place)(place[0], place[1] + 1)  # type: ignore[call-arg]  # a Place


def test_a_ledger_that_was_removed_is_made_again(lines: EvidenceLines, journal: Journal) -> None:
    journal.append("ingest-a", ingested("a"))
    before = lines.last()
    for path in lines.path.parent.glob("ledger.db*"):
        path.unlink()
    assert (lines.last(), lines.evidence()) == (before, (evidence("a"),))


def test_torn_lines_and_texts_that_look_alike_are_passed_over(lines: EvidenceLines, journal: Journal) -> None:
    journal.append("ingest-a", ingested("a"))
    path = lines.path.parent / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole.replace(b'"seq":1', b'"seq":2')[:-9])
    journal.append("ingest-b", replace(ingested("b"), edit=replace(ingested("b").edit, reason='"type":"Ingested"')))
    assert lines.evidence() == (evidence("a"), evidence("b"))


def test_no_content_is_kept(lines: EvidenceLines, journal: Journal) -> None:
    journal.append("ingest-a", ingested("a"))
    lines.last()
    with closing(sqlite3.connect(lines.path)) as database, database:  # the second commits
        kept = "\n".join(database.iterdump())
    assert "ingest-a" in kept
    assert "wombat" not in kept

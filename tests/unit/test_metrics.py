"""Intervals and acceptance: the outcome table of the design, row by row."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.codec import decode_event, encode_event
from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, FileEntry, diff_file
from swe_agent.core.event import (
    BlockDecided,
    Event,
    EventBody,
    JobClosed,
    Landed,
    LandingDropped,
    LandingIntended,
    ProposalReady,
    TaskStarted,
    UndoIntended,
    Undone,
)
from swe_agent.core.proposal import Landing, Proposal, Provenance, Snapshot
from swe_agent.core.record import JobBook, Outcome
from swe_agent.core.task import RunOptions, Task
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import Verdict
from swe_agent.metrics.acceptance import expired
from swe_agent.metrics.edited import edit_ratio
from swe_agent.metrics.figures import ACCEPTED, COUNTED
from swe_agent.metrics.fold import effective_lines, fold
from swe_agent.metrics.interval import Z95, Share, wilson
from swe_agent.metrics.rollup import figures
from swe_agent.metrics.tallies import Tallies
from swe_agent.store.migrations import migrate

PROPOSED = datetime(2026, 1, 1, 12, tzinfo=UTC)
SOON = PROPOSED + timedelta(hours=1)


# ---- intervals


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_the_interval_solve_the_score_equation(counts: tuple[int, int]) -> None:
    """Wilson's bounds are the two p with |hits/n - p| = z * sqrt(p (1 - p) / n): the definition, not the formula."""
    hits, n = counts
    low, high = wilson(hits, n)
    assert 0.0 <= low <= hits / n <= high <= 1.0
    for p in (low, high):
        if 0.0 < p < 1.0:
            assert math.isclose(abs(hits / n - p), Z95 * math.sqrt(p * (1 - p) / n), rel_tol=1e-6, abs_tol=1e-9)
    mirrored = wilson(n - hits, n)
    assert math.isclose(low, 1 - mirrored[1], abs_tol=1e-12)
    assert math.isclose(high, 1 - mirrored[0], abs_tol=1e-12)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, Fraction(0), Fraction("0.277533")),
        (1, 10, Fraction("0.017876"), Fraction("0.404150")),
        (15, 148, Fraction("0.062392"), Fraction("0.160581")),  # Newcombe (1998), table I: 0.0624 to 0.1605
        (81, 263, Fraction("0.255329"), Fraction("0.366214")),  # the same: 0.2553 to 0.3662
        (10, 10, Fraction("0.722467"), Fraction(1)),
    ],
)
def test_known_intervals(hits: int, n: int, low: Fraction, high: Fraction) -> None:
    assert wilson(hits, n) == pytest.approx((float(low), float(high)), abs=1e-4)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_what_is_no_share_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson(hits, n)


def test_no_cases_are_no_share() -> None:
    assert (Share(hits=0, n=0).value, Share(hits=0, n=0).interval) == (None, None)


# ---- the outcome table, from events to rows


def blocks() -> tuple[Block, Block]:
    base = b"one\n\n(\n\nthree\n"
    change = diff_file(
        "a.py", FileEntry(mode="100644", id="1"), FileEntry(mode="100644", id="2"), base, b"ONE\nmore\n\n(\n\nTHREE\n"
    )
    first, second = change.blocks
    return first, second


FIRST, SECOND = blocks()
PROPOSAL = Proposal(
    id="job",
    task=Task(text="fix it"),
    snapshot=Snapshot(commit="c", tree="t", head=None, branch=None, dirty=False),
    tree="h",
    changes=(
        diff_file(
            "a.py", FileEntry(mode="100644", id="1"), FileEntry(mode="100644", id="2"),
            b"one\n\n(\n\nthree\n", b"ONE\nmore\n\n(\n\nTHREE\n",
        ),
    ),
    verdict=Verdict(),
    provenance=Provenance(engine="model", model="m", prompt_version="1", edit_format="replace", task_kind="fix"),
    spent=Spent(),
)  # fmt: skip
LANDING = Landing(id="l1", job="job", files=())
BACK = Landing(id="u1", job="job", files=())


def decided(decision: Decision, *, policy: bool = False) -> BlockDecided:
    return BlockDecided(decision=decision, path="a.py", language="python", lines=2, by="policy" if policy else "person")


def book(*bodies: EventBody) -> JobBook:
    started = TaskStarted(task=PROPOSAL.task, options=RunOptions(model="m"), checkout="")
    events = [
        Event(v=1, seq=number, at=(PROPOSED + timedelta(seconds=number - 2)).isoformat(), job="job", body=body)
        for number, body in enumerate([started, ProposalReady(proposal=PROPOSAL), *bodies], 1)
    ]
    folded = fold("job", events)
    assert folded is not None
    return folded


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What one book comes to in figures: blocks and lines as (accepted, all that count), and what is apart."""

    blocks: tuple[int, int]
    lines: tuple[int, int]
    auto: int
    undone: int
    open: int


def counts_of(one: JobBook, now: datetime) -> Counts:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database)
        Tallies().keep(database, {one.job.job: one})
        cell = figures(database, (), now).cells[()]
    blocks, lines = (of.share(ACCEPTED, COUNTED) for of in (cell.blocks, cell.lines))
    return Counts(
        blocks=(blocks.hits, blocks.n),
        lines=(lines.hits, lines.n),
        auto=cell.auto_blocks,
        undone=cell.blocks.count("undone"),
        open=cell.open_blocks,
    )


def row(*bodies: EventBody, now: datetime = SOON) -> Counts:
    return counts_of(book(*bodies), now)


def rows(hits: int, n: int, lines: tuple[int, int], *, auto: int = 0, undone: int = 0, open_: int = 0) -> Counts:
    return Counts(blocks=(hits, n), lines=lines, auto=auto, undone=undone, open=open_)


ACCEPT, AMEND = Accept(block=FIRST.id), Amend(block=FIRST.id, lines=("mine\n",))
LANDS = (LandingIntended(landing=LANDING), Landed(landing="l1"))
TAKEN_BACK = (UndoIntended(landing=BACK, undoes="l1"), Undone(landing="l1", by="u1"))


@pytest.mark.parametrize(
    ("bodies", "outcome", "expected"),
    [
        ((), "proposed", rows(0, 0, (0, 0), open_=2)),
        ((decided(ACCEPT),), "accepted_unchanged", rows(0, 0, (0, 0), open_=2)),
        ((decided(AMEND),), "accepted_edited", rows(0, 0, (0, 0), open_=2)),
        ((decided(AMEND), *LANDS), "accepted_edited", rows(1, 1, (2, 2), open_=1)),
        ((decided(ACCEPT, policy=True), *LANDS), "auto_accepted", rows(0, 0, (0, 0), auto=1, open_=1)),
        ((decided(Reject(block=FIRST.id, reason="no")),), "rejected", rows(0, 1, (0, 2), open_=1)),
        ((decided(Defer(block=FIRST.id)),), "deferred", rows(0, 0, (0, 0), open_=2)),
        ((decided(ACCEPT), decided(Reject(block=FIRST.id))), "rejected", rows(0, 1, (0, 2), open_=1)),
        ((decided(Reject(block=FIRST.id)), decided(ACCEPT)), "accepted_unchanged", rows(0, 0, (0, 0), open_=2)),
        ((decided(ACCEPT), *LANDS), "accepted_unchanged", rows(1, 1, (2, 2), open_=1)),
        ((decided(ACCEPT), *LANDS, *TAKEN_BACK), "undone", rows(0, 1, (0, 2), undone=1, open_=1)),
        ((decided(ACCEPT), *LANDS, TAKEN_BACK[0]), "accepted_unchanged", rows(1, 1, (2, 2), open_=1)),
        (
            (decided(ACCEPT), *LANDS, TAKEN_BACK[0], LandingDropped(landing="u1", why="crash")),
            "accepted_unchanged",
            rows(1, 1, (2, 2), open_=1),
        ),
        (
            (decided(ACCEPT), *LANDS, *TAKEN_BACK, decided(ACCEPT)),
            "accepted_unchanged",
            rows(0, 0, (0, 0), open_=2),
        ),
        (
            (decided(ACCEPT), LANDS[0], LandingDropped(landing="l1", why="conflict")),
            "accepted_unchanged",
            rows(0, 0, (0, 0), open_=2),
        ),
    ],
)
def test_what_happens_to_a_block_is_its_outcome_and_its_row(
    bodies: tuple[EventBody, ...], outcome: Outcome, expected: Counts
) -> None:
    assert book(*bodies).blocks[0].outcome == outcome
    assert row(*bodies) == expected


@pytest.mark.parametrize("open_", [(), (decided(Defer(block=FIRST.id)),)])
@pytest.mark.parametrize(
    ("since", "is_expired"),
    [(timedelta(days=7) - timedelta(milliseconds=1), False), (timedelta(days=7), True), (timedelta(days=400), True)],
)
def test_undecided_blocks_expire_after_seven_days(
    open_: tuple[EventBody, ...], since: timedelta, is_expired: bool
) -> None:
    now = PROPOSED + since
    assert expired(book(*open_), now) is is_expired
    assert row(*open_, now=now) == (rows(0, 2, (0, 3)) if is_expired else rows(0, 0, (0, 0), open_=2))


def test_what_has_landed_does_not_expire_and_what_was_only_accepted_does() -> None:
    late = PROPOSED + timedelta(days=30)
    assert row(decided(ACCEPT), *LANDS, now=late) == rows(1, 2, (2, 3))
    assert row(decided(ACCEPT), now=late) == rows(0, 2, (0, 3))


def test_a_closed_job_expires_at_once_and_carries_its_book() -> None:
    before = book(decided(ACCEPT), *LANDS)
    closed = JobClosed(reason="expired", book=before)
    assert row(decided(ACCEPT), *LANDS, closed) == rows(1, 2, (2, 3))
    alone = fold("job", [Event(v=1, seq=1, at="2026-01-01", job="job", body=closed)])
    assert alone == replace(before, job=replace(before.job, closed="expired", closed_at="2026-01-01"))


def test_superseded_blocks_are_in_no_denominator() -> None:
    one = book()
    superseded = replace(one, blocks=tuple(replace(block, outcome="superseded") for block in one.blocks))
    assert counts_of(superseded, PROPOSED + timedelta(days=30)) == rows(0, 0, (0, 0))


def test_a_companion_is_flagged() -> None:
    found = book(decided(Accept(block=FIRST.id, companion_of=SECOND.id)))
    assert [(block.outcome, block.companion) for block in found.blocks] == [
        ("accepted_unchanged", True),
        ("proposed", False),
    ]


def test_a_landing_brings_what_was_accepted_by_then() -> None:
    second = Landing(id="l2", job="job", files=())
    found = book(
        decided(ACCEPT), *LANDS, decided(Accept(block=SECOND.id)), LandingIntended(landing=second), Landed(landing="l2")
    )
    assert [block.landing for block in found.blocks] == ["l1", "l2"]
    assert [(record.landing, record.state) for record in found.landings] == [("l1", "landed"), ("l2", "landed")]


def test_what_is_open_at_the_desk_is_what_is_undecided_or_undone() -> None:
    """And what waits to land is apart from it. Of metrics, an undone block stays a refused one."""
    accepted, other = decided(ACCEPT), decided(Accept(block=SECOND.id))
    no = decided(Reject(block=SECOND.id, reason="no"))

    def counts(*bodies: EventBody) -> tuple[int, int, int, bool]:
        found = book(*bodies)
        return len(found.undecided), len(found.to_land), len(found.open_blocks), found.open_again

    def closed(*bodies: EventBody) -> tuple[EventBody, ...]:
        return (*bodies, JobClosed(reason="decided", book=book(*bodies)))

    assert counts() == (2, 0, 2, False)
    assert counts(accepted, other) == (0, 2, 2, False)
    assert counts(accepted, no) == (0, 1, 1, False)
    assert counts(accepted, *LANDS, *TAKEN_BACK) == (2, 0, 2, False)
    assert counts(*closed(accepted, other, *LANDS)) == (0, 0, 0, False)
    assert counts(*closed(accepted, other, *LANDS), *TAKEN_BACK) == (2, 0, 2, True)
    assert counts(*closed(accepted, no, *LANDS), *TAKEN_BACK) == (1, 0, 1, True)
    assert counts(*closed(accepted, no, *LANDS), *TAKEN_BACK, accepted) == (0, 1, 1, True)


def test_events_of_no_job_fold_to_no_book() -> None:
    assert fold("job", []) is None
    assert fold("job", [Event(v=1, seq=1, at="", job="job", body=decided(ACCEPT))]) is None


def test_an_edited_block_keeps_how_much_was_edited() -> None:
    proposed = "".join(FIRST.added)
    assert [block.edit_ratio for block in book(decided(Amend(block=FIRST.id, lines=(proposed,)))).blocks] == [0.0, None]
    (first, _) = book(decided(AMEND), decided(ACCEPT)).blocks
    assert (first.edit_ratio, first.by) == (None, "person")
    assert edit_ratio(["total = a + b\n"], ["total = a - b\n"]) == pytest.approx(0.2)
    assert (edit_ratio([], []), edit_ratio(["a\n"], []), edit_ratio(["a\n"], ["b c\n"])) == (0.0, 1.0, 1.0)


def test_a_closing_that_an_older_program_wrote_can_be_read() -> None:
    """It knew nothing of prompts, formats and surfaces: they are unknown, and the job is one of ours."""
    closed = Event(v=1, seq=1, at="2026-01-01", job="job", body=JobClosed(reason="decided", book=book(decided(ACCEPT))))
    line = json.loads(encode_event(closed))
    for name in (
        "prompt_version",
        "edit_format",
        "attempt",
        "policy",
        "group",
        "parent",
        "surface",
        "session",
        "author",
    ):
        del line["book"]["job"][name]
    for block in line["book"]["blocks"]:
        del block["edit_ratio"], block["by"]
    found = fold("job", [decode_event(json.dumps(line))])
    assert found is not None
    assert (found.job.prompt_version, found.job.attempt, found.job.is_ours) == ("", 1, True)
    assert [(block.outcome, block.edit_ratio, block.by) for block in found.blocks] == [
        ("accepted_unchanged", None, ""), ("proposed", None, "")
    ]  # fmt: skip


def test_where_a_proposal_comes_from_is_in_its_book() -> None:
    made = book().job
    assert (made.prompt_version, made.edit_format, made.attempt, made.policy) == ("1", "replace", 1, "")
    assert (made.surface, made.is_ours, made.parent, made.group) == ("cli", True, "", "")


@pytest.mark.parametrize(
    ("removed", "added", "lines"),
    [
        ((), ("x = 1\n", "\n", "  )\n", "});\n", "# note\n"), 2),
        (("gone()\n", "}\n"), (), 1),
        (("gone()\n",), ("\n",), 0),
        ((), ("\r\n", "\t\n"), 0),
    ],
)
def test_effective_lines(removed: tuple[str, ...], added: tuple[str, ...], lines: int) -> None:
    assert effective_lines(Block(id="b", path="a", kind="lines", removed=removed, added=added)) == lines

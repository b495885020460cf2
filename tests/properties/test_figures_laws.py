"""Figures are sums of the books, however the ledger came to them: judged by adding up the books one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.histories import JOBS, History, Step, histories, reject
from swe_agent.core.record import BlockRecord, JobBook
from swe_agent.core.usage import Cost, Usage
from swe_agent.metrics.acceptance import counted_as, expired
from swe_agent.metrics.figures import Cell, Dimension, Outcomes, Tasks
from swe_agent.metrics.rollup import figures
from swe_agent.metrics.tallies import day_of, size_of
from swe_agent.metrics.waits import bucket
from swe_agent.store.ledger import Ledger

few = settings(max_examples=60)
NOWS = tuple(datetime(2026, 1, 1, 12, 0, 9, tzinfo=UTC) + timedelta(days=days) for days in (0, 8, 40))
SLOW = timedelta(hours=7)
"""Between two events, so that a history lasts some weeks."""
CUTS: tuple[tuple[Dimension, ...], ...] = (
    (), ("language",), ("model",), ("engine", "language"), ("kind", "prompt", "format", "policy"), ("attempt", "size"),
    ("surface", "month"),
)  # fmt: skip


def cells(ledger: Ledger, cut: Sequence[Dimension], now: datetime, since: str) -> dict[tuple[str, ...], Cell]:
    with ledger.read() as database:
        return dict(figures(database, cut, now, since).cells)


def value(book: JobBook, block: BlockRecord | None, dimension: Dimension) -> str:
    job = book.job
    found: dict[str, Any] = {
        "language": block.language if block else "", "model": job.model, "kind": job.kind, "engine": job.engine,
        "prompt": job.prompt_version, "format": job.edit_format, "attempt": job.attempt, "policy": job.policy,
        "surface": job.surface, "size": size_of(sum(block.lines for block in book.blocks)), "month": day_of(book)[:7],
        "author": job.author,
    }  # fmt: skip
    return str(found[dimension]) or "unknown"


def summed(parts: Iterable[Outcomes]) -> Outcomes:
    return sum(parts, Outcomes())


By = dict[tuple[str, ...], dict[str, Any]]


def by_hand(books: Sequence[JobBook], cut: Sequence[Dimension], now: datetime) -> By:
    """What the books come to: counts by group, as the tests compare them."""
    blocks: defaultdict[Any, defaultdict[Any, list[tuple[JobBook, BlockRecord]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for book in books:
        cluster = (day_of(book), book.job.engine, book.job.session) if book.job.session else book.job.job
        for block in book.blocks:
            blocks[tuple(value(book, block, one) for one in cut)][cluster].append((book, block))
    found: By = {}
    for group, clusters in blocks.items():
        counted = [
            [(book.job.job, block, counted_as(block, closed=expired(book, now))) for book, block in cluster]
            for cluster in clusters.values()
        ]
        alone = [one for cluster in counted for one in cluster]
        landed = {job for job, _, kind in alone if kind in ("accepted_unchanged", "accepted_edited")}
        found[group] = {
            "blocks": summed(Outcomes.one(Counter(k for _, _, k in one if k)) for one in counted),
            "lines": [sum(block.lines for _, block, k in alone if k == kind) for kind in KINDS],
            "proposals": len({job for job, _, kind in alone if kind}),
            "landed": len(landed),
            "auto": sum(1 for _, block, _ in alone if block.outcome == "auto_accepted" and block.landing),
            "superseded": sum(1 for _, block, _ in alone if block.outcome == "superseded"),
            "open": sum(1 for _, block, kind in alone if block.pending and not kind),
            "reasons": Counter(block.reason for _, block, _ in alone if block.outcome == "rejected"),
            "waits": Counter(
                wait for cluster in clusters.values() for one in cluster if (wait := waited(*one)) is not None
            ),
        }
    return found


KINDS = ("accepted_unchanged", "accepted_edited", "rejected", "expired", "undone")


def waited(book: JobBook, block: BlockRecord) -> int | None:
    if not book.job.is_ours or block.by != "person" or block.outcome in ("proposed", "deferred", "superseded"):
        return None
    times = (datetime.fromisoformat(block.decided_at), datetime.fromisoformat(book.job.proposed_at))
    return bucket((times[0] - times[1]).total_seconds())


def shown(cell: Cell) -> dict[str, Any]:
    return {
        "blocks": cell.blocks, "lines": list(cell.lines.sums), "proposals": cell.proposals,
        "landed": cell.landed_proposals, "auto": cell.auto_blocks, "superseded": cell.superseded,
        "open": cell.open_blocks, "reasons": Counter(dict(cell.reasons)), "waits": Counter(dict(cell.waits)),
    }  # fmt: skip


@given(steps=histories, looks=st.lists(st.sampled_from(CUTS), max_size=6), cut=st.sampled_from(CUTS), data=st.data())
@few
def test_figures_kept_up_to_date_are_those_of_a_fresh_ledger_and_of_the_books(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], looks: list[tuple[Dimension, ...]],
    cut: tuple[Dimension, ...], data: st.DataObject,
) -> None:  # fmt: skip
    history = History(tmp_path_factory.mktemp("history"), pace=SLOW)
    now, since = data.draw(st.sampled_from(NOWS)), data.draw(st.sampled_from(("", "2026-01-02", "2026-01-08")))
    pace = max(1, len(steps) // (len(looks) + 1))
    for number, step in enumerate(steps):
        step(history)
        if number % pace == 0 and number // pace < len(looks):
            cells(history.ledger, looks[number // pace], now, "")
            cells(history.ledger, cut, NOWS[0], "")
    kept = cells(history.ledger, cut, now, since)
    assert kept == cells(history.another_ledger("fresh.db"), cut, now, since)
    history.ledger.rebuild()
    assert kept == cells(history.ledger, cut, now, since)
    books = [book for book in history.expected_all() if day_of(book) >= since]
    assert {group: shown(cell) for group, cell in kept.items() if shown(cell) != NOTHING} == {
        group: found for group, found in by_hand(books, cut, now).items() if found != NOTHING
    }


NOTHING = shown(Cell())


@given(steps=histories, now=st.sampled_from(NOWS), looking=st.booleans())
@few
def test_money_and_tasks_are_those_of_the_books(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], now: datetime, looking: bool
) -> None:
    history = History(tmp_path_factory.mktemp("history"), pace=SLOW)
    for step in steps:
        step(history)
        if looking:
            cells(history.ledger, (), now, "")
    books = history.expected()
    cell = cells(history.ledger, (), now, "").get((), Cell())
    calls = [call for book in books for call in book.calls]
    assert (cell.money.jobs, cell.money.calls) == (len(books), len(calls))
    assert cell.money.unpriced == sum(1 for call in calls if call.cost.nano_usd is None)
    assert cell.money.priced == sum((call.cost for call in calls if call.cost.nano_usd is not None), Cost())
    usage = sum((call.usage for call in calls), Usage())
    assert (cell.money.usage.input_tokens, cell.money.usage.total) == (usage.input_tokens, usage.total)
    assert cell.tasks == tasks_by_hand(books, now)


def tasks_by_hand(books: Sequence[JobBook], now: datetime) -> Tasks:
    parents = {book.job.job: book.job.parent or book.job.group or book.job.job for book in books}

    def root(job: str) -> str:
        return job if parents.get(job, job) == job else root(parents[job])

    chains: defaultdict[str, list[JobBook]] = defaultdict(list)
    for book in books:
        if book.job.proposed_at:
            chains[root(book.job.job)].append(book)
    ended, landed, first, attempts = 0, 0, 0, Counter[int]()
    for chain in chains.values():
        chain.sort(key=lambda book: (book.job.started_at, book.job.job))
        last = chain[-1]
        if not expired(last, now) and any(block.pending for block in last.blocks):
            continue
        came = {book.job.attempt > 1 for book in chain if any(b.landing for b in book.blocks)}
        ended, landed, first = ended + 1, landed + bool(came), first + (came == {False})
        attempts[len(chain)] += 1
    return Tasks(ended=ended, landed=landed, landed_first=first, attempts=tuple(sorted(attempts.items())))


@pytest.mark.parametrize("order", [JOBS, JOBS[::-1]])
def test_a_chain_of_attempts_is_one_task_whichever_is_folded_first(
    tmp_path_factory: pytest.TempPathFactory, order: tuple[str, str, str]
) -> None:
    history = History(tmp_path_factory.mktemp("history"))
    first, second, third = order
    history.begin(first)
    history.begin(second, attempt=2, of=first)
    history.begin(third, attempt=3, of=second)
    for number, job in enumerate(order, 1):
        history.propose(job, 1, attempt=number)
    history.close(first)
    late = NOWS[2]
    assert cells(history.ledger, (), late, "")[()].tasks == Tasks(ended=1, attempts=((3, 1),))
    assert set(cells(history.ledger, ("attempt",), late, "")) == {("1",), ("2",), ("3",)}
    assert cells(history.ledger, ("attempt",), late, "")[("3",)].tasks == Tasks(ended=1, attempts=((3, 1),))


@pytest.mark.parametrize(("people", "groups"), [(4, {"fewer than 5 people", "unknown"}), (5, {*"01234", "unknown"})])
def test_rows_of_persons_need_enough_of_them(
    tmp_path_factory: pytest.TempPathFactory, people: int, groups: set[str]
) -> None:
    history = History(tmp_path_factory.mktemp("history"))
    for number in range(people):
        history.ingest("x" * (number + 1), accepted=number % 2 == 0, blocks=2, author=str(number))
    history.ingest("y", accepted=False, blocks=1)
    by_author = cells(history.ledger, ("author",), NOWS[0], "")
    assert {group for (group,) in by_author} == groups
    assert (
        sum((cell.blocks for cell in by_author.values()), Outcomes())
        == cells(history.ledger, (), NOWS[0], "")[()].blocks
    )


def test_another_attempt_takes_the_task_to_its_own_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Sums that were kept of the day on which the first one counted are made anew."""
    history = History(tmp_path_factory.mktemp("history"), pace=SLOW)
    first, second, _ = JOBS
    history.begin(first)
    history.propose(first, 1)
    for block in history.blocks[first]:
        history.decide(first, reject(block), by_policy=False)
    assert cells(history.ledger, ("attempt",), NOWS[2], "")[("1",)].tasks == Tasks(ended=1, attempts=((1, 1),))
    history.begin(second, attempt=2, of=first)
    history.propose(second, 1, attempt=2)
    for block in history.blocks[second]:
        history.decide(second, reject(block), by_policy=False)
    found = cells(history.ledger, ("attempt",), NOWS[2], "")
    assert (found[("1",)].tasks, found[("2",)].tasks) == (Tasks(), Tasks(ended=1, attempts=((2, 1),)))


def test_a_job_that_is_decided_after_it_was_closed_moves_to_that_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    history = History(tmp_path_factory.mktemp("history"), pace=timedelta(days=2))
    history.begin(JOBS[0])
    history.propose(JOBS[0], 1)
    history.close(JOBS[0])
    (month,) = [day_of(book) for book in history.expected()]
    assert cells(history.ledger, (), NOWS[2], "")[()].blocks.count("expired") == 2
    for _ in range(3):
        history.decide(JOBS[0], reject(history.blocks[JOBS[0]][0]), by_policy=False)
    (moved,) = [day_of(book) for book in history.expected()]
    assert moved > month
    assert cells(history.ledger, (), NOWS[2], "")[()].proposals == 1


def test_the_same_decision_of_another_tool_counts_once_and_is_no_job(tmp_path_factory: pytest.TempPathFactory) -> None:
    history = History(tmp_path_factory.mktemp("history"))
    for _ in range(2):
        history.ingest("a", accepted=True, blocks=3, session="s")
    history.ingest("bb", accepted=False, blocks=2, session="s")
    assert history.ledger.books() == ()
    (cell,) = cells(history.ledger, (), NOWS[0], "").values()
    assert (cell.blocks.count("accepted_unchanged"), cell.blocks.count("rejected"), cell.proposals) == (3, 2, 2)
    book = history.ledger.book("ingest-a")
    assert book is not None
    assert [(block.lines, block.outcome) for block in book.blocks] == [(n, "accepted_unchanged") for n in range(3)]


def test_edits_of_one_session_are_one_cluster_a_day(tmp_path_factory: pytest.TempPathFactory) -> None:
    history = History(tmp_path_factory.mktemp("history"))
    for name in "ace":  # of one day
        history.ingest(name, accepted=name == "a", blocks=2, session="s")
    history.ingest("g", accepted=True, blocks=1, session="another")
    (cell,) = cells(history.ledger, (), NOWS[0], "").values()
    assert cell.blocks == Outcomes.one({"accepted_unchanged": 2, "rejected": 4}) + Outcomes.one(
        {"accepted_unchanged": 1}
    )
    history.ingest("b", accepted=True, blocks=1, session="s")  # of the day before
    (cell,) = cells(history.ledger, (), NOWS[0], "").values()
    assert (cell.blocks.clusters, cell.proposals) == (3, 5)

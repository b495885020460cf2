"""What is known by session is what the books hold, however the ledger came to them."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.histories import History, Step, histories
from swe_agent.core.record import ACCEPTED
from swe_agent.metrics.by_session import accepted, bills, bills_mark
from swe_agent.metrics.figures import Accepted, Bill


@given(steps=histories, looks=st.sets(st.integers(0, 30)))
@settings(max_examples=60)
def test_what_was_accepted_and_paid(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], looks: set[int]
) -> None:
    history = History(tmp_path_factory.mktemp("history"))
    seen: dict[str, set[tuple[Bill, ...]]] = defaultdict(set)
    for number, step in enumerate(steps):
        step(history)
        if number in looks:
            with history.ledger.read() as database:
                seen[bills_mark(database)].add(bills(database))
    with history.ledger.read() as database:
        taken, paid = accepted(database), bills(database)
        seen[bills_mark(database)].add(paid)
    groups: defaultdict[tuple[str, str], list[tuple[str, str, int]]] = defaultdict(list)
    for book in history.expected_all():
        for block in book.blocks:
            if block.landing and block.outcome in ACCEPTED and block.decided_at:
                session = book.job.session or book.job.job
                groups[session, block.language].append((block.model, block.decided_at, block.lines))
    assert sorted(taken, key=lambda one: (one.session, one.language)) == [
        Accepted(
            session=session,
            language=language,
            model=max(model for model, _, _ in parts),
            at=max(at for _, at, _ in parts),
            lines=sum(lines for _, _, lines in parts),
        )
        for (session, language), parts in sorted(groups.items())
        if sum(lines for _, _, lines in parts)
    ]
    books = [book for book in history.expected() if book.job.started_at]
    assert sorted(paid, key=lambda one: one.session) == [
        Bill(session=book.job.job, model=book.job.model, at=book.job.started_at, cost=book.cost)
        for book in sorted(books, key=lambda book: book.job.job)
    ]
    # Where the mark is the same, so are the bills.
    assert all(len(found) == 1 for found in seen.values())

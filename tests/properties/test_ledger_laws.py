"""The ledger is a fold of the logs, however and whenever it was brought up to date."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.histories import JOBS, SECRET_WORD, History, Step, histories, reject
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.event import ModelAnswered
from swe_agent.core.usage import Cost, Usage

TOP = Path(__file__).parents[2]
few = settings(max_examples=40)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("histories")


def fresh(tmp_path_factory: pytest.TempPathFactory) -> History:
    return History(tmp_path_factory.mktemp("history"))


@given(steps=histories, every=st.integers(1, 6))
@few
def test_catching_up_now_and_then_is_rebuilding_is_the_pure_fold(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], every: int
) -> None:
    history = fresh(tmp_path_factory)
    for number, step in enumerate(steps):
        step(history)
        if number % every == 0:
            history.ledger.catch_up()
    expected = history.expected()
    assert history.ledger.books() == expected
    history.ledger.rebuild()
    assert history.ledger.books() == expected
    assert history.another_ledger("fresh.db").books() == expected
    for book in expected:
        assert history.ledger.book(book.job.job) == book
    assert history.ledger.book("no such job") is None


@given(steps=histories)
@few
def test_money_adds_up(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    history = fresh(tmp_path_factory)
    for step in steps:
        step(history)
    for book in history.ledger.books():
        if book.job.closed:
            continue  # what comes after the closing is in no book
        total = Cost()
        for event in history.events[book.job.job]:
            if isinstance(event.body, ModelAnswered):
                total += event.body.cost
        assert book.cost == total


@given(steps=histories, more=histories)
@few
def test_dropping_the_trajectory_of_a_closed_job_changes_no_book(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], more: list[Step]
) -> None:
    history = fresh(tmp_path_factory)
    for step in steps:
        step(history)
    for job in JOBS:
        history.close(job)
    before = history.ledger.books()
    for job in JOBS:
        history.trajectory(job).erase()
    assert history.ledger.books() == before
    history.ledger.rebuild()
    assert history.ledger.books() == before


@given(steps=histories, forgotten=st.lists(st.sampled_from(JOBS), min_size=1, max_size=3), looking=st.booleans())
@few
def test_forgetting_leaves_counts_and_nothing_of_the_source(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step], forgotten: list[str], looking: bool
) -> None:
    """Also where several jobs are forgotten before anybody has looked into the ledger."""
    history = fresh(tmp_path_factory)
    for step in steps:
        step(history)
    before = {book.job.job: book for book in history.ledger.books()}
    for job in forgotten:
        history.close(job)
        history.journal.forget(job)
        history.trajectory(job).erase()
        if looking:
            history.ledger.catch_up()
    history.ledger.scrub()
    after = {book.job.job: book for book in history.ledger.books()}
    assert after.keys() == before.keys()
    for job, book in after.items():
        assert [block.outcome for block in book.blocks] == [block.outcome for block in before[job].blocks]
        assert book.cost == before[job].cost
        assert (book.job.closed == "forgotten") == (job in forgotten)
    assert history.another_ledger("fresh.db").books() == tuple(after.values())
    if set(history.events) <= set(forgotten):
        kept = b"".join(path.read_bytes() for path in history.folder.rglob("*") if path.is_file())
        assert SECRET_WORD.encode() not in kept


@given(steps=histories)
@few
def test_the_journal_gives_one_jobs_events(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    history = fresh(tmp_path_factory)
    for step in steps:
        step(history)
    everything = history.journal.events()
    for job in JOBS:
        assert history.journal.events(job) == tuple(event for event in everything if event.job == job)


def test_forgetting_twice_in_a_row_is_noticed(folder: Path) -> None:
    """A file made in the place of a removed one may get its inode back: offsets are not to be trusted then."""
    history = History(folder)
    for job in JOBS:
        history.begin(job)
        history.propose(job, 3)
        for block in history.blocks[job]:
            history.decide(job, reject(block), by_policy=False)
    history.ledger.catch_up()
    for job in JOBS[:2]:
        history.journal.forget(job)
    history.decide(JOBS[2], reject(history.blocks[JOBS[2]][0]), by_policy=False)
    assert history.ledger.books() == history.another_ledger("fresh.db").books()


# ---- processes, versions

CATCH_UP = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from properties.histories import History
history = History(Path(sys.argv[1]))
for _ in range(20):
    history.ledger.catch_up()
print(len(history.ledger.books()))
"""


def test_two_processes_may_catch_up_at_once(folder: Path) -> None:
    history = History(folder)
    for job in JOBS:
        history.begin(job)
        history.propose(job, 3)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CATCH_UP, str(folder)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=TOP,
        )
        for _ in range(3)
    ]  # fmt: skip
    for number in range(15):
        history.decide(JOBS[number % 3], reject(history.blocks[JOBS[number % 3]][0]), by_policy=False)
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert (out.strip(), err) == ("3", "")
    assert history.ledger.books() == history.expected()


def test_a_newer_ledger_is_refused_untouched(folder: Path) -> None:
    history = History(folder)
    history.begin(JOBS[0])
    history.ledger.catch_up()
    with closing(sqlite3.connect(folder / "ledger.db")) as database, database:  # the second commits
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = (folder / "ledger.db").read_bytes()
    with pytest.raises(EnvironmentLacks, match="the ledger has shape 99") as refused:
        history.ledger.catch_up()
    assert "install the newer swe-agent" in refused.value.hint
    with pytest.raises(EnvironmentLacks):
        history.ledger.rebuild()
    assert (folder / "ledger.db").read_bytes() == before


def test_a_ledger_that_was_deleted_is_made_again(folder: Path) -> None:
    history = History(folder)
    history.begin(JOBS[0])
    before = history.ledger.books()
    for path in folder.glob("ledger.db*"):
        path.unlink()
    assert history.ledger.books() == before != ()


def test_a_call_number_that_came_twice_is_kept_twice(folder: Path) -> None:
    """A log that an older program wrote: the books must still open, and the money still add up."""
    history = History(folder)
    history.begin(JOBS[0])
    for nano in (3, 4):
        history.calls[JOBS[0]] = 0
        history.ask(JOBS[0], usage=Usage(input_tokens=1), cost=Cost(nano_usd=nano))
    (book,) = history.ledger.books()
    assert book.cost == Cost(nano_usd=7)
    assert (book,) == history.expected()

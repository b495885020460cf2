"""The table of a real job: what other terminals record meanwhile is seen and minded, cheaply, and a run of the tests
ends when it is told to."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from program import TIER, Program, shop

from swe_agent.core.codec import encode_event
from swe_agent.core.decision import Accept, Amend, Reject
from swe_agent.core.errors import Cancelled, UsageError
from swe_agent.core.event import BlockCommented, BlockDecided, Event
from swe_agent.core.verdict import Verdict
from swe_agent.jobs.decide import open_desk
from swe_agent.jobs.kit import Kit, Voices
from swe_agent.jobs.table import JobTable
from swe_agent.jobs.trial import Trial
from swe_agent.wiring.repository import build_kit, open_repository

SLOW = """import time
from pathlib import Path


def test_both_or_none():
    here = [Path(name).exists() for name in ("first.txt", "second.txt")]
    while here == [True, False]:
        time.sleep(1)
    assert here[0] == here[1]
"""
"""Never ends where the first file is there alone."""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """With a job of three blocks, each in a file of its own."""
    repo = shop(tmp_path / "shop", {"tests/test_cart.py": SLOW})
    repo.branch("topic").commit("More", {"first.txt": "1\n", "second.txt": "2\n", "third.txt": "3\n"})
    repo.checkout("main")
    program = Program(repo.path)
    ran = program.run("desk", "main..topic", "--test", "python3 -m pytest -q", "--sandbox", TIER, "--no-land")
    assert ran.code == 1, ran.stderr
    return program


def kit_of(program: Program) -> Kit:
    voices = Voices(
        tell=lambda _: None,
        on_token=lambda _: None,
        progress=lambda _: None,
        reviewer=None,  # type: ignore[arg-type]  # nobody is asked
        note=lambda _: None,
    )
    return build_kit(open_repository(program.cwd), voices)


def table_of(program: Program) -> JobTable:
    kit = kit_of(program)
    (job,) = program.run("list", "--json").object["jobs"]
    return JobTable(kit, open_desk(kit, job["job"]), Trial(kit, TIER))


def blocks(table: JobTable) -> list[str]:
    return [change.blocks[0].id for change in sorted(table.changes, key=lambda change: change.path)]


def test_what_another_terminal_landed_is_refused_and_stays_accepted(program: Program) -> None:
    stale = table_of(program)
    first, second, third = blocks(stale)
    other = table_of(program)
    other.decide(Accept(block=first), Accept(block=second))
    assert program.run("land", "--sandbox", TIER).code in (0, 1)
    assert (program.cwd / "first.txt").exists()

    with pytest.raises(UsageError, match=f"block {first} has landed already"):
        stale.decide(Reject(block=third, reason=""), Reject(block=first, reason=""))
    assert stale.desk == table_of(program).desk  # nothing of it was recorded
    assert stale.desk.landed == {first, second}
    assert [block.id for block in stale.desk.open] == [third]
    stale.decide(Reject(block=third, reason=""))
    assert isinstance(table_of(program).desk.decisions[third], Reject)
    assert program.run("undo").code == 0
    assert stale.refresh()
    assert [block.id for block in stale.desk.open] == [first, second]


def test_what_others_decide_and_say_is_seen_once(program: Program) -> None:
    one, other = table_of(program), table_of(program)
    first, second, _ = blocks(one)
    assert [one.comments, other.refresh(), one.refresh()] == [(), False, False]
    other.decide(Accept(block=first), Amend(block=second, lines=("mine\n",)))
    other.comment(first, "why?")
    assert [one.refresh(), one.refresh()] == [True, False]
    assert one.desk == other.desk
    assert one.comments == ((first, "why?"),)
    one.comment(second, "how?")
    assert one.comments == ((first, "why?"), (second, "how?"))
    one.decide(Reject(block=first, reason="scope"))
    assert not one.refresh()  # its own
    assert other.refresh()
    assert other.desk == one.desk
    kit_of(program).books.journal.forget("a job that is not there")  # written anew, all of it
    assert not one.refresh()
    assert one.desk == other.desk


def test_a_key_costs_next_to_nothing_on_a_long_journal(program: Program) -> None:
    table = table_of(program)
    first, *_ = blocks(table)
    journal = kit_of(program).place.paths.journal
    said = BlockCommented(block=first, path="first.txt", text="as before")
    left = BlockDecided(decision=Reject(block=first, reason="x" * 200), path="first.txt", language="", lines=1)
    job = table.desk.proposal.id
    with journal.open("a", encoding="ascii") as file:
        for number in range(5000):
            body = left if number % 3 else said
            event = Event(v=1, seq=number + 1, at="2026-01-01T00:00:00", job=job if number % 2 else "other", body=body)
            file.write(encode_event(event) + "\n")
    assert table.refresh()
    taken = []
    for _ in range(9):
        begun = time.process_time()
        table.refresh()
        table.decide(Accept(block=first))
        table.refresh()
        assert len(table.comments) == 833
        taken.append(time.process_time() - begun)
    print(taken)
    assert sorted(taken)[4] < 0.010


def test_a_run_of_the_tests_ends_when_it_is_told_to_and_leaves_no_verdict(program: Program) -> None:
    table, stop = table_of(program), threading.Event()
    first, second, _ = blocks(table)
    table.decide(Accept(block=first))
    said: list[Verdict | Cancelled] = []

    def run() -> None:
        try:
            said.append(table.test(stop))
        except Cancelled as error:
            said.append(error)

    running = threading.Thread(target=run, daemon=True)
    running.start()
    running.join(2)
    assert running.is_alive()
    stop.set()
    running.join(10)
    assert not running.is_alive()
    assert [type(one) for one in said] == [Cancelled]
    assert table.subset().verdict is None
    table.decide(Accept(block=second))
    assert table.test().word == "kept"

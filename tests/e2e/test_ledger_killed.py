"""Many processes that decide and look at once, killed at any moment: what was acknowledged is kept, and counts once.

Each process takes its turns: it records a decision, brings the ledger up to date, looks at figures, and then writes
down that it has done so. One that was killed in between does its turn again when it is started anew.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from properties.histories import History

from swe_agent.core.event import LandingIntended
from swe_agent.core.evidence import Ingested
from swe_agent.metrics.rollup import figures

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
PROCESSES, TURNS, KILLS, LEAST_KILLS = (8, 25, 60, 10) if FULL else (4, 6, 8, 1)
PATIENCE_S = 240
TOP = Path(__file__).parents[2]
NOW = datetime(2026, 2, 1, tzinfo=UTC)

PROCESS = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, "tests")
from properties.histories import History, reject
from swe_agent.core.decision import Accept
from swe_agent.metrics.rollup import figures

folder, who, turns = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
done = os.open(folder / f"done-{who}", os.O_RDWR | os.O_CREAT | os.O_APPEND)
(folder / f"begun-{os.getpid()}").touch()
history = History(folder)
job = f"20260101-12000{who}-aaaa"
for turn in range(len(os.read(done, 10_000)), turns):
    history.ingest(f"{who}-{turn}", accepted=turn % 2 == 0, blocks=2, session=str(who))
    if turn == 0:
        history.begin(job)
        history.propose(job, 3)
    history.decide(job, Accept(block="none such"), by_policy=False)
    with history.ledger.read() as database:
        figures(database, ("language",), datetime(2026, 2, 1, tzinfo=UTC))
    os.write(done, b".")
"""


def started(folder: Path, who: int) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-c", PROCESS, str(folder), str(who), str(TURNS)]
    return subprocess.Popen(argv, cwd=TOP, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_many_processes_killed_at_any_moment(tmp_path: Path) -> None:
    chance, until = random.Random(9), time.monotonic() + PATIENCE_S
    running = {who: started(tmp_path, who) for who in range(PROCESSES)}
    kills = 0
    while running:
        assert time.monotonic() < until, f"{sorted(running)} still run after {kills} kills"
        who = chance.choice(list(running))
        process = running[who]
        if kills < KILLS:
            while not (tmp_path / f"begun-{process.pid}").exists() and process.poll() is None:
                time.sleep(0.005)
            time.sleep(chance.uniform(0.0, 0.1))
            process.send_signal(signal.SIGKILL)
        _, said = process.communicate()
        assert said == b""
        if process.returncode == -signal.SIGKILL:
            kills += 1
            running[who] = started(tmp_path, who)
        else:
            assert process.returncode == 0
            del running[who]
    assert kills >= LEAST_KILLS
    judge(tmp_path)


def judge(folder: Path) -> None:
    history = History(folder)
    wanted = {f"ingest-{who}-{turn}" for who in range(PROCESSES) for turn in range(TURNS)}
    assert all((folder / f"done-{who}").read_bytes() == b"." * TURNS for who in range(PROCESSES))
    events = history.journal.events()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    told = Counter(event.job for event in events if isinstance(event.body, Ingested))
    assert set(told) == wanted
    assert not any(isinstance(event.body, LandingIntended) for event in events)
    with history.ledger.read() as database:
        kept = figures(database, ("language",), NOW).cells
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert told.total() > len(wanted) or not FULL, "no process was killed in the middle of a turn"
    accepted = PROCESSES * len(range(0, TURNS, 2)) * 2
    assert kept["go",].blocks.sums == (accepted, 0, 2 * len(wanted) - accepted, 0, 0)
    books = history.ledger.books()
    assert len(books) == PROCESSES
    fresh = history.another_ledger("fresh.db")
    assert fresh.books() == books
    with fresh.read() as database:
        assert figures(database, ("language",), NOW).cells == kept
    history.ledger.rebuild()
    with history.ledger.read() as database:
        assert figures(database, ("language",), NOW).cells == kept
    assert rows(folder / "ledger.db") == rows(folder / "fresh.db")


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that is kept of jobs and of what figures are made from."""
    tables = ("job", "block", "call", "edit", "landing", "tally", "tally_block", "tally_count", "task", "journal")
    with closing(sqlite3.connect(path)) as database:
        return {table: sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=str) for table in tables}

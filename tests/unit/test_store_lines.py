"""Append-only logs under everything that happens to files: many writers, kills, torn tails, rewrites, full disks."""

from __future__ import annotations

import json
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.codec import encode_event
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.event import SCHEMA_VERSION, Event, Warned
from swe_agent.store.lines import EventLog

WRITER = Path(__file__).with_name("appending.py")
TOP = Path(__file__).parents[2]


def clock() -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC)


def start(log: EventLog, job: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WRITER), str(log.path), job, str(count)], stdout=subprocess.PIPE, text=True, cwd=TOP,
        env={"PYTHONPATH": str(TOP)},
    )  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return EventLog(tmp_path / "a log" / "journal.jsonl", clock)


def said(log: EventLog) -> list[tuple[int, str, str]]:
    bodies = [(event.seq, event.job, event.body) for event in log.events()]
    return [(seq, job, body.message.split()[0]) for seq, job, body in bodies if isinstance(body, Warned)]


def test_an_append_is_the_event_that_is_read(log: EventLog) -> None:
    written = [log.append("job", Warned(message=text)) for text in ("one", "two \udce9", "three")]
    assert log.events() == tuple(written)
    assert written[1] == Event(
        v=1, seq=2, at="2026-01-01T12:00:00.000+00:00", job="job", body=Warned(message="two \udce9")
    )
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_many_events_at_once_are_as_many_appends(log: EventLog) -> None:
    first = log.append("job", Warned(message="before"))
    written = log.append_all([(f"job {n}", Warned(message=str(n))) for n in range(5000)])
    assert log.append_all([]) == ()
    last = log.append("job", Warned(message="after"))
    assert log.events() == (first, *written, last)
    assert [event.seq for event in log.events()] == list(range(1, 5003))


def test_many_at_once_end_a_torn_line_first(log: EventLog) -> None:
    first = log.append("job", Warned(message="before"))
    with log.path.open("ab") as file:
        file.write(b'{"v":1,"seq":2,"at":"x","job"')
    written = log.append_all([("job", Warned(message=str(n))) for n in range(3)])
    assert log.events() == (first, *written)
    assert [event.seq for event in written] == [2, 3, 4]


def test_many_at_once_from_many_processes_stand_in_rows(log: EventLog) -> None:
    code = APPEND_ALL.replace("COUNT", "300").replace("TIMES", "5")
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(log.path), str(n)], cwd=TOP, env={"PYTHONPATH": str(TOP)})
        for n in range(4)
    ]
    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    found = said(log)
    assert [seq for seq, _, _ in found] == list(range(1, 6001))
    for start in range(0, 6000, 300):
        assert [number for _, _, number in found[start : start + 300]] == [str(n) for n in range(300)]
        assert len({job for _, job, _ in found[start : start + 300]}) == 1


def test_killed_while_many_are_written_leaves_a_row_of_whole_ones(log: EventLog) -> None:
    chance = random.Random(5)
    before = log.append("job", Warned(message="before"))
    for _ in range(6):
        code = APPEND_ALL.replace("COUNT", "20_000").replace("TIMES", "1")
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(log.path), "x"], cwd=TOP, env={"PYTHONPATH": str(TOP)}
        )
        size = log.path.stat().st_size
        while process.poll() is None and log.path.stat().st_size == size:
            time.sleep(0.001)
        time.sleep(chance.random() * 0.05)
        process.kill()
        process.wait()
        log.append("job", Warned(message="after"))
    events = log.events()
    assert events[0] == before
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    rows = "".join("." if text.isdigit() else "|" for _, _, text in said(log)).split("|")
    assert len(rows) == 8  # six rows, each ended by the "after" of the next writer
    numbers = iter(text for _, _, text in said(log) if text.isdigit())
    for row in rows:
        assert [next(numbers) for _ in row] == [str(n) for n in range(len(row))]


APPEND_ALL = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from swe_agent.core.event import Warned
from swe_agent.store.lines import EventLog
log = EventLog(Path(sys.argv[1]), lambda: datetime(2026, 1, 1, tzinfo=UTC))
for time in range(TIMES):
    log.append_all([(f"{sys.argv[2]} {time}", Warned(message=str(n))) for n in range(COUNT)])
"""


def test_a_log_that_is_not_there_is_empty(log: EventLog) -> None:
    assert log.read().events == ()
    assert not log.path.parent.exists()


def test_many_processes_append_at_once(log: EventLog) -> None:
    processes = [start(log, f"job {n}", 25) for n in range(4)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = said(log)
    assert [seq for seq, _, _ in found] == list(range(1, 101))
    for n in range(4):
        assert [number for _, job, number in found if job == f"job {n}"] == [str(i) for i in range(25)]


def test_whatever_an_append_returned_for_survives_kill_9(log: EventLog) -> None:
    chance = random.Random(7)
    promised: list[tuple[int, str, str]] = []
    for round_ in range(6):
        process = start(log, f"job {round_}", 100_000)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        time.sleep(chance.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.read().splitlines()
        process.wait()
        process.stdout.close()
        promised += [(int(seq), f"job {round_}", number) for seq, number in (line.split() for line in lines)]
    found = said(log)
    assert set(promised) <= set(found)
    # At most one more a round: written, but killed before it could be told.
    assert len(found) - len(promised) <= 6
    assert [seq for seq, _, _ in found] == list(range(1, len(found) + 1))


@given(st.data())
def test_a_torn_tail_loses_nothing_before_it_and_is_ended_by_the_next_writer(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    log = EventLog(tmp_path_factory.mktemp("torn") / "log.jsonl", clock)
    messages = data.draw(st.lists(st.text(max_size=20), min_size=1, max_size=4))
    events = [log.append("job", Warned(message=message)) for message in messages]
    last = len(encode_event(events[-1])) + 1
    whole = log.path.read_bytes()
    cut = data.draw(st.integers(1, last))
    log.path.write_bytes(whole[:-cut])
    assert log.events() == tuple(events[:-1])
    before = log.path.read_bytes()
    added = log.append("job", Warned(message="after"))
    assert log.path.read_bytes().startswith(before)
    # A line of which only the end is missing was a whole event all along.
    kept = events if cut == 1 else events[:-1]
    assert log.events() == (*kept, added)
    assert added.seq == len(kept) + 1


def test_the_last_event_is_found_behind_a_very_long_line(log: EventLog) -> None:
    log.append("job", Warned(message="x" * 700_000))
    assert log.append("job", Warned(message="short")).seq == 2
    log.path.write_bytes(log.path.read_bytes() + b"\0" * 300_000)
    assert log.append("job", Warned(message="after a block of zeros")).seq == 3
    assert len(log.events()) == 3


def test_reading_goes_on_where_it_stopped(log: EventLog) -> None:
    first = log.append("job", Warned(message="one"))
    read = log.read()
    assert [event for event, _ in read.events] == [first]
    second = log.append("job", Warned(message="two"))
    with log.path.open("ab") as file:
        file.write(b'{"v":1,"seq":3,')  # being written right now
    more = log.read(read.offset, read.mark)
    assert [event for event, _ in more.events] == [second]
    assert log.read(more.offset, more.mark) == replace(more, events=())


def test_reading_starts_anew_after_a_rewrite(log: EventLog) -> None:
    for text in ("one", "two"):
        log.append("job", Warned(message=text))
    read = log.read()
    for _ in range(2):  # the second time, the file may have its old inode back
        log.rewrite(lambda event: replace(event, body=Warned(message="bare")))
    again = log.read(read.offset, read.mark)
    assert again.anew
    assert [event.seq for event, _ in again.events] == [1, 2]
    log.path.unlink()
    assert log.read(again.offset, again.mark).anew


def test_reading_some_lines_is_reading_all_and_picking(log: EventLog) -> None:
    for text in ("one", "two", "one more"):
        log.append("job", Warned(message=text))
    everything, some = log.read(), log.read_some(lambda line: b'"one' in line)
    assert some == replace(everything, events=(everything.events[0], everything.events[2]))
    raw = log.raw(everything.offset, everything.mark)
    assert (raw.lines, raw.start, raw.offset, raw.anew) == ((), everything.offset, everything.offset, False)
    assert log.upto(everything.offset, everything.mark) == log.path.read_bytes()
    assert log.upto(0, 0) == b""
    log.rewrite(lambda event: replace(event, body=Warned(message="bare")))
    assert log.upto(everything.offset, everything.mark) is None
    assert [line.count(b"bare") for line in log.raw(everything.offset, everything.mark).lines] == [1, 1, 1]


def test_a_newer_event_is_refused_and_the_log_stays(log: EventLog) -> None:
    event = log.append("job", Warned(message="old"))
    newer = json.loads(encode_event(event)) | {"v": SCHEMA_VERSION + 1, "seq": 2}
    with log.path.open("a") as file:
        file.write(json.dumps(newer) + "\n")
    before = log.path.read_bytes()
    with pytest.raises(EnvironmentLacks, match="the log holds an event of version 2"):
        log.events()
    with pytest.raises(EnvironmentLacks, match="the log holds an event of version 2"):
        log.read_some(lambda _line: False)
    with pytest.raises(EnvironmentLacks, match="the log holds an event of version 2"):
        log.append("job", Warned(message="not written"))
    with pytest.raises(EnvironmentLacks, match="the log holds an event of version 2"):
        log.rewrite(lambda one: one)
    assert log.path.read_bytes() == before


# ---- rewriting


def test_a_rewrite_changes_events_and_keeps_their_numbers_and_mode(log: EventLog) -> None:
    for text in ("one", "two"):
        log.append("job", Warned(message=text))
    log.rewrite(lambda event: replace(event, body=Warned(message="bare")) if event.seq == 1 else event)
    assert [(seq, text) for seq, _, text in said(log)] == [(1, "bare"), (2, "two")]
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert log.append("job", Warned(message="three")).seq == 3


def test_rewriting_under_writers_loses_nothing(log: EventLog) -> None:
    processes = [start(log, f"job {n}", 60) for n in range(3)]
    while any(process.poll() is None for process in processes):
        if log.path.exists():
            log.rewrite(lambda event: event)
    for process in processes:
        process.communicate(timeout=60)
    found = said(log)
    assert [seq for seq, _, _ in found] == list(range(1, 181))


# ---- a disk that is full

FULL = """
import resource, signal, sys
from pathlib import Path
sys.argv = ["", *sys.argv[1:]]
from datetime import UTC, datetime
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.event import Warned
from swe_agent.store.lines import EventLog
log = EventLog(Path(sys.argv[1]), lambda: datetime(2026, 1, 1, tzinfo=UTC))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    for number in range(1000):
        WORK
except EnvironmentLacks as error:
    print(error.exit_code, error.message, sep="|")
"""


def on_a_full_disk(log: EventLog, size: int, work: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", FULL.replace("WORK", work), str(log.path), str(size)],
        capture_output=True, text=True, cwd=TOP, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.parametrize("size", [1000, 4096, 5001])
def test_a_full_disk_leaves_a_whole_log(log: EventLog, size: int) -> None:
    said_ = on_a_full_disk(log, size, 'log.append("job", Warned(message=f"{number} " + "x" * 90))')
    assert said_.startswith("3|cannot write the log ")
    data = log.path.read_bytes()
    assert data.endswith(b"\n")
    events = log.events()
    assert len(events) == data.count(b"\n") > 2
    assert log.append("job", Warned(message="there is space again")).seq == len(events) + 1


@pytest.mark.parametrize("size", [1000, 2_000_000])
def test_many_at_once_on_a_full_disk_are_none(log: EventLog, size: int) -> None:
    before = [log.append("job", Warned(message="before")) for _ in range(3)]
    work = 'log.append_all([("job", Warned(message="x" * 400)) for _ in range(6000)])'
    assert on_a_full_disk(log, size, work).startswith("3|cannot write the log ")
    assert log.events() == tuple(before)
    assert log.append_all([("job", Warned(message="there is space again"))])[0].seq == 4


def test_a_rewrite_on_a_full_disk_changes_nothing(log: EventLog) -> None:
    for _ in range(20):
        log.append("job", Warned(message="x" * 90))
    before = log.path.read_bytes()
    said_ = on_a_full_disk(log, 1000, "log.rewrite(lambda event: event)")
    assert said_.startswith("3|cannot write the log ")
    assert log.path.read_bytes() == before
    assert sorted(path.name for path in log.path.parent.iterdir()) == ["journal.jsonl", "journal.lock"]


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY, reason="limited already")
def test_a_folder_that_is_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentLacks, match="cannot write the log"):
        EventLog(tmp_path / "file" / "log.jsonl", clock).append("job", Warned(message="x"))

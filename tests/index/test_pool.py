"""Work that is shared out is the same work, whatever becomes of those who do it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from indexes import indexed

from swe_agent.index.pool import FEW, Item, Pool
from swe_agent.index.segment import Segment, key_of
from swe_agent.syntax.parse import outline

BODY = "".join(f"def work{n}(total):\n    return helper{n % 7}(total)\n\n\n" for n in range(600))
FILES = {f"pkg/part{n}.py": f"# {n}\n{BODY}" for n in range(FEW + 20)}
ITEMS = [Item(key_of(path, f"{n:040x}"), path, text.encode()) for n, (path, text) in enumerate(FILES.items())]


def children() -> list[int]:
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


@pytest.fixture
def others() -> Iterator[set[int]]:
    """Processes of this one that are none of a pool's; the pool's have to be gone in the end."""
    before = set(children())
    yield before
    assert set(children()) <= before


def documents(answers: list[bytes]) -> list[tuple[bytes, list[str]]]:
    """In order; who answered to which is chance."""
    segments = [Segment.of(memoryview(answer)) for answer in answers]
    return sorted((key, one.defined(document)) for one in segments for document, key in enumerate(one.keys))


def alone(items: Sequence[Item]) -> list[bytes]:
    with Pool("scan", files=len(items), workers=1) as pool:
        return pool.answers(items)


def taken_by_another(pipe: int) -> None:
    """Wait until someone has taken all that lies in the pipe so far."""
    end = time.monotonic() + 60
    while select.select([pipe], [], [], 0)[0]:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("fate", ["takes part", "is killed at work", "is gone before it starts"])
def test_two_answer_as_one_does(fate: str, others: set[int]) -> None:
    with Pool("scan", files=len(ITEMS), workers=2) as pool:
        (worker,) = set(children()) - others
        if fate == "is gone before it starts":
            os.kill(worker, signal.SIGKILL)
            os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)

        def items() -> Iterator[Item]:
            yield from ITEMS[:50]
            if fate != "is gone before it starts":
                taken_by_another(pool.lots)
            if fate == "is killed at work":
                os.kill(worker, signal.SIGKILL)
            yield from ITEMS[50:]

        answers = pool.answers(items())
    assert len(answers) == 2 - (fate == "is gone before it starts")
    assert documents(answers) == documents(alone(ITEMS))


def test_what_is_done_meanwhile_is_done_where_another_took_part(others: set[int]) -> None:
    done: list[str] = []
    with Pool("scan", files=len(ITEMS), workers=2) as pool:

        def items() -> Iterator[Item]:
            yield from ITEMS
            taken_by_another(pool.lots)

        pool.answers(items(), lambda: done.append("meanwhile"))
    assert done == ["meanwhile"]


def test_who_is_not_needed_goes(others: set[int]) -> None:
    with Pool("scan", files=len(ITEMS), workers=2) as pool:
        assert documents(pool.answers(ITEMS[:3])) == documents(alone(ITEMS[:3]))


def test_who_fails_leaves_nobody_at_work(others: set[int]) -> None:
    def fail(item: Item) -> None:
        assert len(set(children()) - others) == 2
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Pool("scan", files=len(ITEMS), workers=3):
        fail(ITEMS[0])


def test_few_files_start_nothing(others: set[int]) -> None:
    with Pool("scan", files=FEW - 1, workers=2) as pool:
        assert set(children()) <= others
        assert pool.answers([]) == []


def test_outlines_of_all_files_are_those_of_each(others: set[int]) -> None:
    index = indexed(FILES, workers=2)
    done = index.complete()
    assert (done.files, done.read, done.symbols) == (len(FILES), len(FILES), 600 * len(FILES))
    assert index.outline("pkg/part7.py") == outline("pkg/part7.py", FILES["pkg/part7.py"])
    assert [one.path for one in index.rank("work3")] == [one.path for one in indexed(FILES, workers=1).rank("work3")]

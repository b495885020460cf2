"""Work that is shared out is the same work, whatever becomes of those who do it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from indexes import indexed

from swe_agent.index.pool import FEW, WORTH_IT, Item, Pool
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
    segments = [Segment.of(memoryview(answer)) for answer in answers]
    return [(key, one.defined(document)) for one in segments for document, key in enumerate(one.keys)]


def test_it_is_worth_it() -> None:
    assert sum(item.cost for item in ITEMS) > WORTH_IT


@pytest.mark.parametrize("fate", ["well", "killed", "stopped before it was asked"])
def test_two_answer_as_one_does(fate: str, others: set[int]) -> None:
    with Pool("scan", files=len(ITEMS), workers=1) as alone:
        expected = alone.answers(ITEMS)
    with Pool("scan", files=len(ITEMS), workers=2) as pool:
        (worker,) = set(children()) - others
        if fate != "well":
            os.kill(worker, signal.SIGKILL)
        if fate == "stopped before it was asked":
            os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        answers = pool.answers(ITEMS)
    assert (len(expected), len(answers)) == (1, 2)
    assert documents(answers) == documents(expected)


def test_who_is_not_needed_goes(others: set[int]) -> None:
    with Pool("scan", files=len(ITEMS), workers=2) as pool:
        assert len(pool.answers(ITEMS[:3])) == 1


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

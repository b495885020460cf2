"""Ids of jobs and landings."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

from swe_agent.wiring.chance import Ids, new_id


def test_ids_sort_by_the_time_at_which_they_were_asked_for() -> None:
    made = [new_id() for _ in range(300)]
    assert made == sorted(set(made))
    assert all(re.fullmatch(r"\d{8}-\d{6}-[a-z2-9]{4}", id_) for id_ in made)


def test_two_processes_are_told_apart_within_a_second() -> None:
    one, other = Ids(), Ids()
    for _ in range(20):
        first = one()
        time.sleep(0.003)
        assert first < other()


def test_threads_get_different_ones() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(), range(400)))
    assert len(set(made)) == 400

"""Caps per day: many threads and many processes spend from them at once, and some of them die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from spender import DAY, LIMITS, PRICE

from swe_agent.core.errors import ConfigError, EnvironmentLacks, LimitReached
from swe_agent.core.usage import NANO, Cost, DayLimits
from swe_agent.store.spend import DaySpend, DayTotals, SpendLog
from swe_agent.wiring.spending import DayThrottle

HERE = Path(__file__).parent
OVER, NEXT = "2026-11-28", "2026-11-30"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "spend.jsonl"


def passing(_totals: DayTotals) -> None:
    pass


def spent(
    log: SpendLog, call: str, nano_usd: int | None, tokens: int, *, day: str = DAY, repository: str = "a"
) -> None:
    log.reserve(call, day=day, repository=repository, nano_usd=nano_usd, tokens=tokens * 2, check=passing)
    log.settle(call, nano_usd=nano_usd, tokens=tokens)


def everywhere(log: SpendLog, day: str = DAY, repository: str = "a") -> DaySpend:
    return log.totals(day, repository).everywhere


# ---- the file


def test_what_is_reserved_counts_until_it_is_settled(path: Path) -> None:
    log = SpendLog(path)
    log.reserve("1", day=DAY, repository="a", nano_usd=900, tokens=90, check=passing)
    assert everywhere(log) == DaySpend(nano_usd=900, tokens=90, calls=1)
    log.settle("1", nano_usd=500, tokens=50)
    assert everywhere(log) == DaySpend(nano_usd=500, tokens=50, calls=1)


def test_repositories_and_days_are_told_apart(path: Path) -> None:
    log = SpendLog(path)
    spent(log, "1", 100, 10)
    spent(log, "2", 20, 2, repository="b")
    assert log.totals(DAY, "a") == DayTotals(
        here=DaySpend(nano_usd=100, tokens=10, calls=1), everywhere=DaySpend(nano_usd=120, tokens=12, calls=2)
    )
    assert log.totals(NEXT, "a") == DayTotals(here=DaySpend(), everywhere=DaySpend())


def test_an_unknown_cost_is_not_nothing(path: Path) -> None:
    log = SpendLog(path)
    spent(log, "1", None, 10)
    spent(log, "2", 5, 10)
    assert everywhere(log) == DaySpend(nano_usd=5, tokens=20, calls=2, unpriced=1)


def test_what_is_refused_leaves_no_trace(path: Path) -> None:
    def refuse(_totals: DayTotals) -> None:
        raise LimitReached("no", limit="money")

    log = SpendLog(path)
    spent(log, "1", 100, 10)
    before = path.read_bytes()
    with pytest.raises(LimitReached):
        log.reserve("2", day=DAY, repository="a", nano_usd=1, tokens=1, check=refuse)
    assert path.read_bytes() == before


def test_another_process_that_died_counts_as_spent(path: Path) -> None:
    SpendLog(path).reserve("1", day=DAY, repository="a", nano_usd=900, tokens=90, check=passing)
    assert everywhere(SpendLog(path)) == DaySpend(nano_usd=900, tokens=90, calls=1)


def test_days_that_are_over_become_one_line_for_each_repository(path: Path) -> None:
    log, other = SpendLog(path), SpendLog(path)
    for number in range(20):
        spent(log, f"{number}", 10, 1, day=OVER, repository="ab"[number % 2])
    log.reserve("died", day=OVER, repository="a", nano_usd=7, tokens=7, check=passing)
    assert everywhere(other, OVER) == DaySpend(nano_usd=207, tokens=27, calls=21)
    spent(log, "today", None, 3)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines == [
        {"is": "day", "day": OVER, "repository": "a", "nano_usd": 107, "tokens": 17, "calls": 11, "unpriced": 0},
        {"is": "day", "day": OVER, "repository": "b", "nano_usd": 100, "tokens": 10, "calls": 10, "unpriced": 0},
        {"is": "reserved", "id": "today", "day": DAY, "repository": "a", "nano_usd": None, "tokens": 6},
        {"is": "settled", "id": "today", "nano_usd": None, "tokens": 3},
    ]
    for one in (log, other, SpendLog(path)):
        assert everywhere(one, OVER) == DaySpend(nano_usd=207, tokens=27, calls=21)
        assert everywhere(one) == DaySpend(tokens=3, calls=1, unpriced=1)
    other.settle("died", nano_usd=1, tokens=1)  # it only slept; its day is over, and keeps what was reserved
    assert everywhere(SpendLog(path), OVER) == DaySpend(nano_usd=207, tokens=27, calls=21)
    spent(other, "tomorrow", 1, 1, day=NEXT)
    assert [json.loads(line)["is"] for line in path.read_text().splitlines()][:3] == ["day", "day", "day"]
    assert everywhere(log, OVER) == DaySpend(nano_usd=207, tokens=27, calls=21)


def test_a_call_over_midnight_belongs_to_the_day_that_it_began_on(path: Path) -> None:
    log = SpendLog(path)
    log.reserve("1", day=DAY, repository="a", nano_usd=900, tokens=90, check=passing)
    log.settle("1", nano_usd=5, tokens=5)
    assert (everywhere(log).tokens, everywhere(log, NEXT).tokens) == (5, 0)


@pytest.mark.parametrize(
    "rubbish", [b'{"is":"reserved","id":"x","da', b"[]\n", b'{"is":"settled"}\n', b"\xff\n", b"\n\n"]
)
def test_a_torn_or_foreign_line_is_passed_over(path: Path, rubbish: bytes) -> None:
    log = SpendLog(path)
    spent(log, "1", 100, 10)
    with path.open("ab") as file:
        file.write(rubbish)
    spent(log, "2", 100, 10)
    for one in (log, SpendLog(path)):
        assert everywhere(one) == DaySpend(nano_usd=200, tokens=20, calls=2)


def test_a_file_in_the_place_of_another_is_read_anew(path: Path) -> None:
    log = SpendLog(path)
    spent(log, "1", 100, 10)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"1"', b'"3"').replace(b"100", b"300"))  # the same inode, the same length
    assert everywhere(log).nano_usd == 300
    path.unlink()
    assert everywhere(log) == DaySpend()


def test_only_the_user_can_read_it(path: Path) -> None:
    spent(SpendLog(path), "1", 1, 1)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentLacks, match="by which spending per day is limited"):
        spent(SpendLog(tmp_path / "file" / "spend.jsonl"), "1", 1, 1)


# ---- the caps


def throttle(path: Path, repository: str = "a", day: Callable[[], str] = lambda: DAY, **limits: int) -> DayThrottle:
    return DayThrottle(SpendLog(path), DayLimits(**limits), repository, day)


@pytest.mark.parametrize(
    ("limits", "limit", "said", "name"),
    [
        (
            {"nano_usd": NANO // 10_000},
            "money",
            "the next call may cost $0.0001, and $0.0000 of the $0.0001 that all jobs of a day may spend is left",
            "limits.usd_per_day",
        ),
        (
            {"repository_nano_usd": NANO // 10_000},
            "money",
            "and $0.0000 of the $0.0001 that this repository's jobs of a day may spend is left",
            "limits.repository_usd_per_day",
        ),
        (
            {"tokens": 2000},
            "tokens",
            "the next call may take 1,100 tokens, and 900 of the 2,000 that all jobs of a day may spend are left",
            "limits.tokens_per_day",
        ),
        (
            {"repository_tokens": 2000},
            "tokens",
            "and 900 of the 2,000 that this repository's jobs of a day may spend are left",
            "limits.repository_tokens_per_day",
        ),
    ],
)
def test_a_cap_names_itself(path: Path, limits: dict[str, int], limit: str, said: str, name: str) -> None:
    one = throttle(path, **limits)
    one.reserve(PRICE, input_tokens=1000, output_tokens=100)
    one.settle(Cost(nano_usd=52_000), 1100)
    with pytest.raises(LimitReached) as caught:
        one.reserve(PRICE, input_tokens=1000, output_tokens=100)
    assert (caught.value.limit, caught.value.exit_code) == (limit, 4)
    assert said in caught.value.message
    assert caught.value.hint == f"go on tomorrow, or with a larger `{name}`"


def test_tomorrow_is_another_day_and_another_repository_another_cap(path: Path) -> None:
    def wants(one: DayThrottle) -> bool:
        try:
            one.reserve(PRICE, input_tokens=1000, output_tokens=0)
        except LimitReached:
            return False
        one.settle(Cost(nano_usd=30_000), 1000)
        return True

    caps = {"repository_tokens": 1500, "tokens": 2500}
    assert wants(throttle(path, "a", **caps))
    assert not wants(throttle(path, "a", **caps))
    assert wants(throttle(path, "b", **caps))
    assert not wants(throttle(path, "c", **caps)), "all repositories together have used their cap up"
    assert wants(throttle(path, "a", lambda: NEXT, **caps))


def test_a_cap_in_money_cannot_be_kept_where_a_cost_is_not_known(path: Path) -> None:
    free = throttle(path)
    free.reserve(None, input_tokens=10, output_tokens=10)
    free.settle(Cost(nano_usd=None), 20)
    with pytest.raises(ConfigError, match="1 calls of today have no known price"):
        throttle(path, nano_usd=NANO).reserve(PRICE, input_tokens=1, output_tokens=1)
    throttle(path, "b", repository_nano_usd=NANO).reserve(PRICE, input_tokens=1, output_tokens=1)
    throttle(path, tokens=10_000).reserve(PRICE, input_tokens=1, output_tokens=1)


# ---- many at once


def start(state: Path, billed: Path, repository: str, seed: int, threads: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "spender.py"), str(state), str(billed), repository, str(seed), str(threads)],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
        stderr=subprocess.PIPE,
    )


def billed(file: Path) -> tuple[int, int]:
    lines = file.read_text().splitlines() if file.exists() else []
    return sum(int(line.split()[0]) for line in lines), sum(int(line.split()[1]) for line in lines)


def test_many_processes_with_many_threads_never_pass_a_cap_even_where_some_are_killed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    bills = {name: [tmp_path / f"{name}{number}" for number in range(4)] for name in "ab"}
    running = [start(state, bill, name, number, threads=3) for name in bills for number, bill in enumerate(bills[name])]
    doomed = running[::4]
    end = time.monotonic() + 60
    while not all(bills[name][0].exists() for name in bills) and time.monotonic() < end:
        time.sleep(0.01)
    for process in doomed:
        process.send_signal(signal.SIGKILL)
    for process in running:
        _, said = process.communicate(timeout=120)
        assert process in doomed or (process.returncode, said) == (0, b"")
    log = SpendLog(state / "spend.jsonl")
    money, tokens = {}, {}
    for name, files in bills.items():
        money[name], tokens[name] = (sum(one) for one in zip(*map(billed, files), strict=True))
        totals = log.totals(DAY, name).here
        assert money[name] <= totals.nano_usd <= (LIMITS.repository_nano_usd or 0)
        assert tokens[name] <= totals.tokens <= (LIMITS.repository_tokens or 0)
    totals = log.totals(DAY, "a").everywhere
    assert sum(money.values()) <= totals.nano_usd <= (LIMITS.nano_usd or 0)
    assert sum(tokens.values()) <= totals.tokens <= (LIMITS.tokens or 0)
    assert totals.nano_usd > (LIMITS.nano_usd or 0) - 40_000, "used up to the last call that would fit"


def test_all_that_is_settled_adds_up_to_the_nano_dollar(tmp_path: Path) -> None:
    state, bills = tmp_path / "state", [tmp_path / f"bill{number}" for number in range(3)]
    for process in [start(state, bill, "a", number, threads=2) for number, bill in enumerate(bills)]:
        _, said = process.communicate(timeout=120)
        assert (process.returncode, said) == (0, b"")
    money, tokens = (sum(one) for one in zip(*map(billed, bills), strict=True))
    totals = SpendLog(state / "spend.jsonl").totals(DAY, "a").here
    assert (totals.nano_usd, totals.tokens) == (money, tokens)

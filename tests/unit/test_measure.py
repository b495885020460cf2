"""A benchmark before and after: an effect is seen, and noise is not taken for one."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.measured import Measured
from swe_agent.verify.measure import measure


@dataclass(frozen=True)
class Ran:
    seconds: float
    status: int = 0
    output: bytes = b""
    timed_out: bool = False
    tier: str = "none"


def taken(before: float, after: float, noise: float, *, seed: int = 1, pairs: int = 10) -> Measured:
    chance = random.Random(seed)  # noise, no secret
    side = {"now": before}
    order: list[float] = []

    def run() -> Ran:
        order.append(side["now"])
        return Ran(seconds=side["now"] * chance.uniform(1 - noise, 1 + noise))

    measured = measure(
        run,
        "make bench",
        base=lambda: side.update(now=before),
        head=lambda: side.update(now=after),
        pairs=pairs,
        enough=lambda: False,
    )
    assert order[:8] == [before, before, after, after, after, after, before, before]
    return measured


def test_an_effect_beyond_the_noise_is_seen() -> None:
    measured = taken(1.0, 0.8, 0.05)
    assert measured.word == "better"
    assert measured.interval[0] < measured.ratio < measured.interval[1] < 1
    assert taken(1.0, 1.2, 0.05).word == "worse"


def test_noise_is_taken_for_an_effect_as_often_as_the_interval_says() -> None:
    wrong = sum(taken(1.0, 1.0 + 1e-12, 0.1, seed=seed).word != "within the noise" for seed in range(400))
    assert wrong <= 400 * 0.085  # 5 % by design; 8.5 % is four standard deviations away


def test_few_pairs_prove_nothing() -> None:
    assert taken(1.0, 0.1, 0.0, pairs=2).word == "within the noise"


@given(st.lists(st.floats(0.001, 1000), min_size=3, max_size=40), st.floats(0.1, 10))
def test_the_same_factor_everywhere_is_the_ratio(before: list[float], factor: float) -> None:
    measured = Measured(command="x", before=tuple(before), after=tuple(one * factor for one in before))
    assert measured.ratio == pytest.approx(factor)
    assert measured.interval == (pytest.approx(factor), pytest.approx(factor))


def test_a_figure_that_is_printed_counts_and_a_failure_is_told() -> None:
    def run_with(output: bytes, status: int = 0) -> Measured:
        return measure(
            lambda: Ran(seconds=9.0, status=status, output=output),
            "make bench",
            base=lambda: None,
            head=lambda: None,
            pairs=3,
            enough=lambda: False,
        )

    assert run_with(b"warm\nBENCH 5\nBENCH 2.5\n").before == (2.5, 2.5, 2.5)
    assert run_with(b"BENCH nan-sense\n").before == (9.0, 9.0, 9.0)
    with pytest.raises(EnvironmentLacks, match="failed with exit status 3\nboom"):
        run_with(b"boom", 3)

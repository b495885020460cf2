"""Verdicts, sums of usage, and kinds of tasks."""

from __future__ import annotations

import pytest
from hypothesis import given
from properties.strategies import of

from swe_agent.core.task import kind_of
from swe_agent.core.usage import Cost, Price, Usage
from swe_agent.core.verdict import TestCase, TestOutcome, TestRun, TestState, Verdict, compare


def run(outcomes: dict[str, TestOutcome] | None = None, *, status: int = 0, timed_out: bool = False) -> TestRun:
    cases = tuple(TestCase(id=id_, outcome=outcome) for id_, outcome in (outcomes or {}).items())
    return TestRun(command=("t",), status=status, cases=cases, seconds=1.0, tier="none", timed_out=timed_out)


@pytest.mark.parametrize(
    ("was", "now", "state"),
    [
        ("passed", "passed", "kept"),
        ("passed", "failed", "broken"),
        ("passed", "error", "broken"),
        ("passed", "skipped", "not run"),
        ("passed", None, "not run"),
        ("failed", "passed", "fixed"),
        ("error", "passed", "fixed"),
        ("failed", "error", "still failing"),
        ("error", "failed", "still failing"),
        ("failed", None, "not run"),
        ("failed", "skipped", "not run"),
        ("skipped", "passed", "kept"),
        ("skipped", "failed", "broken"),
        (None, "passed", "kept"),
        (None, "failed", "broken"),
        (None, "skipped", "not run"),
    ],
)
def test_two_runs_joined(was: TestOutcome | None, now: TestOutcome | None, state: str) -> None:
    before, after = run({"t": was} if was else {}), run({"t": now} if now else {})
    assert compare(before, after) == Verdict(states={"t": TestState(state)}, before=before, after=after)


@pytest.mark.parametrize("now", ["passed", "failed"])
def test_a_flaky_test_is_no_evidence(now: TestOutcome) -> None:
    verdict = compare(run({"t": "failed"}, status=1), run({"t": now}, status=1), flaky=frozenset({"t"}))
    assert verdict.states == {"t": TestState.FLAKY}
    assert (verdict.fixed, verdict.broken, verdict.kept) == (False, False, False)


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (run({"a": "failed"}, status=1), run({"a": "passed"}), "verified"),
        (run({"a": "passed"}), run({"a": "passed"}), "kept"),
        (run({"a": "passed"}), run({"a": "failed"}, status=1), "broken"),
        (run({"a": "failed"}, status=1), run({"a": "failed"}, status=1), "not fixed"),
        (run({"a": "failed", "b": "failed"}, status=1), run({"a": "passed", "b": "failed"}, status=1), "verified"),
        (run({"a": "failed", "b": "passed"}, status=1), run({"a": "passed", "b": "failed"}, status=1), "broken"),
        (run(status=1), run(status=0), "verified"),
        (run(status=0), run(status=1), "broken"),
        (run(status=1), run(status=1), "not fixed"),
        (run(status=0), run(status=0, timed_out=True), "broken"),
        (None, run({"a": "passed"}), "kept"),
        (None, run(status=1), "not fixed"),
        (run({"a": "passed"}), None, "unverified"),
    ],
)
def test_the_word_for_a_verdict(before: TestRun | None, after: TestRun | None, word: str) -> None:
    assert compare(before, after).word == word


def test_a_test_that_the_change_removed_is_lost_and_proves_nothing() -> None:
    verdict = compare(run({"a": "failed", "b": "skipped"}, status=1), run({"b": "skipped"}))
    assert (verdict.lost, verdict.fixed, verdict.red_before) == (("a",), False, True)


def test_names_of_a_state_come_in_order() -> None:
    verdict = compare(run({"b": "failed", "a": "failed"}), run({"b": "passed", "a": "passed"}))
    assert verdict.of(TestState.FIXED) == ("a", "b")


@given(of(Usage), of(Usage), of(Usage))
def test_usage_adds_up_in_any_order(a: Usage, b: Usage, c: Usage) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Usage() == a
    assert (a + b).total == a.total + b.total


@given(of(Cost), of(Cost))
def test_a_sum_with_an_unknown_part_is_unknown(a: Cost, b: Cost) -> None:
    total = a + b
    assert total == b + a
    if a.nano_usd is None or b.nano_usd is None:
        assert total == Cost(nano_usd=None)
        assert str(total) == "cost unknown"
    else:
        assert total == Cost(nano_usd=a.nano_usd + b.nano_usd)


def test_cached_tokens_are_paid_at_their_own_price() -> None:
    price = Price(input_nano=1000, output_nano=4000, cached_nano=100, cache_write_nano=1250, source="test")
    usage = Usage(input_tokens=10, cached_tokens=100, cache_write_tokens=8, output_tokens=5, reasoning_tokens=3)
    assert price.of(usage) == Cost(nano_usd=10_000 + 10_000 + 10_000 + 20_000)
    assert str(Cost(nano_usd=1_234_567_890)) == "$1.2346"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("fix: totals", "fix"),
        ("Bug: totals", "fix"),
        ("feat: a page", "feature"),
        ("add a page", "feature"),
        ("Feature:page", "feature"),
        ("refactor the cart", "refactor"),
        ("perf: faster", "optimise"),
        ("optimize it", "optimise"),
        ("address the totals", "fix"),
        ("totals: add a discount", "fix"),
        ("", "fix"),
        (" \n\t", "fix"),
        (":", "fix"),
    ],
)
def test_the_first_word_names_the_kind(text: str, kind: str) -> None:
    assert kind_of(text) == kind

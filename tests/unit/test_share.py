"""How much of the code AI wrote: of what is there, and of what was added."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.evidence import Lives
from swe_agent.metrics.alike import of_lines
from swe_agent.metrics.interval import Estimate
from swe_agent.metrics.share import CLASSES, Shares, language, month, share_added, share_at_head

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def at(month_: int, day: int = 1) -> str:
    return datetime(2026, month_, day, tzinfo=UTC).isoformat()


OLD = Lives(kind="unknown", language="go", lines=60, landed_at="")
EXAMPLE = (
    OLD,
    Lives(kind="unknown", language="go", lines=5, landed_at="", ended_at=at(1), end="deleted"),
    Lives(kind="ai", language="go", lines=12, landed_at=at(1), session="a"),
    Lives(kind="ai", language="go", lines=3, landed_at=at(1), edited_at=at(2), session="a"),
    Lives(kind="ai", language="rust", lines=4, landed_at=at(2), edited_at=at(2), session="b"),
    Lives(kind="ai", language="rust", lines=6, landed_at=at(2), ended_at=at(3), end="reverted", session="b"),
    Lives(kind="human", language="rust", lines=10, landed_at=at(2, 9)),
    Lives(kind="unknown", language="rust", lines=11, landed_at=at(3, 3)),
)


def counts(row: Shares) -> tuple[str, int, dict[str, float]]:
    return row.group, row.n, {kind: row.of(kind).hits for kind in CLASSES}


def test_the_example_by_hand() -> None:
    assert [counts(row) for row in share_at_head(EXAMPLE, NOW)] == [
        ("all", 100, {"ai": 12, "ai_edited": 7, "human": 10, "unknown": 71})
    ]
    assert [counts(row) for row in share_added(EXAMPLE, NOW, key=month)] == [
        ("2026-01", 15, {"ai": 15, "ai_edited": 0, "human": 0, "unknown": 0}),
        ("2026-02", 20, {"ai": 6, "ai_edited": 4, "human": 10, "unknown": 0}),
        ("2026-03", 11, {"ai": 0, "ai_edited": 0, "human": 0, "unknown": 11}),
    ]
    assert [counts(row) for row in share_added(EXAMPLE, NOW, since=at(2), key=language)] == [
        ("rust", 31, {"ai": 6, "ai_edited": 4, "human": 10, "unknown": 11})
    ]
    assert [counts(row) for row in share_at_head(EXAMPLE, datetime(2026, 1, 15, tzinfo=UTC))] == [
        ("all", 75, {"ai": 15, "ai_edited": 0, "human": 0, "unknown": 60})
    ]


def test_what_was_there_before_does_not_vary() -> None:
    """60 of 100 lines are from before; the interval is that of the other 40, brought down to 40 %."""
    (row,) = share_at_head(EXAMPLE, NOW)
    bare = of_lines([(15, 15), (4, 4), (0, 10), (0, 11)])
    assert bare.low is not None
    assert bare.high is not None
    assert row.made == Estimate(
        hits=19,
        n=100,
        units="lines",
        clusters=4,
        value=pytest.approx(0.19),
        low=pytest.approx(0.4 * bare.low),
        high=pytest.approx(0.4 * bare.high),
        method=f"{bare.method}, and 60 lines from before the records",
        enough=False,
    )


def test_all_of_it_from_before() -> None:
    (row,) = share_at_head([OLD], NOW)
    assert row.unknown == Estimate(
        hits=60, n=60, units="lines", clusters=0, value=1.0, low=1.0, high=1.0, method="all counted", enough=True
    )
    assert (row.made.value, row.made.low, row.made.high) == (0.0, 0.0, 0.0)
    assert share_added([OLD], NOW) == ()
    assert share_at_head([], NOW) == ()


MOMENTS = st.builds(at, st.integers(1, 3), st.integers(1, 28))
LIVES = st.builds(
    lambda kind, born, edited, ended, lines, session, language_: Lives(
        kind=kind, language=language_, lines=lines, landed_at=born if kind != "unknown" or lines % 2 else "",
        edited_at=edited if kind == "ai" else "", ended_at=max(ended, born) if ended else "",
        end="deleted" if ended else "", session=session if kind == "ai" else "",
    ),
    st.sampled_from(["ai", "human", "unknown"]), MOMENTS, MOMENTS | st.just(""), MOMENTS | st.just(""),
    st.integers(1, 50), st.sampled_from("xyz"), st.sampled_from(["go", "rust", ""]),
)  # fmt: skip


@given(st.lists(LIVES))
def test_classes_add_up_to_all(lives: list[Lives]) -> None:
    for rows in (share_at_head(lives, NOW, language), share_added(lives, NOW, key=month)):
        for row in rows:
            assert sum(row.of(kind).hits for kind in CLASSES) == row.n
            assert sum(row.of(kind).value or 0 for kind in CLASSES) == pytest.approx(1)
            assert row.made.hits == row.ai.hits + row.ai_edited.hits
            for kind in CLASSES:
                one = row.of(kind)
                assert one.n == row.n
                assert one.low is not None
                assert one.value is not None
                assert one.high is not None
                assert -1e-9 <= one.low <= one.value + 1e-9 <= one.high + 2e-9 <= 1 + 1e-8


@given(st.lists(LIVES))
def test_groups_add_up_to_all_and_sessions_are_only_names(lives: list[Lives]) -> None:
    whole = share_at_head(lives, NOW)
    parts = share_at_head(lives, NOW, language)
    for kind in CLASSES:
        assert sum(row.of(kind).hits for row in whole) == sum(row.of(kind).hits for row in parts)
    renamed = [replace(one, session=f"other {one.session}") if one.session else one for one in lives]
    assert [counts(row) for row in share_at_head(renamed, NOW)] == [counts(row) for row in whole]
    alone = [replace(one, session=str(place)) for place, one in enumerate(lives) if one.landed_at]
    old = [one for one in lives if not one.landed_at]
    assert [counts(row) for row in share_at_head(alone + old, NOW)] == [counts(row) for row in whole]

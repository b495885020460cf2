"""Metrics of lines as the catalogue gives them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from swe_agent.core.evidence import Lives
from swe_agent.core.review import ReviewComment, ReviewRun
from swe_agent.core.usage import NANO, Cost
from swe_agent.metrics.catalogue import Number, Row, metric
from swe_agent.metrics.figures import Accepted, Bill, Figures
from swe_agent.metrics.interval import independent

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


FIGURES = Figures(
    now=NOW,
    since="2026-04-01",
    lives=(
        Lives(kind="ai", language="go", model="m", lines=10, landed_at=ago(40), session="a"),
        Lives(
            kind="ai",
            language="go",
            model="m",
            lines=5,
            landed_at=ago(40),
            session="a",
            ended_at=ago(35),
            end="reverted",
        ),
        Lives(kind="ai", language="rust", model="n", lines=8, landed_at=ago(3), session="b"),
        Lives(kind="ai", language="rust", model="n", lines=90, landed_at=ago(300), session="old"),
        Lives(kind="unknown", language="go", lines=7, landed_at=""),
        Lives(kind="human", language="go", lines=20, landed_at=ago(40)),
    ),
    accepted=(
        Accepted(session="a", language="go", model="m", at=ago(41), lines=20),
        Accepted(session="old", language="rust", model="n", at=ago(301), lines=90),
    ),
    bills=(
        Bill(session="a", model="m", at=ago(41), cost=Cost(nano_usd=NANO)),
        Bill(session="b", model="n", at=ago(3), cost=Cost(nano_usd=None)),
        Bill(session="old", model="n", at=ago(301), cost=Cost(nano_usd=NANO)),
    ),
)


def counted(name: str, *cut: str) -> list[tuple[tuple[str, ...], str, float, float]]:
    """Groups, what the row is of, hits and n; of a number, its value and n."""
    rows = metric(name).measure(FIGURES, cut)  # type: ignore[arg-type]
    figures = [(row, row.figure) for row in rows]
    return [
        (row.group, row.of, one.hits, one.n)
        if not isinstance(one, Number)
        else (row.group, row.of, one.value or 0, one.n)
        for row, one in figures
    ]


def test_survival_by_language() -> None:
    assert counted("survival", "language") == [
        (("go",), "unchanged, 1 d", 15, 15),
        (("go",), "unchanged, 7 d", 10, 15),
        (("go",), "unchanged, 30 d", 10, 15),
        (("go",), "ai, 1 d", 15, 15),
        (("go",), "ai, 7 d", 10, 15),
        (("go",), "ai, 30 d", 10, 15),
        (("go",), "human, 1 d", 20, 20),
        (("go",), "human, 7 d", 20, 20),
        (("go",), "human, 30 d", 20, 20),
        (("rust",), "unchanged, 1 d", 8, 8),
        (("rust",), "ai, 1 d", 8, 8),
    ]


def test_relative_survival_says_what_is_missing() -> None:
    rows = metric("survival.relative").measure(FIGURES, ())
    assert rows[2] == Row(
        group=(),
        of="30 d",
        figure=Number(value=None, unit="times", n=15, enough=False, note="not enough AI lines (n = 15, 50 are needed)"),
    )


def test_causes() -> None:
    assert metric("survival.cause").measure(FIGURES, ("model",)) == (
        Row(
            group=("m",),
            of="ai, reverted",
            figure=Number(value=5.0, unit="lines", n=5, note="100 % of 5 that ended"),
        ),
    )


def test_shares() -> None:
    assert counted("share.head", "language") == [
        (("go",), "ai", 10, 37),
        (("go",), "ai_edited", 0, 37),
        (("go",), "human", 20, 37),
        (("go",), "unknown", 7, 37),
        (("go",), "made", 10, 37),
        (("rust",), "ai", 98, 98),
        (("rust",), "ai_edited", 0, 98),
        (("rust",), "human", 0, 98),
        (("rust",), "unknown", 0, 98),
        (("rust",), "made", 98, 98),
    ]
    assert [row for row in counted("share.added", "month", "model") if row[1] == "made"] == [
        (("2026-04", "m"), "made", 15, 15),
        (("2026-04", "none"), "made", 0, 20),
        (("2026-05", "n"), "made", 8, 8),
    ]


def test_landing_and_money() -> None:
    assert counted("land") == [((), "", 15, 20)]
    assert counted("land", "model") == [(("m",), "", 15, 20)]
    assert counted("cost.per_surviving_line") == [((), "", 0.1, 10)]
    assert metric("cost.per_surviving_line").measure(FIGURES, ("model",)) == (
        Row(group=("m",), figure=Number(value=0.1, unit="USD", n=10, enough=False)),
        Row(group=("n",), figure=Number(value=None, unit="USD", n=0, enough=False, note="no session is 30 days old")),
    )


def test_reviews() -> None:
    names = [f"review.{name}" for name in ("addressed", "coverage", "escape", "noise", "precision")]
    nothing = Row(group=(), figure=Number(value=None, unit="", n=0, enough=False, note="no reviews recorded"))
    assert [metric(name).measure(FIGURES, ()) for name in names] == [(nothing,)] * 5
    comment = ReviewComment(kind="bug", severity="low", posted_at=ago(2), reaction="applied")
    one = Figures(
        now=NOW, since="2026-05-01",
        reviews=(
            ReviewRun(pull="1", at=ago(2), finished=True, comments=(comment,)),
            ReviewRun(pull="0", at=ago(200), finished=False),
        ),
    )  # fmt: skip
    assert metric("review.coverage").measure(one, ()) == (Row(group=(), figure=independent(1, 1, "pull requests")),)


def test_nothing_recorded() -> None:
    empty = Figures(now=NOW)
    for name in ("survival", "survival.cause", "share.head", "share.added", "land", "cost.per_surviving_line"):
        assert metric(name).measure(empty, ()) == ()

"""Survival of lines: an example worked by hand, laws, and AI lines next to those of people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.evidence import Cause, Lives
from swe_agent.metrics.alike import of_lines
from swe_agent.metrics.interval import Estimate
from swe_agent.metrics.relative import Ratio, ratio_of, relative
from swe_agent.metrics.survival import DAY, FATES, HORIZONS, Death, Stay, causes, curve, stays, survival

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BORN = NOW - timedelta(days=40)


def day(number: float) -> str:
    """So many days after the lines of the example are born."""
    return (BORN + timedelta(days=number)).isoformat()


def ai(lines: int, session: str = "s", *, born: float = 0, edited: float | None = None, ended: float | None = None,
       end: Cause = "deleted") -> Lives:  # fmt: skip
    return Lives(
        kind="ai",
        language="python",
        lines=lines,
        landed_at=day(born),
        edited_at="" if edited is None else day(edited),
        ended_at="" if ended is None else day(ended),
        end="" if ended is None else end,
        model="m",
        session=session,
    )


EXAMPLE = (
    ai(10, "a"),
    ai(5, "a", ended=3),
    ai(5, "b", edited=0, ended=20, end="rewritten"),
    ai(10, "b", edited=2),
    ai(20, "c", born=35),  # five days old
    Lives(kind="human", language="python", lines=7, landed_at=day(0), ended_at=day(30), end="rewritten by ai"),
    Lives(kind="unknown", language="python", lines=9, landed_at="", ended_at=day(1), end="deleted"),
    Lives(kind="unknown", language="python", lines=4, landed_at=day(1)),
)


def test_the_example_by_hand() -> None:
    """Of 30 lines that are old enough, 5 died by day 7 and 5 more by day 30; 5 were edited before they landed, and 10
    on the second day. The 20 young ones are alive on the fifth day, and known to be so."""
    together, as_written = stays(EXAMPLE, "ai", NOW), stays(EXAMPLE, "unchanged", NOW)
    assert [(survival(together, h).hits, survival(together, h).n) for h in HORIZONS] == [
        (50, 50), (25, 30), (20, 30), (0, 0),
    ]  # fmt: skip
    assert [(survival(as_written, h).hits, survival(as_written, h).n) for h in HORIZONS] == [
        (45, 50), (10, 30), (10, 30), (0, 0),
    ]  # fmt: skip
    points = curve(together, [0, 1, 3, 5, 20, 39, 40, 90])
    # 5 of 50 die on day 3; then 20 leave unharmed, and on day 20 it is 5 of 25: 0.9 * 0.8.
    assert [(p.days, p.at_risk, round(p.alive.value or 0, 12)) for p in points] == [
        (0, 50, 1.0), (1, 50, 1.0), (3, 45, 0.9), (5, 45, 0.9), (20, 20, 0.72), (39, 20, 0.72), (40, 20, 0.72),
    ]  # fmt: skip
    assert [p.alive.n for p in points] == [50, 50, 50, 50, 30, 30, 30]
    assert causes(EXAMPLE, NOW) == (
        Death(kind="ai", cause="deleted", lines=5, dead=10),
        Death(kind="ai", cause="rewritten", lines=5, dead=10),
        Death(kind="human", cause="rewritten by ai", lines=7, dead=7),
    )


def test_lines_from_before_the_records_and_unknown_ones() -> None:
    assert survival(stays(EXAMPLE, "unknown", NOW), 30) == of_lines([(4, 4)])
    assert survival(stays(EXAMPLE, "human", NOW), 30) == of_lines([(0, 7)])


def test_the_influence_of_clusters_by_hand() -> None:
    """Two clusters, one censored. At the end S = 1/2 and log S has moved by -1/(2-1) * (own death - own risk/2)."""
    cohort = [
        Stay(cluster="a", month="2026-01", age=10, seen=5, ended=True, lines=1),
        Stay(cluster="b", month="2026-01", age=10, seen=10, ended=False, lines=1),
        Stay(cluster="c", month="2026-01", age=3, seen=3, ended=False, lines=1),
    ]
    (point,) = curve(cohort, [6 / DAY])
    # Of a: 1/2 + 2 * 1/2 * -(1 - 1/2); of b: 1/2 + 2 * 1/2 * 1/2. c has left before anything happened.
    assert point.alive == of_lines([(0, 1), (1, 1)])


# ---- laws

CLUSTERS = st.sampled_from("abcdef")


@st.composite
def a_stay(draw: st.DrawFn, *, censored: bool = True) -> Stay:
    age = draw(st.integers(1, 100)) * DAY if censored else 200 * DAY
    ended = draw(st.booleans())
    seen = draw(st.integers(0, min(age, 100 * DAY) // DAY)) * DAY if ended else age
    lines = draw(st.integers(1, 30))
    return Stay(cluster=draw(CLUSTERS), month="2026-01", age=age, seen=seen, ended=ended, lines=lines)


def same(one: Estimate, other: Estimate) -> bool:
    pairs = [(one.hits, other.hits), (one.value, other.value), (one.low, other.low), (one.high, other.high)]
    near = all(a is not None and b is not None and math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in pairs)
    return near and (one.n, one.clusters, one.enough) == (other.n, other.clusters, other.enough)


@given(st.lists(a_stay(censored=False), min_size=1), st.integers(0, 120))
def test_without_censoring_the_curve_is_the_plain_share(cohort: list[Stay], days: int) -> None:
    (point,) = curve(cohort, [days])
    assert same(point.alive, survival(cohort, days)), (point.alive, survival(cohort, days))


@given(st.lists(a_stay(), min_size=1))
def test_a_longer_time_never_survives_more(cohort: list[Stay]) -> None:
    points = curve(cohort, range(0, 110, 5))
    values = [point.alive.value for point in points]
    assert all(0 <= value <= 1 for value in values if value is not None)
    assert values == sorted(values, key=lambda value: -(value or 0))
    for point in points:
        assert point.alive.value is not None
        assert point.alive.low is not None
        assert point.alive.high is not None
        assert point.alive.low - 1e-9 <= point.alive.value <= point.alive.high + 1e-9


@given(st.lists(a_stay(), min_size=1), st.permutations("abcdef"))
def test_who_wrote_it_changes_no_point(cohort: list[Stay], names: Sequence[str]) -> None:
    """Other names change nothing; other groups, only the interval."""
    renamed = dict(zip("abcdef", names, strict=True))
    days = [1, 7, 30, 90]
    again = curve([one._replace(cluster=renamed[one.cluster]) for one in cohort], days)
    alone = curve([one._replace(cluster=str(place)) for place, one in enumerate(cohort)], days)
    points = curve(cohort, days)
    assert len(points) == len(again) == len(alone)
    for point, other, single in zip(points, again, alone, strict=True):
        assert same(point.alive, other.alive)
        assert point.alive.value == single.alive.value


@given(st.lists(st.builds(
    lambda born, edited, ended, lines, session: ai(
        lines, session, born=born, edited=None if edited is None else born + edited,
        ended=None if ended is None else born + max(ended, edited or 0)),
    st.integers(-90, 39), st.none() | st.integers(0, 30), st.none() | st.integers(0, 60), st.integers(1, 9),
    st.sampled_from("xyz"))))  # fmt: skip
def test_as_written_is_never_more_than_alive(lives: list[Lives]) -> None:
    together, as_written = stays(lives, "ai", NOW), stays(lives, "unchanged", NOW)
    assert sum(one.lines for one in together) == sum(one.lines for one in as_written)
    for days in HORIZONS:
        assert survival(as_written, days).n == survival(together, days).n
        assert survival(as_written, days).hits <= survival(together, days).hits


def test_nothing_at_all() -> None:
    for fate in FATES:
        assert stays((), fate, NOW) == []
    assert curve([], [1, 7]) == ()
    assert survival([], 7) == of_lines([])
    assert causes((), NOW) == ()


# ---- next to people


def lines_of(kind: str, month: int, *, sessions: int, alive: int, n: int) -> list[Stay]:
    return [
        Stay(cluster=f"{kind}{month}.{number}", month=f"2026-{month:02}", age=100 * DAY, seen=seen, ended=ended,
             lines=lines)
        for number in range(sessions)
        for seen, ended, lines in ((100 * DAY, False, alive), (DAY, True, n - alive))
        if lines
    ]  # fmt: skip


def test_people_are_weighted_to_the_months_of_the_ai_lines() -> None:
    """In January 90 % of people's lines live and in March half; AI lines are a third of January and two of March."""
    mine = lines_of("ai", 1, sessions=15, alive=9, n=10) + lines_of("ai", 3, sessions=30, alive=5, n=10)
    theirs = lines_of("human", 1, sessions=60, alive=9, n=10) + lines_of("human", 3, sessions=15, alive=5, n=10)
    found = relative(mine, theirs, 30)
    expected = 0.9 / 3 + 0.5 * 2 / 3
    assert found.ai.value == pytest.approx(expected)
    assert found.human.value == pytest.approx(expected)
    assert found.covered == 1.0
    assert found.missing == ""
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(1.0)
    assert found.ratio.high is not None
    assert 0.7 < found.ratio.low < 1.0 < found.ratio.high < 1.4
    # 750 lines of people, weighted unevenly: 1 / ((1/3)^2 / 600 + (2/3)^2 / 150)
    assert found.human.n == pytest.approx(1 / ((1 / 9) / 600 + (4 / 9) / 150))


def test_without_enough_of_people_nothing_is_said() -> None:
    mine = lines_of("ai", 1, sessions=30, alive=9, n=10)
    assert relative([], mine, 30).missing == "AI lines (n = 0, 50 are needed)"
    assert relative(mine, [], 30).missing == "human lines of the same months (n = 0, 50 are needed)"
    few = relative(mine, lines_of("human", 1, sessions=3, alive=9, n=20), 30)
    assert (few.ratio, few.missing) == (None, "independent human commits (3; 10 of even size are needed)")
    elsewhere = relative(
        mine + lines_of("ai", 2, sessions=40, alive=9, n=10), lines_of("human", 1, sessions=30, alive=9, n=10), 30
    )
    assert (elsewhere.ratio, elsewhere.missing) == (None, "months with both (43 % of AI lines landed in one)")
    dead = relative(mine, lines_of("human", 1, sessions=30, alive=0, n=10), 30)
    assert (dead.ratio, dead.missing) == (None, "human lines that are alive")


def share(value: float, low: float, high: float) -> Estimate:
    return Estimate(hits=0, n=100, units="lines", clusters=50, value=value, low=low, high=high, method="", enough=True)


def test_limits_of_a_ratio_by_hand() -> None:
    found = ratio_of(share(0.5, 0.4, 0.6), share(0.8, 0.7, 0.9))
    down, up = math.hypot(math.log(5 / 4), math.log(9 / 8)), math.hypot(math.log(6 / 5), math.log(8 / 7))
    assert found == Ratio(value=0.625, low=0.625 * math.exp(-down), high=0.625 * math.exp(up))
    assert ratio_of(share(0.0, 0.0, 0.2), share(0.8, 0.5, 0.9)) == Ratio(value=0.0, low=0.0, high=0.4)
    assert ratio_of(share(0.5, 0.4, 0.6), share(0.0, 0.0, 0.1)) is None
    unbounded = ratio_of(share(0.5, 0.4, 0.6), share(0.1, 0.0, 0.3))
    assert unbounded is not None
    assert unbounded.high is None


# ---- intervals keep their word


@pytest.mark.parametrize("sessions", [25, 80])
def test_the_interval_of_a_censored_curve_holds_the_truth_as_often_as_it_says(sessions: int) -> None:
    """Sessions of 1 to 40 lines that live half together, half alone, with an exponential life and uniform ages; the
    truth at 30 days is exp(-30/60). 500 worlds: 95 % +- 3 standard errors is 92 to 98 %."""
    held, worlds = 0, 500
    dice = Random(sessions)
    for _ in range(worlds):
        cohort = []
        for session in range(sessions):
            age, shared = dice.uniform(5, 120), dice.expovariate(1 / 60)
            for _ in range(dice.randint(1, 40)):
                life = shared if dice.random() < 0.5 else dice.expovariate(1 / 60)
                seen = min(life, age)
                cohort.append(
                    Stay(cluster=str(session), month="2026-01", age=int(age * DAY), seen=int(seen * DAY),
                         ended=life <= age, lines=1)
                )  # fmt: skip
        (point,) = curve(cohort, [30])
        assert point.alive.low is not None
        assert point.alive.high is not None
        held += point.alive.low <= math.exp(-0.5) <= point.alive.high
    assert 0.92 <= held / worlds <= 0.98, held / worlds

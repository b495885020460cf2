"""The catalogue: each metric is one file, says all there is to say of it, and is documented word for word."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from swe_agent.core.usage import Cost, Usage
from swe_agent.metrics.catalogue import Metric, Number, Row, metric, metrics
from swe_agent.metrics.figures import Cell, Figures, Money, Outcomes, Tasks
from swe_agent.metrics.interval import ClusterSums, Estimate, wilson
from swe_agent.metrics.waits import bucket, percentile, percentile_interval
from swe_agent.ui.definitions import definitions_in_markdown

TOP = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("one", metrics(), ids=lambda one: one.name)
def test_a_metric_says_all_there_is_to_say_of_it(one: Metric) -> None:
    may_be = ("interval", "cuts", "of_lines")
    empty = [field.name for field in fields(one) if field.name not in may_be and not getattr(one, field.name)]
    assert empty == []
    assert metric(one.name) == one
    assert one.measure(Figures(now=NOW), ()) is not None


def test_names_are_their_own() -> None:
    names = [one.name for one in metrics()]
    assert len(set(names)) == len(names)
    assert {"acceptance.block", "cost.total", "first_try", "survival", "share.head"} <= set(names)


def test_the_page_is_what_the_catalogue_says() -> None:
    page = (TOP / "docs/metrics.md").read_text("utf-8")
    said = definitions_in_markdown(metrics())
    beginning = page.index("## `acceptance.auto`")
    assert page[beginning:] == said, "replace the end of docs/metrics.md by `swe-agent stats metrics --markdown`"


def test_a_new_file_is_a_new_metric(tmp_path: Path) -> None:
    source = (TOP / "swe_agent/metrics/catalogue/undone.py").read_text("utf-8")
    (tmp_path / "regretted.py").write_text(source.replace('name="undone"', 'name="regretted"'), "utf-8")
    program = f"""
from swe_agent.metrics import catalogue
catalogue.__path__.append({str(tmp_path)!r})
print([one.name for one in catalogue.metrics() if one.name in ("regretted", "undone")])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=TOP, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("['regretted', 'undone']\n", "")


# ---- what they come to, by a hand-made cell


def sums(**counts: int) -> Outcomes:
    return Outcomes.one(counts)  # type: ignore[arg-type]  # names of outcomes


TEN = sum(
    (sums(accepted_unchanged=3, accepted_edited=1, rejected=2, expired=1, undone=1) for _ in range(10)), Outcomes()
)
CELL = Cell(
    blocks=TEN,
    lines=TEN,
    auto_blocks=5,
    auto_lines=11,
    open_blocks=4,
    proposals=10,
    landed_proposals=9,
    waits=((0, 10), (80, 10)),
    wait_clusters=ClusterSums(n=20, n_n=40),
    reasons=(("wrong", 12), ("", 8)),
    edits=((0, 1), (19, 1)),
    tasks=Tasks(ended=4, landed=3, landed_first=2, attempts=((1, 3), (3, 1))),
    money=Money(
        jobs=6,
        calls=7,
        priced=Cost(nano_usd=6_000_000_000),
        usage=Usage(input_tokens=100, output_tokens=10),
        accepted_lines=40,
        landed_tasks=3,
        cost_cost=6 * 100_000**2,
        cost_lines=40 * 100_000,
        cost_landed=3 * 100_000,
        lines_lines=300,
    ),
)


def measured(name: str, cell: Cell = CELL) -> tuple[Row, ...]:
    return metric(name).measure(Figures(now=NOW, cells={(): cell}), ())


@pytest.mark.parametrize(
    ("name", "hits", "n", "units"),
    [
        ("acceptance.block", 40, 80, "blocks"),
        ("acceptance.strict", 30, 80, "blocks"),
        ("acceptance.decided", 40, 70, "blocks"),
        ("acceptance.line", 40, 80, "lines"),
        ("acceptance.proposal", 9, 10, "proposals"),
        ("undone", 10, 50, "blocks"),
        ("first_try", 2, 4, "tasks"),
    ],
)
def test_shares(name: str, hits: int, n: int, units: str) -> None:
    (row,) = measured(name)
    assert isinstance(row.figure, Estimate)
    assert (row.group, row.figure.hits, row.figure.n, row.figure.units) == ((), hits, n, units)
    if units in ("proposals", "tasks"):
        assert (row.figure.low, row.figure.high) == wilson(hits, n)


def numbers(name: str, cell: Cell = CELL) -> list[tuple[str, float | None, int]]:
    found = measured(name, cell)
    assert all(isinstance(row.figure, Number) for row in found)
    return [(row.of, row.figure.value, int(row.figure.n)) for row in found]


def test_numbers() -> None:
    assert numbers("acceptance.auto") == [("", 5, 5)]
    assert numbers("acceptance.open") == [("", 4, 4)]
    assert numbers("attempts") == [("", 1.5, 4)]
    assert numbers("reject_reasons") == [("wrong", 12, 20), ("no reason given", 8, 20)]
    assert numbers("edit_ratio") == [("", pytest.approx(0.5), 2)]
    assert numbers("cost.total") == [("", 6.0, 7)]
    assert numbers("cost.per_accepted_line") == [("", 0.15, 40)]
    assert numbers("cost.per_landed_task") == [("", 2.0, 3)]
    assert numbers("tokens") == [
        ("input", 100, 7),
        ("cached input", 0, 7),
        ("written to the cache", 0, 7),
        ("output", 10, 7),
    ]
    assert numbers("time_to_decision") == [
        ("p50", pytest.approx(2 ** (1 / 8)), 20), ("p90", pytest.approx(2 ** (80.8 / 8)), 20)
    ]  # fmt: skip


def test_many_reasons_end_in_one_row() -> None:
    cell = Cell(reasons=tuple((f"reason {number}", 1) for number in range(12)))
    assert numbers("reject_reasons", cell)[-1] == ("others", 4, 12)
    assert len(numbers("reject_reasons", cell)) == 9


@pytest.mark.parametrize("name", ["cost.total", "cost.per_accepted_line", "cost.per_landed_task"])
def test_an_unknown_price_is_never_nothing(name: str) -> None:
    cell = Cell(
        money=Money(jobs=2, calls=3, unpriced=1, priced=Cost(nano_usd=500_000_000), accepted_lines=10, landed_tasks=1)
    )
    (row,) = measured(name, cell)
    assert isinstance(row.figure, Number)
    assert row.figure.value is None
    assert row.figure.note == "the price of 1 of 3 calls is unknown; the others cost $0.5000"


def test_money_for_nothing_is_told() -> None:
    (row,) = measured("cost.per_accepted_line", Cell(money=Money(jobs=1, calls=1, priced=Cost(nano_usd=250_000_000))))
    assert isinstance(row.figure, Number)
    assert (row.figure.value, row.figure.note) == (None, "$0.2500 were spent, and no line was accepted yet")
    assert measured("cost.per_accepted_line", Cell()) == ()


def test_the_interval_of_a_cost_lies_around_it() -> None:
    (row,) = measured("cost.per_accepted_line")
    assert isinstance(row.figure, Number)
    assert row.figure.low is not None
    assert row.figure.high is not None
    assert 0.05 < row.figure.low < 0.15 < row.figure.high < 0.45


@pytest.mark.parametrize("seconds", [1.0, 5.0, 61.0, 3599.0, 86_400.0, 604_800.0])
def test_a_time_comes_out_of_its_bucket_as_it_went_in(seconds: float) -> None:
    histogram = [(bucket(seconds), 1)]
    assert percentile(histogram, 0.5) == pytest.approx(seconds, rel=0.09)


def test_the_interval_of_a_percentile_holds_it_and_shrinks() -> None:
    histogram = [(place, 10) for place in range(0, 100, 5)]
    few, many = (percentile_interval(histogram, 0.5, worth) for worth in (10, 1000))
    assert few[0] < many[0] <= percentile(histogram, 0.5) <= many[1] < few[1]

"""The summary, survival and share as a person sees them, at two widths, with and without more than ASCII."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType
from stats_world import world
from syrupy.assertion import SnapshotAssertion

from swe_agent.core.codec import decode
from swe_agent.core.encode import encode
from swe_agent.metrics.catalogue import metric
from swe_agent.metrics.lifetimes import lifetimes
from swe_agent.metrics.overview import LineAnswers, line_answers, overview
from swe_agent.metrics.share import language, month, share_added, share_at_head
from swe_agent.ui.plots import Class, Series, apportioned, curves, stacked, strip
from swe_agent.ui.stats_lines import share_screen, survival_groups, survival_screen
from swe_agent.ui.stats_screen import stats_screen

Draw = Callable[[int, bool], RenderableType]
SIZES = (0, 6, 400)


def shown(draw: Draw, width: int, *, blocks: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, emoji=False, markup=False, highlight=False)
    console.print(draw(width, blocks))
    text = out.getvalue()
    assert max(map(len, text.splitlines()), default=0) <= width
    if not blocks:
        assert text.replace("…", "").isascii()
    return "\n".join(line.rstrip() for line in text.splitlines())


def summary(size: int) -> Draw:
    view = overview(world(size))
    return lambda width, blocks: stats_screen(view, where="shop at 3f2a91c0de", width=width, blocks=blocks)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("width", [60, 80])
def test_the_summary(size: int, width: int, snapshot: SnapshotAssertion) -> None:
    assert shown(summary(size), width, blocks=width == 80) == snapshot


@pytest.mark.parametrize("size", SIZES)
def test_the_summary_is_one_screen(size: int) -> None:
    assert len(shown(summary(size), 80, blocks=True).splitlines()) <= 23


def test_it_begins_in_three_lines() -> None:
    assert len(shown(summary(0), 80, blocks=True).splitlines()) == 3


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("width", [60, 80])
def test_survival(size: int, width: int, snapshot: SnapshotAssertion) -> None:
    found = lifetimes(world(size)(()))
    text = shown(lambda wide, blocks: survival_screen(found, wide, blocks=blocks), width, blocks=width == 80)
    assert text == snapshot


def test_survival_by_model(snapshot: SnapshotAssertion) -> None:
    rows = metric("survival").measure(world(400)(()), ("model",))
    draw: Draw = lambda wide, blocks: survival_groups(rows, ("model",), wide, blocks=blocks)  # noqa: E731
    assert shown(draw, 80, blocks=True) == snapshot


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("width", [60, 80])
def test_share(size: int, width: int, snapshot: SnapshotAssertion) -> None:
    figures = world(size)(())
    head, added = share_at_head(figures.lives, figures.now), share_added(figures.lives, figures.now, key=month)
    draw: Draw = lambda wide, _: share_screen(head=head, added=added, heading="month", width=wide)  # noqa: E731
    assert shown(draw, width, blocks=True) == snapshot


def test_names_of_others_are_shown_as_text() -> None:
    bad = "m\x1b[31m\n[bold]\u202e"
    figures = world(40)(())
    lives = [replace(one, language=bad) for one in figures.lives]
    head = share_at_head(lives, figures.now, language)
    text = shown(lambda wide, _: share_screen(head=head, added=(), heading="language", width=wide), 80, blocks=True)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "m<U+001B>[31m" in text


# ---- plots


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6), st.integers(0, 80))
def test_parts_add_up_and_none_is_lost(parts: list[int], width: int) -> None:
    given_ = apportioned(parts, width)
    assert sum(given_) == (width if sum(parts) else 0)
    assert all(count == 0 for part, count in zip(parts, given_, strict=True) if not part)
    if width >= len(parts):
        assert all(count for part, count in zip(parts, given_, strict=True) if part)
    classes = [Class(letter=chr(97 + at), name="") for at in range(len(parts))]
    assert len(stacked(classes, parts, width).plain) == sum(given_)


@given(st.tuples(*[st.floats(0, 1)] * 3).map(sorted), st.integers(5, 60), st.booleans())
def test_an_interval_stays_on_its_line(shares: list[float], width: int, blocks: bool) -> None:
    low, value, high = shares
    drawn = strip(low, value, high, width, blocks=blocks)
    assert len(drawn) == width
    assert drawn.index("●" if blocks else "o") == round(value * (width - 1))


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=30), min_size=1, max_size=4),
    st.integers(40, 120), st.booleans(),
)  # fmt: skip
def test_any_curves_fit(shares: list[list[float]], width: int, blocks: bool) -> None:
    series = [
        Series(name=f"name {at}", letter="a", points=list(enumerate(sorted(values, reverse=True))))
        for at, values in enumerate(shares)
    ]
    rows = curves(series, max(1, max(map(len, shares)) - 1), width, 10, blocks=blocks)
    assert len(rows) == 12
    assert all(row.cell_len <= width for row in rows)
    assert all(any(f"name {at}" in row.plain for row in rows) for at in range(len(shares)))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_said_of_lines_can_be_kept_as_json(size: int) -> None:
    found = line_answers(world(size)(()))
    assert decode(LineAnswers, json.loads(json.dumps(encode(found)))) == found

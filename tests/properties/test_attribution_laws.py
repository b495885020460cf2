"""Laws of the attribution: packing, alignment, what a walk that is broken off comes to, how lines are counted."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from attributing import Written, function, told
from hypothesis import given
from hypothesis import strategies as st
from noting import kit_of

from swe_agent.jobs.lines import line_book
from swe_agent.metrics.attribution.accepted import accepted_lines
from swe_agent.metrics.attribution.align import align
from swe_agent.metrics.attribution.packing import Damaged, Line, Mark, pack, unpack
from swe_agent.metrics.attribution.tokens import BITS, Hasher

tokens = st.lists(st.integers(0, 2**BITS - 1), max_size=12).map(tuple)
lines = st.lists(st.builds(Line, st.sampled_from(Mark), tokens), max_size=30)
few = st.lists(st.lists(st.integers(0, 5), max_size=5).map(tuple), max_size=15)


@given(lines)
def test_what_is_packed_is_unpacked(some: list[Line]) -> None:
    assert list(unpack(pack(some))) == some


@given(st.text(max_size=60))
def test_what_was_not_packed_is_refused_or_read(text: str) -> None:
    with suppress(Damaged):
        unpack(text)


@given(few, few)
def test_a_token_stands_where_it_is_told_to(old: list[tuple[int, ...]], new: list[tuple[int, ...]]) -> None:
    for line, places in zip(new, align(old, new), strict=True):
        assert len(places) == len(line)
        for token, place in zip(line, places, strict=True):
            assert place == -1 or token in old[place]


@given(few)
def test_the_same_text_is_all_there(some: list[tuple[int, ...]]) -> None:
    found = align(some, some)
    assert all(place >= 0 for places in found for place in places)


@given(st.lists(st.text(alphabet="ab c=(,)'\"\t", max_size=12), max_size=8))
def test_a_text_that_is_only_formatted_otherwise_is_nobodys_work(some: list[str]) -> None:
    hasher = Hasher(b"key")
    spread = [f"    {line.replace(' ', '   ')},\n" for line in some]
    for line in accepted_lines(hasher, [f"{one}\n" for one in some], spread):
        assert line.mark is Mark.REFORMAT or not line.tokens


def test_marks_under_two_keys_are_strangers() -> None:
    one, other = Hasher(b"one"), Hasher(b"other")
    assert one.line("total = price * count") != other.line("total = price * count")
    assert one.mark("Ada@example.org ") == one.mark("ada@example.org") != other.mark("ada@example.org")


@pytest.mark.parametrize("seed", range(4))
def test_a_walk_in_many_steps_comes_to_the_same(seed: int, tmp_path: Path) -> None:
    """One repository is asked after every commit, its twin once at the end: labels and lives are the same."""
    dice = random.Random(seed)
    asked = Written(tmp_path / "asked")
    whole = Written(tmp_path / "whole")
    for step in range(10):
        move = dice.choice(("agent", "agent", "person", "edit", "drop", "rename", "branch"))
        for one in (asked, whole):
            _step(one, move, step)
        told(asked.path)
        line_book(kit_of(asked.path))
    assert asked.repo.head == whole.repo.head
    assert told(asked.path) == told(whole.path)
    lives = [sorted(map(repr, line_book(kit_of(path)).lives)) for path in (asked.path, whole.path)]
    assert lives[0] == lives[1]


def _step(one: Written, move: str, step: int) -> None:
    name = next((str(path.relative_to(one.path)) for path in sorted(one.path.glob("*.py"))), "a.py")
    text = one.read(name)
    if move == "branch" and text:
        one.repo.branch(f"b{step}").checkout(f"b{step}")
        one.agent(f"side{step}.py", function(f"agent_{step}"))
        one.commit()
        one.repo.checkout("main")
        one.commit({name: f"import z{step}\n" + text})
        one.repo.git("merge", "--quiet", "--no-ff", "-m", "merge", f"b{step}")
        return
    if move == "agent" or not text:
        one.agent(name, text + function(f"agent_{step}"))
    elif move == "person":
        one.repo.write({name: function(f"person_{step}") + text})
    elif move == "edit":
        one.repo.write({name: text.replace("sum(", "edited_sum(", 1)})
    elif move == "drop":
        one.repo.write({name: text[text.find("\n\n\n") + 3 :] or "left = 1\n"})
    else:
        one.repo.git("mv", name, f"a{step}.py")
    one.commit()

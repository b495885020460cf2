"""Findings are known again after a push, each once, and nothing is posted twice."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.identity import Made, fingerprints, matched, told_of
from swe_agent.review.marker import mark_comment, of_comment
from swe_agent.review.reconcile import State, Thread, reconcile
from swe_agent.review.result import made_of

PATHS = ("a.py", "b.py")
made = st.builds(
    lambda print_, path, category, symbol, first, size, model: Made(
        fingerprint=print_, path=path, category=category, symbol=symbol, first=first,
        last=first + size if first else 0, is_from_model=model,
    ),
    st.sampled_from("pqrs"), st.sampled_from(PATHS), st.sampled_from(["tests", "api"]), st.sampled_from(["", "f", "g"]),
    st.integers(0, 20), st.integers(0, 4), st.booleans(),
)  # fmt: skip
many = st.lists(made, max_size=7)
threads = st.lists(
    st.builds(Thread, st.uuids().map(str), made, st.sampled_from(["open", "outdated", "dismissed"])), max_size=7
)


@given(many, many)
def test_each_is_joined_with_one_at_most(before: list[Made], now: list[Made]) -> None:
    found = matched(before, now)
    assert len(set(found.values())) == len(found)
    for at, place in found.items():
        one, other = now[at], before[place]
        assert one.fingerprint == other.fingerprint or (
            one.path == other.path and one.is_from_model and other.is_from_model
        )
    for print_ in "pqrs":  # of a rule, all that can be joined are
        kept = [[at for at, one in enumerate(side) if one.fingerprint == print_ and not one.is_from_model]
                for side in (before, now)]  # fmt: skip
        assert sum(at in found for at in kept[1]) == min(map(len, kept))


LINES = st.lists(st.sampled_from(["x = 1", "y = 2"]), min_size=1, max_size=9)


@given(LINES, st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["x = 1", "y = 2"])), max_size=4), st.data())
def test_what_stays_is_known_again_whatever_comes_and_goes_around_it(
    lines: list[str], come: list[tuple[int, str]], data: st.DataObject
) -> None:
    stays = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    after: list[tuple[str, int | None]] = [(line, at) for at, line in enumerate(lines) if stays[at]]
    for at, line in come:
        after.insert(min(at, len(after)), (line, None))
    where = {old: at for at, (_, old) in enumerate(after, 1) if old is not None}
    before = [replace(one, first=where.get(at, 0), last=where.get(at, 0)) for at, one in enumerate(found_on(lines))]
    again = matched(before, found_on([line for line, _ in after]))
    assert {at - 1: old for old, at in where.items()}.items() <= again.items()


def found_on(lines: list[str]) -> list[Made]:
    """By a rule that has something to say of each line."""
    said = Finding(rule="r", severity=Severity.LOW, message="m", path="a.py")
    rows = [(said, Anchor("a.py", "right", at, at)) for at in range(1, len(lines) + 1)]
    prints = fingerprints(rows, lambda anchor: lines[anchor.first - 1])
    return [Made(fingerprint=one, path="a.py", first=at, last=at) for at, one in enumerate(prints, 1)]


Said = tuple[int, str, str, UUID]
off = st.tuples(st.integers(-3, 3), st.sampled_from(["tests", "api"]), st.sampled_from(["", "f"]), st.uuids())


@given(st.lists(st.tuples(off, off), min_size=1, max_size=6))
def test_what_a_model_says_again_is_not_new_however_it_is_worded(pairs: list[tuple[Said, Said]]) -> None:
    before, now = ([worded(20 * at, pair[turn]) for at, pair in enumerate(pairs, 1)] for turn in (0, 1))
    assert matched(before, now) == {at: at for at in range(len(pairs))}


def worded(line: int, said: Said) -> Made:
    shift, category, symbol, name = said
    return Made(
        fingerprint=name.hex[:20], path="a.py", category=category, symbol=symbol, first=line + shift,
        last=line + shift, is_from_model=True,
    )  # fmt: skip


@given(many)
def test_the_same_findings_again_change_nothing(now: list[Made]) -> None:
    first = reconcile(now, [], lambda _: True)
    assert first.new == tuple(range(len(now)))
    again = reconcile(now, [Thread(str(at), one) for at, one in enumerate(now)], lambda _: True)
    assert again.is_without_effect
    assert len(again.kept) == len(now)


@given(many, threads, st.sets(st.sampled_from(PATHS)))
def test_every_finding_and_every_thread_has_one_fate(now: list[Made], before: list[Thread], looked: set[str]) -> None:
    said = reconcile(now, before, lambda one: one.path in looked)
    fates = [*said.new, *(at for at, _ in (*said.kept, *said.reopened, *said.silent))]
    assert sorted(fates) == list(range(len(now)))
    states: dict[State, tuple[tuple[int, Thread], ...]] = {
        "open": said.kept, "outdated": said.reopened, "dismissed": said.silent,
    }  # fmt: skip
    for state, pairs in states.items():
        assert all(thread.state == state for _, thread in pairs)
    assert all(thread.state == "open" and thread.made.path in looked for thread in said.resolved)
    told = {thread.id for pairs in states.values() for _, thread in pairs} | {thread.id for thread in said.resolved}
    left = [thread for thread in before if thread.id not in told]
    assert all(thread.state != "open" or thread.made.path not in looked for thread in left)


@given(st.lists(st.sampled_from(["x = 1", "y = 2"]), min_size=1, max_size=8), st.data())
def test_fingerprints_differ_and_do_not_hang_on_the_order_or_the_lines(quotes: list[str], data: st.DataObject) -> None:
    said = Finding(rule="r", severity=Severity.LOW, message="m", path="a.py")
    rows = [(said, Anchor("a.py", "right", at, at)) for at in range(1, len(quotes) + 1)]
    found = fingerprints(rows, lambda anchor: quotes[anchor.first - 1])
    assert len(set(found)) == len(rows)
    assert all(re.fullmatch("[0-9a-f]{20}", one) for one in found)
    moved = [(one, Anchor("a.py", "right", anchor.first + 40, anchor.last + 40)) for one, anchor in rows]
    order = data.draw(st.permutations(range(len(rows))))
    again = fingerprints([moved[at] for at in order], lambda anchor: "  " + quotes[anchor.first - 41])
    assert again == [found[at] for at in order]


def test_what_a_model_says_in_other_words_is_the_same() -> None:
    before = Made(
        fingerprint="p", path="a.py", category="correctness", symbol="total", first=10, last=12, is_from_model=True
    )
    reworded = replace(before, fingerprint="q", first=11, last=11)
    elsewhere = replace(before, fingerprint="q", first=60, last=61)
    another = replace(before, fingerprint="q", category="style", symbol="", first=19, last=19)
    by_rule = replace(before, fingerprint="q", is_from_model=False)
    assert [matched([before], [one]) for one in (reworded, elsewhere, another, by_rule)] == [{0: 0}, {}, {}, {}]


QUOTED = {4: "    total = sum(prices)", 5: "    )", 6: "    if total > limit:", 40: "    total = sum(prices)"}


def posted(first: int, last: int, symbol: str, *, is_placed: bool = False) -> Made:
    """As a platform gives it back that has forgotten where its lines are, or as it is made now."""
    said = Finding(
        rule="model/tests", severity=Severity.LOW, message="m", path="a.py", category="tests", symbol=symbol,
        is_from_model=True,
    )  # fmt: skip
    [made] = made_of(told_of([(said, Anchor("a.py", "right", first, last))], lambda anchor: QUOTED.get(anchor.first)))
    back = of_comment(mark_comment(made), "a.py", "right", made.last if is_placed else 0)
    assert back is not None
    return back


def test_where_a_platform_has_forgotten_a_line_the_others_of_its_quote_tell() -> None:
    before, later = posted(4, 6, ""), posted(6, 6, "", is_placed=True)
    assert before.first == before.last == 0
    assert matched([before], [later]) == {0: 0}
    assert matched([posted(4, 5, "")], [later]) == {}, "they have a bracket in common at most"
    assert matched([posted(4, 4, "f"), posted(40, 40, "g")], [posted(40, 40, "g", is_placed=True)]) == {0: 1}


def test_a_comment_says_how_many_lines_it_is_of() -> None:
    back = posted(4, 6, "", is_placed=True)
    assert (back.first, back.last) == (4, 6)

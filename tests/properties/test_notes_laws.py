"""Laws of what lies in notes: it reads back as it was written; packing it anew loses nothing and doubles nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from swe_agent.core.evidence import Evidence, EvidenceBlock
from swe_agent.metrics.attribution.compaction import TOGETHER, compacted, each_once
from swe_agent.metrics.attribution.packing import Line, Mark, pack, unpack
from swe_agent.repo.line_notes import FIRST, lines_labelled, merged_note, read_note, write_note
from swe_agent.repo.segments import NotReadable, read_segment, write_segment

words = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    ["a/b", "1", "0123456789ab", 'q"\\', "\t\n"]
)
heads = words | st.sampled_from(["job", "20260101-120000-aaaa"])
tails = st.sampled_from(["", "/1", "/2", "/10", "/01", "/0123456789ab", "/999999999999", "/abc", "/1234567890"])
times = st.sampled_from(
    ["2026-01-01T12:00:00+00:00", "2026-01-01T12:00:07+00:00", "2026-01-01T12:00:00.5+00:00", "", "x"]
)


@st.composite
def evidences(draw: st.DrawFn, key: str = "") -> Evidence:
    blocks, lines = [], []
    for _ in range(draw(st.integers(1, 5))):
        count = draw(st.integers(1, 4))
        blocks.append(
            EvidenceBlock(
                id=draw(heads) + draw(tails), session=draw(words), model=draw(words), author=draw(words),
                path=draw(words | st.just("caf\udce9.py")), base=draw(st.sampled_from(["", "a" * 40])), at=draw(times),
                lines=count,
            )
        )  # fmt: skip
        for _ in range(count):
            tokens = tuple(draw(st.lists(st.integers(0, (1 << 20) - 1), max_size=4)))
            lines.append(Line(draw(st.sampled_from(Mark)), tokens))
    return Evidence(key=key or draw(st.sampled_from(["k1", "k2"])), blocks=tuple(blocks), packed=pack(lines))


def contents(found: list[Evidence]) -> dict[str, tuple[str, EvidenceBlock, tuple[Line, ...]]]:
    """By id, the first that stands there."""
    rows: dict[str, tuple[str, EvidenceBlock, tuple[Line, ...]]] = {}
    for evidence in found:
        lines, at = unpack(evidence.packed), 0
        for block in evidence.blocks:
            rows.setdefault(block.id, (evidence.key, block, tuple(lines[at : at + block.lines])))
            at += block.lines
    return rows


# ---- segments


@given(evidences())
def test_a_segment_reads_back_as_it_was_written(evidence: Evidence) -> None:
    assert read_segment(write_segment(evidence)) == evidence


@given(evidences(), st.data())
def test_a_segment_that_was_cut_or_changed_is_told(evidence: Evidence, data: st.DataObject) -> None:
    whole = write_segment(evidence)
    at = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(NotReadable):
        read_segment(whole[:at])
    changed = whole[:at] + bytes([data.draw(st.integers(0, 127))]) + whole[at + 1 :]
    with suppress(NotReadable):  # and no other exception
        read_segment(changed)


def test_a_newer_segment_is_named() -> None:
    with pytest.raises(NotReadable, match="it has version 7; this swe-agent reads 2"):
        read_segment(b"swe-agent evidence 7\nanything at all")


# ---- compaction


@given(st.lists(evidences(), max_size=6), st.lists(evidences(), max_size=6))
@settings(max_examples=60)
def test_packing_anew_loses_nothing_and_doubles_nothing(there: list[Evidence], more: list[Evidence]) -> None:
    segments = {str(number): evidence for number, evidence in enumerate(there)}
    done = compacted(segments, more)
    left = [evidence for name, evidence in segments.items() if name not in done.gone]
    after = [*left, *done.new]
    ids = [block.id for evidence in after for block in evidence.blocks]
    had = {block.id for evidence in (*there, *more) for block in evidence.blocks}
    assert set(ids) == had
    assert len({block.id for e in done.new for block in e.blocks}) == sum(len(e.blocks) for e in done.new)
    known = {block.id for evidence in there for block in evidence.blocks}
    assert done.blocks == len(had - known)
    written = contents(after)
    given_ = [contents([evidence]) for evidence in (*there, *more)]
    for id_, row in written.items():
        assert row in [one[id_] for one in given_ if id_ in one]
    again = compacted({str(number): evidence for number, evidence in enumerate(after)}, more)
    assert (again.new, again.gone, again.blocks) == ((), (), 0)


@given(st.lists(evidences(), max_size=6))
def test_each_block_once(found: list[Evidence]) -> None:
    once = list(each_once(found, set()))
    assert contents(once) == contents(found)
    ids = [block.id for evidence in once for block in evidence.blocks]
    assert len(ids) == len(set(ids))


def test_many_small_writes_do_not_stay_small() -> None:
    segments: dict[str, Evidence] = {}
    packed_anew = most = 0
    for number in range(600):
        lines = [Line(Mark.AI, (number % 1000, 7, 8))] * 5
        block = EvidenceBlock(
            id=f"e{number}/1", session="s", model="m", author="", path="a.py", base="",
            at=f"2026-01-01T12:{number // 60:02}:{number % 60:02}+00:00", lines=5,
        )  # fmt: skip
        done = compacted(segments, [Evidence(key="k", blocks=(block,), packed=pack(lines))])
        segments = {name: one for name, one in segments.items() if name not in done.gone}
        segments |= {f"{number} {n}": one for n, one in enumerate(done.new)}
        packed_anew += sum(block.lines for one in done.new for block in one.blocks)
        most = max(most, len(segments))
    assert contents(list(segments.values())).keys() == {f"e{number}/1" for number in range(600)}
    assert most < TOGETHER * 8
    assert packed_anew < 10 * 600 * 5


def test_what_is_damaged_stays_as_it_is() -> None:
    block = EvidenceBlock(id="a/1", session="s", model="m", author="", path="a.py", base="", at="", lines=1)
    damaged = Evidence(key="k", blocks=(block, replace(block, id="b/1")), packed="?")
    small = [
        Evidence(key="k", blocks=(replace(block, id=f"{n}/1"),), packed=pack([Line(Mark.AI, (n,))])) for n in range(9)
    ]
    done = compacted({"damaged": damaged, **{str(n): one for n, one in enumerate(small)}}, ())
    assert sorted(done.gone) == [str(n) for n in range(9)]
    assert {block.id for one in done.new for block in one.blocks} == {f"{n}/1" for n in range(9)}


# ---- notes on commits

ranges = st.tuples(st.sampled_from(["e1/1", "e1/2", "job/0123456789ab"]), st.integers(1, 50), st.integers(0, 5)).map(
    lambda one: (one[0], one[1], one[1] + one[2])
)
labels = st.dictionaries(words.filter(bool), st.lists(ranges, min_size=1, max_size=5), max_size=4)


def by_line(found: dict[str, list[tuple[str, int, int]]]) -> set[tuple[str, str, int]]:
    rows = [(path, *row) for path, told in found.items() for row in told]
    return {(path, block, line) for path, block, first, last in rows for line in range(first, last + 1)}


@given(labels)
@example({"0": [("e1/1", 1, 1), ("e1/1", 1, 2), ("e1/2", 1, 1)]})
def test_a_note_reads_back(told: dict[str, list[tuple[str, int, int]]]) -> None:
    note = write_note(told)
    assert by_line(read_note(note)) == by_line(told)
    assert write_note(read_note(note)) == note
    labelled = {(path, line) for path, lines in lines_labelled(note).items() for line in lines}
    assert labelled == {(path, line) for path, _, line in by_line(told)}


@given(labels, labels, labels)
def test_merging_notes_keeps_what_either_side_says(
    base: dict[str, list[tuple[str, int, int]]],
    ours: dict[str, list[tuple[str, int, int]]],
    theirs: dict[str, list[tuple[str, int, int]]],
) -> None:
    a, b, c = write_note(base), write_note(ours), write_note(theirs)
    assert merged_note(a, a, c) == c
    assert merged_note(a, b, a) == b
    if a not in (b, c):
        assert by_line(read_note(merged_note(a, b, c))) == by_line(ours) | by_line(theirs)


def test_words_of_a_person_in_the_same_note_are_kept() -> None:
    note = write_note({"a.py": [("e/1", 3, 4), ("e/1", 5, 5)]}, b"looked at by me\n")
    assert note == f"{FIRST}\na.py\te/1\t3-5\nlooked at by me\n".encode()
    again = write_note({"b\t.py": [("e/2", 9, 9)]}, note)
    assert again == f'{FIRST}\n"b\\t.py"\te/2\t9\nlooked at by me\n'.encode()
    assert read_note(b"only words\n") == {}

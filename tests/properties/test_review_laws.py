"""A change is read as git tells it, and what is said of it stands where a platform takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from judging import judge, written

from properties.strategies import Image, tree_pairs
from swe_agent.review.anchor import Anchors
from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import DiffIndex, FileDiff, NotAPatch, Side, of_ranges, read_diff
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.review.place import placed
from swe_agent.review.platforms import GITHUB, GITLAB, PLATFORMS, Position, refusal
from swe_agent.workspace.box import JobBox

Pair = tuple[dict[str, Image], dict[str, Image]]
SIDES: tuple[Side, Side] = ("left", "right")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> JobBox:
    return judge(tmp_path_factory.mktemp("judge"))


def diff(box: JobBox, pair: Pair) -> bytes:
    base, head = (written(box, tree) for tree in pair)
    return box.box.git("diff-tree", "-r", "-p", "-M", base, head)


def lines_of(image: Image) -> list[str]:
    """As git counts them."""
    rows = image[1].split(b"\n")
    if not rows[-1]:
        rows.pop()
    return [row.removesuffix(b"\r").decode("utf-8", "replace") for row in rows]


def addressable(patch: bytes) -> Iterator[tuple[str, Side, int]]:
    """By another way than ours: the text read line by line, with counters."""
    path, old, new, olds, news = "", 0, 0, 0, 0
    for line in patch.split(b"\n"):
        if olds or news:
            if line[:1] in b" -" or not line:
                yield path, "left", old
                old, olds = old + 1, olds - 1
            if line[:1] in b" +" or not line:
                yield path, "right", new
                new, news = new + 1, news - 1
        elif found := re.match(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line):
            old, olds, new, news = (int(number or b"1") for number in found.groups())
        elif line.startswith((b"--- a/", b'--- "a/', b"+++ b/", b'+++ "b/')):
            path = line[4:].removesuffix(b"\t").decode("latin-1")[2:]


@given(tree_pairs())
def test_rows_are_the_lines_of_both_sides(box: JobBox, pair: Pair) -> None:
    index = read_diff(diff(box, pair))
    for file in index.files:
        for side, tree in zip(SIDES, pair, strict=True):
            path = file.path_on(side)
            numbered = [row for hunk in file.hunks for row in hunk.rows if row.number(side)]
            assert [row.number(side) for row in numbered] == [n for hunk in file.hunks for n in hunk.span(side)]
            if path is not None and numbered:
                lines = lines_of(tree[path])
                assert [row.text for row in numbered] == [lines[row.number(side) - 1] for row in numbered]
    changed = {path for path in {*pair[0], *pair[1]} if pair[0].get(path) != pair[1].get(path)}
    assert {path for file in index.files for path in (file.old, file.new) if path} >= changed


@given(tree_pairs())
def test_changed_lines_are_as_many_as_git_counts(box: JobBox, pair: Pair) -> None:
    # git counts nothing where a binary file becomes a link.
    assume(not any(pair[0][path][0][:2] != pair[1][path][0][:2] for path in pair[0].keys() & pair[1].keys()))
    base, head = (written(box, tree) for tree in pair)
    index = read_diff(box.box.git("diff-tree", "-r", "-p", "-M", base, head))
    told = box.box.git("diff-tree", "-r", "--numstat", "-M", base, head).decode("latin-1").split("\n")[:-1]
    counts = [row.split("\t")[:2] for row in told]
    assert [[str(sum(1 for _ in file.changed(side))) for side in ("right", "left")] for file in index.files] == [
        ["0", "0"] if count == ["-", "-"] else count for count in counts
    ]


@given(tree_pairs(), st.data())
def test_github_takes_the_lines_that_the_diff_shows_and_no_others(box: JobBox, pair: Pair, data: st.DataObject) -> None:
    patch = diff(box, pair)
    index, shown = read_diff(patch), {(path, side, line) for path, side, line in addressable(patch)}
    files = [file for file in index.files if not re.search(r'[^ -~]|["\\]', file.path)]  # no name in quotes
    assume(files)
    file = data.draw(st.sampled_from(files))
    for side in SIDES:
        for line in range(15):
            is_taken = not refusal(index, Position(file.path, side, line))
            assert is_taken == ((file.path, side, line) in shown)


anchors = st.builds(
    lambda first, size, side: (first, first + size, side), st.integers(1, 14), st.integers(0, 6), st.sampled_from(SIDES)
)


@given(tree_pairs(), st.sampled_from([GITHUB, GITLAB]), st.data())
def test_what_is_placed_is_taken_and_nothing_is_lost(
    box: JobBox, pair: Pair, platform: object, data: st.DataObject
) -> None:
    index = read_diff(diff(box, pair))
    assume(index.files)
    findings = [said(data.draw(st.sampled_from(index.files)), *data.draw(anchors)) for _ in range(4)]
    found = placed(index, findings, platform)
    assert [one.finding for one in found] == [finding for finding, _ in findings]
    for one, (_, anchor) in zip(found, findings, strict=True):
        if one.position is not None:
            assert not refusal(index, one.position)
            assert anchor.first <= (one.position.start_line or one.position.line) <= one.position.line <= anchor.last
        assert (one.position is not None) == (one.place in ("line", "range"))
        is_whole = one.position is not None and one.position.line - (one.position.start_line or one.position.line) == (
            anchor.last - anchor.first
        )
        assert is_whole == (not one.reasons)


def said(file: FileDiff, first: int, last: int, side: Side) -> tuple[Finding, Anchor]:
    finding = Finding(rule="r", severity=Severity.LOW, message="m", path=file.path, side=side, line=first, quote=("q",))
    return finding, Anchor(file.path, side, first, last)


@given(tree_pairs(), st.integers(-20, 20), st.sampled_from(SIDES), st.data())
def test_a_quote_that_stands_once_is_found_whatever_the_number(
    box: JobBox, pair: Pair, off: int, named: Side, data: st.DataObject
) -> None:
    index = read_diff(diff(box, pair))
    rows = [(file, row) for file in index.files for hunk in file.hunks for row in hunk.rows if row.text.strip()]
    assume(rows)
    file, row = data.draw(st.sampled_from(rows))
    bare = ["".join(other.text.split()) for hunk in file.hunks for other in hunk.rows]
    assume(bare.count("".join(row.text.split())) == 1)
    side: Side = "left" if row.sign == "-" else "right"
    finding = Finding(
        rule="r", severity=Severity.LOW, message="m", path=file.path, side=named,
        line=max(0, row.number(side) + off), quote=(row.text,),
    )  # fmt: skip
    assert Anchors(Reviewed(index, {})).of(finding) == Anchor(file.path, side, row.number(side), row.number(side))


@given(tree_pairs(), st.sampled_from(["-U3", "-U0", "-U1"]))
def test_a_line_that_stays_is_the_same_at_its_number_on_the_other_side(box: JobBox, pair: Pair, context: str) -> None:
    base, head = (written(box, tree) for tree in pair)
    index = read_diff(box.box.git("diff-tree", "-r", "-p", "-M", context, base, head))
    for file in index.files:
        if (
            file.old is None
            or file.new is None
            or file.is_binary
            or pair[0][file.old][0][:2] != pair[1][file.new][0][:2]
        ):
            continue
        gone, come = ({row.number(side) for row in file.changed(side)} for side in SIDES)
        old, new = lines_of(pair[0][file.old]), lines_of(pair[1][file.new])
        stays = [line for line in range(1, len(old) + 1) if line not in gone]
        across = [file.counterpart("left", line) for line in stays]
        assert across == [line for line in range(1, len(new) + 1) if line not in come]
        assert [file.counterpart("right", line) for line in across] == stays
        assert [old[line - 1] for line in stays] == [new[line - 1] for line in across]


PATCH = b"""diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -101,7 +1,8 @@
 def total(rows):
     found = 0
-    for row in rows:
+    for row in sorted(rows):
         found += row.price
+        found += row.tax
     return found
 # end of it
 pass
@@ -140,5 +41,6 @@
 def other(rows):
     found = 0
     for row in rows:
+        found += row.tax
         found -= row.price
     return found
"""


@pytest.mark.parametrize(
    ("quote", "line", "side", "expected"),
    [
        (("        found += row.tax",), 7, "right", ("right", 5, 5)),
        (("        found += row.tax",), 40, "right", ("right", 44, 44)),
        (("found+=row.tax",), 104, "right", ("right", 5, 5)),
        (("\tfor row in sor...",), 0, "right", ("right", 3, 3)),
        (("+    for row in sorted(rows):", "         found += row.price"), 0, "right", ("right", 3, 4)),
        (("-    for row in rows:",), 44, "right", ("left", 103, 103)),
        (("-    for row in rows:", "+    for row in sorted(rows):"), 0, "left", ("right", 3, 3)),
        (("    for row in rows:",), 42, "left", ("right", 43, 43)),
        (("    found = 0", "    for each in rows:", "        found += row.tax"), 0, "right", ("right", 42, 44)),
        (("def other(rows):", "    found = none", "    for row in rows:"), 9, "right", ("right", 41, 43)),
        (("", "def total(rows):", "    found = 0", ""), 50, "left", ("right", 1, 2)),
        (("def total(rows):", "    raise ValueError", "    import this"), 1, "right", ("right", 1, 1)),
        (("    while True:",), 3, "right", None),
        (("...",), 3, "right", None),
    ],
)
def test_a_quote_that_is_not_quite_what_stands_there(
    quote: tuple[str, ...], line: int, side: Side, expected: tuple[Side, int, int] | None
) -> None:
    finding = Finding(
        rule="r", severity=Severity.LOW, message="m", path="a.py", side=side, line=line, quote=quote,
    )  # fmt: skip
    found = Anchors(Reviewed(read_diff(PATCH), {})).of(finding)
    assert found == (None if expected is None else Anchor("a.py", *expected))


@given(st.lists(st.text(max_size=12), max_size=6), st.integers(-5, 200), st.sampled_from(SIDES))
def test_whatever_is_quoted_stands_where_lines_are_or_nowhere(quote: list[str], line: int, side: Side) -> None:
    finding = Finding(
        rule="r", severity=Severity.LOW, message="m", path="a.py", side=side, line=line, quote=tuple(quote)
    )
    found = Anchors(Reviewed(read_diff(PATCH), {})).of(finding)
    assert found is None or 1 <= found.first <= found.last


def test_of_a_file_that_becomes_a_link_both_sides_can_be_spoken_of(box: JobBox) -> None:
    index = read_diff(diff(box, ({"x": ("100644", b"one\ntwo\n")}, {"x": ("120000", b"there")})))
    [file] = index.files
    assert [file.hunk_at("left", 2), file.hunk_at("right", 1), file.hunk_at("right", 2)] == [0, 1, None]
    assert not refusal(index, Position("x", "left", 2, 1))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_patch_or_are_refused(data: bytes) -> None:
    for patch in (data, b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n" + data):
        try:
            index = read_diff(patch)
        except NotAPatch:
            continue
        assert all(len(hunk.span("left")) == hunk.old_size for file in index.files for hunk in file.hunks)


def test_the_words_of_githubs_refusals() -> None:
    index = ranges({"a.py": [(1, 7, 1, 9), (40, 5, 42, 5)]})
    refused: Mapping[Position, str] = {
        Position("a.py", "right", 20): "line must be part of the diff",
        Position("a.py", "left", 8): "line must be part of the diff",
        Position("a.py", "right", 44, 3): "start line must be part of the same hunk as the line",
        Position("a.py", "right", 3, 3): "start line must precede the end line",
        Position("a.py", "right", 3, 5): "start line must precede the end line",
        Position("b.py", "right", 1): "diff hunk can't be blank",
        Position("a.py", "right", 9, 1): "",
        Position("a.py", "left", 44, 40): "",
    }
    assert {position: refusal(index, position) for position in refused} == refused


def ranges(files: Mapping[str, list[tuple[int, int, int, int]]]) -> DiffIndex:
    return of_ranges(files)


def test_where_a_batch_is_full_the_rest_steps_down() -> None:
    index = ranges({"a.py": [(1, 200, 1, 200)]})
    findings = [said(index.files[0], n, n, "right") for n in range(1, 120)]
    for platform in PLATFORMS.values():
        found = placed(index, findings, platform)
        places = [one.place for one in found]
        rest = "annotation" if platform.annotations else "summary"
        assert places == ["line"] * platform.comments + [rest] * (119 - platform.comments)
        assert "the most that one" in found[-1].reasons[0]

"""Laws of the diff algebra, with git as the judge where git has an opinion."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from properties.strategies import PIECES, edited, entry_of, file_pairs, text_pairs, texts
from sandbox.git import run_git
from swe_agent.core.diff import (
    Block,
    FileChange,
    Spliced,
    changed_runs,
    counts,
    diff_file,
    join_lines,
    show_block,
    splice,
    split_lines,
    subset,
)
from swe_agent.core.merge import merge

Image = tuple[str, bytes] | None
pairs = file_pairs()


def change_of(old: Image, new: Image) -> FileChange:
    return diff_file("a b/é", entry_of(old, "1" * 40), entry_of(new, "2" * 40), data_of(old), data_of(new))


def data_of(image: Image) -> bytes:
    return image[1] if image else b""


def spliced(old: Image, new: Image, chosen: set[str]) -> Image:
    result = splice(change_of(old, new), data_of(old), data_of(new), dict.fromkeys(chosen))
    return (result.mode, result.data) if result else None


@given(pairs)
def test_all_blocks_are_the_head_and_none_the_base(pair: tuple[Image, Image]) -> None:
    old, new = pair
    ids = {block.id for block in change_of(old, new).blocks}
    assert spliced(old, new, ids) == new
    assert spliced(old, new, set()) == old


@given(text_pairs(), st.data())
def test_where_a_moved_file_lies_and_what_it_holds_are_decided_apart(
    pair: tuple[tuple[str, bytes], tuple[str, bytes]], data: st.DataObject
) -> None:
    old, new = pair
    moved = diff_file("new", entry_of(old, "1" * 40), entry_of(new, "2" * 40), old[1], new[1], "old")
    stayed = diff_file("new", entry_of(old, "1" * 40), entry_of(new, "2" * 40), old[1], new[1])
    move, *others = moved.blocks
    assert move.kind == "move"
    taken = dict.fromkeys(b.id for b in others if data.draw(st.booleans()))
    content = splice(stayed, old[1], new[1], taken)
    assert subset(moved, old[1], new[1], taken) == {"old": content, "new": None}
    assert subset(moved, old[1], new[1], {**taken, move.id: None}) == {"old": None, "new": content}
    assert subset(stayed, old[1], new[1], taken) == {"new": content}


@given(texts())
def test_lines_joined_are_the_bytes(data: bytes) -> None:
    assert join_lines(split_lines(data)) == data


@given(pairs)
def test_ids_are_unique_and_stable(pair: tuple[Image, Image]) -> None:
    first, second = change_of(*pair), change_of(*pair)
    assert first == second
    assert len({block.id for block in first.blocks}) == len(first.blocks)


@given(text_pairs(), st.integers(1, 5))
def test_a_block_keeps_its_id_when_lines_above_it_move(
    pair: tuple[tuple[str, bytes], tuple[str, bytes]], added: int
) -> None:
    """Below the first line, which nothing stands above: there a block that can stand in several places may have another
    that reads best."""
    (old_mode, old), (new_mode, new) = pair
    above = b"".join(b"above %d\n" % n for n in range(added))
    before, after = (
        change_of((old_mode, top + b"first\n" + old), (new_mode, top + b"first\n" + new)) for top in (b"", above)
    )
    assert [block.id for block in before.blocks] == [block.id for block in after.blocks]


@given(pairs)
def test_blocks_do_not_touch_and_say_what_they_replace(pair: tuple[Image, Image]) -> None:
    change = change_of(*pair)
    runs = [block for block in change.blocks if block.kind == "lines"]
    base, head = split_lines(data_of(pair[0])), split_lines(data_of(pair[1]))
    for block in runs:
        assert block.removed == base[block.base_start : block.base_start + len(block.removed)]
        assert block.added == head[block.head_start : block.head_start + len(block.added)]
        assert block.removed or block.added
    for one, next_ in itertools.pairwise(runs):
        assert one.base_start + len(one.removed) < next_.base_start
    assert counts([change]) == (sum(len(b.added) for b in runs), sum(len(b.removed) for b in runs))


@given(pairs, st.data())
def test_decisions_commute(pair: tuple[Image, Image], data: st.DataObject) -> None:
    """The order in which blocks are chosen does not matter."""
    old, new = pair
    change = change_of(old, new)
    order = data.draw(st.permutations([block.id for block in change.blocks]))
    taken = set(order[: data.draw(st.integers(0, len(order)))])
    chosen = dict.fromkeys(id_ for id_ in order if id_ in taken)
    assert splice(change, data_of(old), data_of(new), chosen) == splice(
        change, data_of(old), data_of(new), dict(reversed(chosen.items()))
    )


@given(text_pairs(), st.lists(st.sampled_from(PIECES).map(lambda piece: piece + "\n"), max_size=2))
def test_an_amended_block_has_the_lines_of_the_person(pair: tuple[Image, Image], lines: list[str]) -> None:
    old, new = pair
    block = next((b for b in change_of(old, new).blocks if b.kind == "lines"), None)
    assume(block)
    assert block is not None
    base = split_lines(data_of(old))
    expected = (*base[: block.base_start], *lines, *base[block.base_start + len(block.removed) :])
    result = splice(change_of(old, new), data_of(old), data_of(new), {block.id: tuple(lines)})
    assert result is not None
    assert result.data == join_lines(expected)


@given(pairs)
def test_shown_lines_number_both_sides(pair: tuple[Image, Image]) -> None:
    base, head = split_lines(data_of(pair[0])), split_lines(data_of(pair[1]))
    for block in change_of(*pair).blocks:
        for line in show_block(block, base) if block.kind == "lines" else ():
            if line.base_line is not None:
                assert base[line.base_line - 1] == line.text
            if line.sign == "+":
                assert line.head_line is not None
                assert head[line.head_line - 1] == line.text


# ---- minimal


def shortest(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    """The edit distance without substitutions, by the textbook table: slow, and plainly right."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            diagonal, row[j] = row[j], diagonal if left == right else 1 + min(row[j], row[j - 1])
    return row[-1]


few = st.lists(st.sampled_from("abcd"), max_size=14).map(tuple)


@given(few, few)
@settings(max_examples=400)
def test_changed_runs_are_minimal_and_leave_equal_lines_between(a: tuple[str, ...], b: tuple[str, ...]) -> None:
    runs = changed_runs(a, b)
    assert sum(b1 - b0 + h1 - h0 for b0, b1, h0, h1 in runs) == shortest(a, b)
    at_a = at_b = 0
    for b0, b1, h0, h1 in [*runs, (len(a), len(a), len(b), len(b))]:
        assert a[at_a:b0] == b[at_b:h0]
        at_a, at_b = b1, h1


def test_past_the_longest_distance_the_middle_is_one_block() -> None:
    a, b = [f"a{n}" for n in range(4000)], [f"b{n}" for n in range(4000)]
    assert changed_runs(["same", *a, "end"], ["same", *b, "end"]) == [(1, 4001, 1, 4001)]


# ---- git as the judge


def git_applies(repo: Path, old: Image, patch: bytes) -> Image:
    """The file after `git apply` of a patch to it."""
    place = repo / "a b" / "é"
    for path in (place, place.parent):
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            path.rmdir()
    if old is not None:
        place.parent.mkdir()
        put(place, old)
    run_git(["apply", "--whitespace=nowarn", "--unidiff-zero", "-"], git_dir=None, cwd=repo, input=patch)
    if place.is_symlink():
        return "120000", bytes(place.readlink())
    if not place.exists():
        return None
    return "100755" if place.stat().st_mode & 0o100 else "100644", place.read_bytes()


def put(place: Path, image: tuple[str, bytes]) -> None:
    if image[0] == "120000":
        place.symlink_to(image[1].decode())
        return
    place.write_bytes(image[1])
    place.chmod(0o755 if image[0] == "100755" else 0o644)


def patch_of(repo: Path, old: Image, new: Image, blocks: list[Block], *, mode: bool) -> bytes:
    """A patch of just these blocks, written from the blocks alone."""
    name = '"{}/a b/\\303\\251"'
    head = ["diff --git " + name.format("a") + " " + name.format("b")]
    if old is None:
        assert new is not None
        head += [f"new file mode {new[0]}"]
    elif new is None and blocks:
        head += [f"deleted file mode {old[0]}"]
    elif mode:
        assert new is not None
        head += [f"old mode {old[0]}", f"new mode {new[0]}"]
    body = b""
    if blocks:
        head += ["--- " + ("/dev/null" if old is None else name.format("a"))]
        head += ["+++ " + ("/dev/null" if new is None else name.format("b"))]
        shift = 0
        for block in blocks:
            body += hunk(block, shift)
            shift += len(block.added) - len(block.removed)
    return "\n".join(head).encode() + b"\n" + body


def hunk(block: Block, shift: int) -> bytes:
    """In unified form, a side of no lines is numbered by the line before it."""
    old_from = block.base_start + (1 if block.removed else 0)
    new_from = block.base_start + shift + (1 if block.added else 0)
    text = f"@@ -{old_from},{len(block.removed)} +{new_from},{len(block.added)} @@\n"
    for sign, lines in (("-", block.removed), ("+", block.added)):
        for line in lines:
            text += sign + line + ("" if line.endswith("\n") else "\n\\ No newline at end of file\n")
    return text.encode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("judge")
    run_git(["init", "-q"], git_dir=None, cwd=path)
    return path


@given(
    text_pairs() | text_pairs().map(lambda pair: (pair[0], None)) | text_pairs().map(lambda p: (None, p[1])), st.data()
)
@settings(max_examples=120)
def test_any_subset_is_what_git_makes_of_its_patch(repo: Path, pair: tuple[Image, Image], data: st.DataObject) -> None:
    old, new = pair
    change = change_of(old, new)
    assume(change.blocks and all(block.kind != "whole" for block in change.blocks))
    chosen = data.draw(st.sets(st.sampled_from([block.id for block in change.blocks]), min_size=1))
    taken = [block for block in change.blocks if block.id in chosen]
    runs = [block for block in taken if block.kind == "lines"]
    patch = patch_of(repo, old, new, runs, mode=any(block.kind == "mode" for block in taken))
    assert spliced(old, new, chosen) == git_applies(repo, old, patch)


# ---- merging


def git_merges(folder: Path, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    for name, data in (("base", base), ("ours", ours), ("theirs", theirs)):
        (folder / name).write_bytes(data)
    done = subprocess.run(
        ["git", "merge-file", "-p", "--diff-algorithm=myers", "ours", "base", "theirs"]
        if _knows_algorithms()
        else ["git", "merge-file", "-p", "ours", "base", "theirs"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert 0 <= done.returncode < 128, done.stderr
    return done.stdout if done.returncode == 0 else None


def _knows_algorithms() -> bool:
    usage = subprocess.run(["git", "merge-file", "-h"], capture_output=True, check=False)
    return b"diff-algorithm" in usage.stdout + usage.stderr


@st.composite
def three(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A base whose lines all differ, so that there is one way to match them, and an edit of it on either side."""
    base = draw(st.lists(st.sampled_from([b"%d" % n for n in range(20)]), min_size=1, max_size=12, unique=True))
    data = b"\n".join(base) + draw(st.sampled_from([b"", b"\n"]))
    return data, draw(sided(data, b"ours")), draw(sided(data, b"theirs"))


@st.composite
def sided(draw: st.DrawFn, data: bytes, who: bytes) -> bytes:
    parts = data.split(b"\n")
    for number in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(parts)))
        until = min(len(parts), at + draw(st.integers(0, 2)))
        name = draw(st.sampled_from([who, b"both"]))
        parts[at:until] = [b"%s %d %d" % (name, number, n) for n in range(draw(st.integers(0, 2)))]
    return b"\n".join(parts)


@given(three())
@settings(max_examples=250)
@example((b"a\nb\nc\n", b"a\nB\nc\n", b"a\nb\nc\nd\n"))
def test_a_merge_is_what_git_makes_of_it_or_refused(
    tmp_path_factory: pytest.TempPathFactory, sides: tuple[bytes, bytes, bytes]
) -> None:
    base, ours, theirs = sides
    merged = merge(base, ours, theirs)
    assert merged == merge(base, theirs, ours)
    if merged is not None:
        assert git_merges(tmp_path_factory.getbasetemp(), base, ours, theirs) in (merged, None)
        if git_merges(tmp_path_factory.getbasetemp(), base, ours, theirs) is None:
            # Where git stops all the same, both sides must have made one and the same edit.
            assert shared_edit(base, ours, theirs)


def shared_edit(base: bytes, ours: bytes, theirs: bytes) -> bool:
    lines, left, right = map(split_lines, (base, ours, theirs))
    mine = {(b0, b1, left[h0:h1]) for b0, b1, h0, h1 in changed_runs(lines, left)}
    return any((b0, b1, right[h0:h1]) in mine for b0, b1, h0, h1 in changed_runs(lines, right))


@given(texts(), st.data())
def test_what_only_one_side_did_is_taken(base: bytes, data: st.DataObject) -> None:
    theirs = data.draw(edited(base))
    assert merge(base, base, theirs) == merge(base, theirs, base) == merge(base, theirs, theirs) == theirs


def test_touching_edits_are_refused() -> None:
    assert merge(b"a\nb\n", b"A\nb\n", b"a\nB\n") is None


def test_binaries_are_never_merged() -> None:
    assert merge(b"\0a\n", b"\0a\nb\n", b"c\n\0a\n") is None


# ---- what has no lines


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        (None, ("100644", b""), "empty file added"),
        (("100644", b""), None, "empty file deleted"),
        (("100644", b"\0"), ("100644", b"\0\0"), "binary file changed (1 → 2 bytes)"),
        (("100644", b"text"), ("100644", b"\0\0"), "binary file changed (4 → 2 bytes)"),
        (("120000", b"a"), ("120000", b"b"), "symbolic link a → b"),
        (("120000", b"a"), ("100644", b"text\n"), "symbolic link a → text\n"),
        (None, ("120000", b"there"), "symbolic link none → there"),
        (("160000", b""), None, f"submodule pointer {'1' * 40} → none"),
    ],
)
def test_what_is_not_lines_is_one_block(old: Image, new: Image, note: str) -> None:
    (block,) = change_of(old, new).blocks
    assert (block.kind, block.note) == ("whole", note)
    assert spliced(old, new, {block.id}) == new
    assert spliced(old, new, set()) == old


def test_a_mode_is_a_block_beside_the_lines() -> None:
    old, new = ("100644", b"a\n"), ("100755", b"b\n")
    mode, lines = change_of(old, new).blocks
    assert (mode.kind, mode.note, lines.kind) == ("mode", "mode 100644 → 100755", "lines")
    assert splice(change_of(old, new), b"a\n", b"b\n", {mode.id: None}) == Spliced(mode="100755", data=b"a\n")
    assert splice(change_of(old, new), b"a\n", b"b\n", {lines.id: None}) == Spliced(mode="100644", data=b"b\n")


def test_a_file_in_neither_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="in neither tree"):
        diff_file("a", None, None)

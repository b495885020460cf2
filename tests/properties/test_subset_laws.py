"""Any subset of the blocks of a change of several files, moved and amended ones too, is what git makes of a patch that
holds these blocks alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from judging import judge, written

from properties.strategies import Image, tree_pairs
from swe_agent.core.diff import Block, FileChange, FileEntry, place, split_lines, subset
from swe_agent.workspace.box import JobBox

Chosen = Mapping[str, Sequence[str] | None]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> JobBox:
    return judge(tmp_path_factory.mktemp("judge"))


@st.composite
def choices(draw: st.DrawFn, changes: Sequence[FileChange]) -> Chosen:
    """Some of the blocks, and here and there the lines of a person in the place of those that were proposed."""
    chosen: dict[str, Sequence[str] | None] = {}
    for block in (block for change in changes for block in change.blocks):
        what = draw(st.sampled_from(["no", "yes", "yes", "amend" if block.kind == "lines" else "yes"]))
        if what != "no":
            chosen[block.id] = draw(st.sampled_from([(), ("own\n",), ("own\r\n", "a\n")])) if what == "amend" else None
    return chosen


# ---- a patch of the chosen blocks


def quoted(path: str) -> str:
    letters = path.encode("utf-8", "surrogateescape").decode("latin-1")
    return '"' + re.sub(r"[^\w/. -]", lambda found: f"\\{ord(found[0]):03o}", letters, flags=re.ASCII) + '"'


def lines_patch(change: FileChange, base: Sequence[str], chosen: Chosen, context: int) -> str:
    """What git would print of a file that is told in lines, its head made anew from what is chosen."""
    taken = [block for block in change.blocks if block.id in chosen]
    old, new = change.moved_from or change.path, place(change, chosen)
    runs = [block for block in taken if block.kind == "lines"]
    amended = any(chosen[block.id] is not None for block in runs)
    head = [f"diff --git {quoted('a/' + old)} {quoted('b/' + new)}"]
    made, gone = change.old is None, change.new is None and not amended
    if made and change.new:
        head.append(f"new file mode {change.new.mode}")
    elif gone and change.old:
        head.append(f"deleted file mode {change.old.mode}")
    elif change.old and change.new and any(block.kind == "mode" for block in taken):
        head += [f"old mode {change.old.mode}", f"new mode {change.new.mode}"]
    if old != new:
        head += [f"rename from {quoted(old)}", f"rename to {quoted(new)}"]
    hunks = "".join(hunks_of(runs, base, chosen, context))
    if len(head) == 1 and not hunks:
        return ""  # git takes no patch that says nothing
    if hunks:
        head += [
            f"--- {'/dev/null' if made else quoted('a/' + old)}",
            f"+++ {'/dev/null' if gone else quoted('b/' + new)}",
        ]
    return "\n".join(head) + "\n" + hunks


def hunks_of(blocks: Sequence[Block], base: Sequence[str], chosen: Chosen, context: int) -> Iterator[str]:
    """Blocks that share lines of context share a hunk."""
    shift = 0
    groups: list[list[Block]] = []
    for block in blocks:
        if not block.removed and chosen[block.id] == ():
            continue  # a person has taken out all that it adds
        end = groups[-1][-1].base_start + len(groups[-1][-1].removed) if groups else 0
        if groups and block.base_start - end <= 2 * context:
            groups[-1].append(block)
        else:
            groups.append([block])
    for group in groups:
        start = max(0, group[0].base_start - context)
        end = min(len(base), group[-1].base_start + len(group[-1].removed) + context)
        body, at, news = "", start, 0
        for block in group:
            added = block.added if (own := chosen[block.id]) is None else own
            body += signed(" ", base[at : block.base_start]) + signed("-", block.removed) + signed("+", added)
            news += block.base_start - at + len(added)
            at = block.base_start + len(block.removed)
        body, news = body + signed(" ", base[at:end]), news + end - at
        # A side of no lines is numbered by the line before it.
        yield f"@@ -{start + (end > start)},{end - start} +{start + shift + (news > 0)},{news} @@\n{body}"
        shift += news - (end - start)


def signed(sign: str, lines: Sequence[str]) -> str:
    return "".join(sign + line + ("" if line.endswith("\n") else "\n\\ No newline at end of file\n") for line in lines)


def whole_patch(box: JobBox, base: str, change: FileChange, chosen: Chosen) -> bytes:
    """A binary file or a link: there is nothing to choose of it, and git tells it itself."""
    old, new = change.moved_from or change.path, place(change, chosen)
    head = box.tree_with(base, {old: None, new: change.new})
    return box.box.git("diff-tree", "-r", "-p", "--binary", "--no-renames", base, head)


def patch_of(box: JobBox, base: str, change: FileChange, chosen: Chosen, context: int) -> bytes:
    taken = [block.kind for block in change.blocks if block.id in chosen]
    if "whole" in taken:
        return whole_patch(box, base, change, chosen)
    lines = split_lines(box.blob(change.old.id)) if change.old and change.old.mode.startswith("100") else ()
    return lines_patch(change, lines, chosen, context).encode("utf-8", "surrogateescape") if taken else b""


def applied(box: JobBox, base: str, patch: bytes, *options: str) -> str:
    index = box.box.root / "judged"
    box.box.git("read-tree", base, index=index)
    if patch:
        box.box.git("apply", "--cached", "--whitespace=nowarn", *options, "-", input=patch, index=index, strict=True)
    return box.box.git("write-tree", index=index).decode().strip()


# ---- the law


def spliced(box: JobBox, base: str, changes: Sequence[FileChange], chosen: Chosen) -> dict[str, FileEntry | None]:
    contents = box.contents(changes)
    found: dict[str, FileEntry | None] = {}
    for change in changes:
        old, new = (contents[entry.id] if entry else b"" for entry in (change.old, change.new))
        images = subset(change, old, new, chosen)
        assert not images.keys() & found.keys()
        found |= {path: box.entry_of(image) for path, image in images.items()}
    return found


@given(tree_pairs(), st.sampled_from([0, 1, 3]), st.data())
def test_any_subset_is_what_git_makes_of_its_blocks(
    box: JobBox, pair: tuple[dict[str, Image], dict[str, Image]], context: int, data: st.DataObject
) -> None:
    base, head = (written(box, tree) for tree in pair)
    changes = box.changes(base, head)
    chosen = data.draw(choices(changes))
    entries = spliced(box, base, changes, chosen)
    # Such a subset may be no tree; and where a folder makes way for a file, git asks for one order of its patches.
    paths = {*box.files(base), *entries}
    assume(not any(other.startswith(f"{path}/") for path in paths for other in paths))
    tree = box.tree_with(base, entries)
    for kind in {block.kind for change in changes for block in change.blocks if block.id in chosen}:
        event(kind)
    patch = b"".join(patch_of(box, base, change, chosen, context) for change in changes)
    assert applied(box, base, patch, *(["--unidiff-zero"] if context == 0 else [])) == tree
    assert applied(box, base, box.box.git("diff-tree", "-r", "-p", "--binary", "-M", base, tree)) == tree


def test_the_patch_of_everything_is_the_one_that_git_prints(box: JobBox) -> None:
    """So that the judge is asked about patches as they are written, and not about some of our own."""
    lines = [f"line {n}\n" for n in range(30)]
    after = [*lines[:3], "new\n", *lines[4:9], *lines[11:], "tail"]
    base = written(box, {"a b": ("100644", "".join(lines).encode()), "gone": ("100644", b"x\n")})
    head = written(box, {"c\té": ("100755", "".join(after).encode()), "made": ("100755", b"y")})
    changes = box.changes(base, head)
    chosen = {block.id: None for change in changes for block in change.blocks}
    ours = b"".join(patch_of(box, base, change, chosen, 3) for change in changes)
    gits = box.box.git("diff-tree", "-r", "-p", "-M", base, head)
    assert re.findall(rb"^[ +\\-](?![+-]{2} ).*$", ours, re.M) == re.findall(rb"^[ +\\-](?![+-]{2} ).*$", gits, re.M)
    assert {one.status for one in changes} == {"moved", "deleted", "added"}

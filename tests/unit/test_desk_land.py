"""Landing on real directories: all or nothing, back again, and after a crash at any point."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from swe_agent.core.decision import Accept, Amend, Reject
from swe_agent.core.diff import FileChange, FileEntry, Spliced, diff_file
from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.core.proposal import Landing, Proposal, Provenance, Snapshot
from swe_agent.core.task import Task
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import Verdict
from swe_agent.desk.desk import Desk
from swe_agent.desk.images import kept, mark, store_images
from swe_agent.desk.land import Found, Planned, plan, reverse
from swe_agent.desk.write import look, now, recover, write
from swe_agent.testing.repository import tree_digest

TOP = Path(__file__).parents[2]
Image = Spliced | None


def text(data: str, mode: str = "100644") -> Spliced:
    return Spliced(mode=mode, data=data.encode())


def link(target: str) -> Spliced:
    return text(target, "120000")


def put(top: Path, path: str, image: Image) -> None:
    place = top / path
    if place.is_symlink() or place.exists():
        place.unlink()
    if image is None:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if image.mode == "120000":
        place.symlink_to(os.fsdecode(image.data))
        return
    place.write_bytes(image.data)
    place.chmod(0o755 if image.mode == "100755" else 0o644)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    path = tmp_path / "my project"
    path.mkdir()
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "landings" / "one"


CASES: dict[str, tuple[Image, Image]] = {
    "edit.py": (text("one\n"), text("two\n")),
    "made/deep/new.py": (None, text("new\n")),
    "gone/deep/old.py": (text("old\n"), None),
    "mode.sh": (text("#!/bin/sh\n"), text("#!/bin/sh\n", "100755")),
    "unmode.sh": (text("#!/bin/sh\n", "100755"), text("#!/bin/sh\n")),
    "link": (link("there"), link("elsewhere")),
    "file to link": (text("text\n"), link("target")),
    "link to file": (link("target"), text("text\n")),
    "new link": (None, link("dangling")),
    "gone link": (link("dangling"), None),
    "new tool.sh": (None, text("#!/bin/sh\n", "100755")),
    "empty": (None, text("")),
    "emptied": (text("full\n"), text("")),
    "latin-1": (Spliced(mode="100644", data=b"caf\xe9\r\n"), Spliced(mode="100644", data=b"th\xe9\r\n")),
    "name\nwith a line \udcff": (text("a"), text("b")),
}
PLANNED = tuple(Planned(path=path, before=before, after=after) for path, (before, after) in CASES.items())


def lay_out(top: Path, files: tuple[Planned, ...] = PLANNED) -> None:
    for file in files:
        put(top, file.path, file.before)


def landed(top: Path, files: tuple[Planned, ...] = PLANNED) -> bool:
    return all(now(top, file.path) == file.after for file in files)


@pytest.mark.parametrize("path", CASES)
def test_each_kind_of_change_lands_and_comes_back(top: Path, store: Path, path: str) -> None:
    file = Planned(path=path, before=CASES[path][0], after=CASES[path][1])
    (top / "other.txt").write_text("not ours")
    lay_out(top, (file,))
    before = tree_digest(top)
    landing = store_images(store, [file], "l", "job")
    write(top, [file])
    assert now(top, path) == file.after
    back = reverse(kept(store, landing), lambda one: look(top, one), keep_edits=False)
    assert [(one.path, one.before, one.after) for one in back] == [(path, file.after, file.before)]
    write(top, back)
    assert tree_digest(top) == before


def test_a_delete_prunes_the_folders_that_became_empty_and_no_other(top: Path) -> None:
    (top / "gone").mkdir()
    (top / "gone" / "kept.txt").write_text("kept")
    file = next(file for file in PLANNED if file.path == "gone/deep/old.py")
    lay_out(top, (file,))
    write(top, [file])
    assert sorted(str(path.relative_to(top)) for path in top.rglob("*")) == ["gone", "gone/kept.txt"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_the_permissions_of_an_edited_file_stay(top: Path, mode: int) -> None:
    put(top, "a.py", text("one\n"))
    (top / "a.py").chmod(mode)
    write(top, [Planned(path="a.py", before=text("one\n"), after=text("two\n"))])
    assert stat.S_IMODE((top / "a.py").stat().st_mode) == mode


# ---- somebody else writes in between


@pytest.mark.parametrize("victim", CASES)
def test_a_file_that_changed_since_the_plan_stops_all_and_keeps_its_content(top: Path, victim: str) -> None:
    """Whatever stands in its place now: other text, nothing, something, a link."""
    for other in (text("somebody else's\n"), None, link("somebody/else")):
        if other in CASES[victim]:
            continue
        lay_out(top)
        put(top, victim, other)
        before = tree_digest(top)
        with pytest.raises(TreeMoved):
            write(top, PLANNED)
        assert tree_digest(top) == before, f"{victim!r} held {other}"
        put(top, victim, None)


def test_a_folder_in_the_place_of_a_file_is_told(top: Path) -> None:
    (top / "a.py").mkdir()
    with pytest.raises(TreeMoved, match=r"a\.py.*nothing was written"):
        now(top, "a.py")


def test_a_folder_that_became_a_link_leads_nowhere(top: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (top / "made").symlink_to(outside)
    with pytest.raises(TreeMoved):
        write(top, [Planned(path="made/new.py", before=None, after=text("x\n"))])
    assert list(outside.iterdir()) == []
    with pytest.raises(TreeMoved):
        now(top, "made/new.py")


def test_nothing_below_a_file_is_nothing(top: Path) -> None:
    (top / "a").write_text("a file")
    assert now(top, "a/b.py") is None
    with pytest.raises(TreeMoved):
        write(top, [Planned(path="a/b.py", before=None, after=text("x\n"))])


# ---- disks and rights

STARVED = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, "tests")
from unit.test_desk_land import PLANNED, Planned, text
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.desk.write import write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    write(Path(sys.argv[1]), [*PLANNED, Planned(path="big.txt", before=None, after=text("x" * 5000))])
except EnvironmentLacks as error:
    print(error.message)
"""


def test_a_disk_that_fills_up_half_way_leaves_everything_as_it_was(top: Path) -> None:
    lay_out(top)
    before = tree_digest(top)
    done = subprocess.run(
        [sys.executable, "-c", STARVED, str(top)], capture_output=True, text=True, cwd=TOP, check=True, timeout=60
    )
    assert done.stdout.strip() == "cannot write big.txt: File too large; everything is as it was"
    assert tree_digest(top) == before


def test_a_file_that_was_private_is_private_after_a_rollback(top: Path) -> None:
    put(top, "private.txt", text("mine\n"))
    (top / "private.txt").chmod(0o600)
    put(top, "a/tool", text("#!/bin/sh\n", "100755"))
    (top / "a" / "tool").chmod(0o700)
    before = tree_digest(top)
    files = [
        Planned(path="private.txt", before=text("mine\n"), after=None),
        Planned(path="a/tool", before=text("#!/bin/sh\n", "100755"), after=text("#!/bin/sh\n")),
        Planned(path="moved.py", before=text("was here\n"), after=text("x\n")),
    ]
    with pytest.raises(TreeMoved):
        write(top, files)
    assert tree_digest(top) == before


READ_ONLY = """
import os, sys
from pathlib import Path
sys.path.insert(0, "tests")
from unit.test_desk_land import PLANNED
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.desk.write import write
from sandbox import paths
if os.geteuid() == 0:
    os.setgroups([])
    os.setuid(65534)
try:
    write(Path(sys.argv[1]), PLANNED)
except EnvironmentLacks as error:
    print(error.message)
"""


def test_a_folder_that_cannot_be_written_stops_all(top: Path) -> None:
    """As a user who is not root, for whom alone there are such folders."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o777)
        lay_out(place)
        for path in place.rglob("*"):
            if path.is_dir():
                path.chmod(0o777)
        (place / "gone" / "deep").chmod(0o555)
        before = tree_digest(place)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONLY, folder], capture_output=True, text=True, cwd=TOP, check=True, timeout=60
        )
        assert done.stdout.strip() == "cannot write gone/deep/old.py: Permission denied; everything is as it was"
        assert tree_digest(place) == before
        (place / "gone" / "deep").chmod(0o755)


def test_images_that_cannot_be_kept_stop_the_landing(top: Path, tmp_path: Path) -> None:
    (tmp_path / "landings").write_text("a file in the place of the folder")
    with pytest.raises(EnvironmentLacks, match="the pre-images cannot be kept"):
        store_images(tmp_path / "landings" / "one", PLANNED, "l", "job")


# ---- crashes


@pytest.mark.parametrize("written", range(len(PLANNED) + 1))
def test_a_crash_after_any_number_of_files_goes_forward(top: Path, store: Path, written: int) -> None:
    lay_out(top)
    landing = store_images(store, PLANNED, "l", "job")
    write(top, PLANNED[:written])
    assert recover(top, landing, store).forward is True
    assert landed(top)
    assert recover(top, landing, store).forward is True  # a second time there is nothing to do


@pytest.mark.parametrize("written", range(len(PLANNED) + 1))
@pytest.mark.parametrize("touched", ["edit.py", "made/deep/new.py", "gone/deep/old.py", "link"])
def test_a_crash_and_a_user_who_went_on_goes_back(top: Path, store: Path, written: int, touched: str) -> None:
    """All but what the user wrote is as it was before; and what the user wrote is theirs."""
    lay_out(top)
    landing = store_images(store, PLANNED, "l", "job")
    write(top, PLANNED[:written])
    put(top, touched, text("the user's own\n"))
    assert recover(top, landing, store).forward is False
    for file in PLANNED:
        expected = text("the user's own\n") if file.path == touched else file.before
        assert now(top, file.path) == expected, file.path


# ---- planning and taking back


def proposal(*changes: FileChange) -> Proposal:
    return Proposal(
        id="job",
        task=Task(text="fix it"),
        snapshot=Snapshot(commit="c", tree="t", head=None, branch=None, dirty=False),
        tree="h",
        changes=changes,
        verdict=Verdict(),
        provenance=Provenance(engine="model", model="m", prompt_version="1", edit_format="replace", task_kind="fix"),
        spent=Spent(),
    )


LINES = "".join(f"line {n}\n" for n in range(20))
HEAD = LINES.replace("line 3\n", "LINE 3\n").replace("line 15\n", "LINE 15\n")
BLOBS = {"b": LINES.encode(), "h": HEAD.encode(), "L": b"target"}
CHANGE = diff_file("a.py", FileEntry(mode="100644", id="b"), FileEntry(mode="100644", id="h"), BLOBS["b"], BLOBS["h"])
THIRD, FIFTEENTH = (block.id for block in CHANGE.blocks)


def desk(*decisions: Accept | Amend | Reject, landed: frozenset[str] = frozenset()) -> Desk:
    return Desk(
        proposal=proposal(CHANGE), decisions={decision.block: decision for decision in decisions}, landed=landed
    )


def planned(desk_: Desk, current: Image) -> tuple[Planned, ...]:
    return plan(desk_, BLOBS.__getitem__, lambda path: Found(image=current) if current else None)


def test_only_what_is_accepted_is_planned() -> None:
    assert planned(desk(Accept(block=THIRD), Reject(block=FIFTEENTH)), text(LINES)) == (
        Planned(path="a.py", before=text(LINES), after=text(LINES.replace("line 3\n", "LINE 3\n"))),
    )
    assert planned(desk(Reject(block=THIRD)), text(LINES)) == ()
    assert planned(desk(Amend(block=THIRD, lines=("mine\n",))), text(LINES))[0].after == text(
        LINES.replace("line 3\n", "mine\n")
    )


def test_the_users_own_lines_stay() -> None:
    mine = LINES.replace("line 9\n", "my line 9\n")
    (file,) = planned(desk(Accept(block=THIRD)), text(mine, "100755"))
    assert file == Planned(
        path="a.py", before=text(mine, "100755"), after=text(mine.replace("line 3\n", "LINE 3\n"), "100755")
    )


@pytest.mark.parametrize(
    "current", [text(LINES.replace("line 3\n", "my line 3\n")), None, link("target"), text("another file\n")]
)
def test_the_same_place_is_a_conflict(current: Image) -> None:
    with pytest.raises(TreeMoved, match=r"a\.py .*; nothing was written"):
        planned(desk(Accept(block=THIRD)), current)


def test_what_stands_there_already_needs_no_writing() -> None:
    assert planned(desk(Accept(block=THIRD), Accept(block=FIFTEENTH)), text(HEAD)) == ()


def test_what_landed_and_was_taken_out_by_hand_does_not_land_again() -> None:
    decisions = Accept(block=THIRD), Accept(block=FIFTEENTH)
    (file,) = planned(desk(*decisions, landed=frozenset({THIRD})), text(LINES))
    assert file.after == text(LINES.replace("line 15\n", "LINE 15\n"))


@pytest.mark.parametrize(
    ("old", "new", "do"),
    [
        ("b", "h", "git -C 'my lib' checkout h"),
        (None, "h", "git submodule add URL 'my lib' && git -C 'my lib' checkout h"),
        ("b", None, "git rm 'my lib'"),
    ],
)
def test_a_submodule_pointer_is_never_landed(old: str | None, new: str | None, do: str) -> None:
    ends = [FileEntry(mode="160000", id=id_) if id_ else None for id_ in (old, new)]
    change = diff_file("my lib", *ends)
    block = change.blocks[0].id
    one = Desk(proposal=proposal(change), decisions={block: Accept(block=block)})
    with pytest.raises(TreeMoved, match="submodule pointer") as error:
        plan(one, BLOBS.__getitem__, lambda path: None)
    assert error.value.hint == (
        f"move it yourself: `{do}`; and reject this block: `swe-agent reject job --block {block}`"
    )


def test_every_file_in_the_way_is_named_with_its_blocks() -> None:
    data = {"a.py": LINES, "gone.py": LINES, "same.py": LINES, "new.py": None}
    there = {"a.py": LINES.replace("line 15\n", "mine\n"), "gone.py": None, "same.py": LINES, "new.py": "mine\n"}
    head = FileEntry(mode="100644", id="h")
    changes = {
        path: diff_file(path, CHANGE.old if base else None, head, (base or "").encode(), BLOBS["h"])
        for path, base in data.items()
    }
    ids = {path: [block.id for block in change.blocks] for path, change in changes.items()}
    table = Desk(
        proposal=proposal(*changes.values()),
        decisions={id_: Accept(block=id_) for path in ids for id_ in ids[path]},
    )

    def look_(path: str) -> Found | None:
        found = there[path]
        return Found(image=text(found)) if found is not None else None

    with pytest.raises(TreeMoved) as error:
        plan(table, BLOBS.__getitem__, look_)
    edited, gone, new = ids["a.py"][1], ids["gone.py"], ids["new.py"][0]
    assert error.value.message == (
        f"a.py differs from what the proposal was made from, in the same place (block {edited}); nothing was written\n"
        "  line 16, yours:\n    mine\n  line 16, proposed:\n    LINE 15\n"
        f"also gone.py is not there, and the proposal changes it (blocks {', '.join(gone)})\n"
        f"also new.py is there already with other contents, and the proposal makes it (block {new})"
    )
    assert error.value.hint == (
        "undo your own change there, or put it aside if it is not committed (`git stash push -u -- a.py gone.py new.py"
        "`); or edit the block at the desk (`swe-agent desk job`, `e`); or do without: "
        f"`swe-agent reject job --block {edited} --block {gone[0]} --block {gone[1]} --block {new}`"
    )


def test_of_many_files_in_the_way_six_are_named() -> None:
    changes = [diff_file(f"{n}.py", CHANGE.old, CHANGE.new, BLOBS["b"], BLOBS["h"]) for n in range(8)]
    blocks = [block.id for change in changes for block in change.blocks]
    table = Desk(proposal=proposal(*changes), decisions={id_: Accept(block=id_) for id_ in blocks})
    with pytest.raises(TreeMoved) as error:
        plan(table, BLOBS.__getitem__, lambda path: None)
    lines = error.value.message.splitlines()
    assert [line.removeprefix("also ").split(" ")[0] for line in lines] == [*(f"{n}.py" for n in range(6)), "and"]
    assert lines[-1] == "and 2 more"


@pytest.mark.parametrize(
    ("mine", "shown"),
    [
        (LINES.replace("\n", "\r\n"), ["line 3<CR>", "LINE 3"]),
        (LINES.replace("line 3\n", "line 3\r\n"), ["line 3<CR>", "LINE 3"]),
        (LINES.replace("line 3\n", "mine  \n"), ["mine", "LINE 3"]),
    ],
)
def test_line_ends_are_shown_where_they_differ(mine: str, shown: list[str]) -> None:
    with pytest.raises(TreeMoved) as error:
        planned(desk(Accept(block=THIRD)), text(mine))
    lines = [line.strip() for line in error.value.message.splitlines()]
    assert [one in lines for one in shown] == [True, True], error.value.message


def test_a_decision_on_an_unknown_or_landed_block_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no block nope"):
        desk().decide(Accept(block="nope"))
    with pytest.raises(UsageError, match="has landed already"):
        desk(Accept(block=THIRD), landed=frozenset({THIRD})).decide(Reject(block=THIRD))


def test_the_open_blocks_and_those_to_land() -> None:
    one = desk(Accept(block=THIRD))
    assert ([b.id for b in one.open], [b.id for b in one.to_land]) == ([FIFTEENTH], [THIRD])
    assert desk(Accept(block=THIRD), landed=frozenset({THIRD})).to_land == ()


def land(top: Path, store: Path, file: Planned) -> Landing:
    put(top, file.path, file.before)
    landing = store_images(store, [file], "l", "job")
    write(top, [file])
    return landing


def taken_back(top: Path, store: Path, landing: Landing, *, keep_edits: bool = True) -> Image:
    write(top, reverse(kept(store, landing), lambda path: look(top, path), keep_edits=keep_edits))
    return now(top, landing.files[0].path)


def test_undo_keeps_what_was_written_elsewhere_since(top: Path, store: Path) -> None:
    landing = land(top, store, Planned(path="a.py", before=text(LINES), after=text(HEAD)))
    put(top, "a.py", text(HEAD.replace("line 9\n", "my line 9\n"), "100755"))
    with pytest.raises(TreeMoved, match=r"edited since it landed: a\.py; nothing was written") as error:
        taken_back(top, store, landing, keep_edits=False)
    assert "`swe-agent undo --merge`" in error.value.hint
    assert taken_back(top, store, landing) == text(LINES.replace("line 9\n", "my line 9\n"), "100755")


def test_undo_of_what_is_undone_already_does_nothing(top: Path, store: Path) -> None:
    landing = land(top, store, Planned(path="a.py", before=text(LINES), after=text(HEAD)))
    put(top, "a.py", text(LINES))
    assert reverse(kept(store, landing), lambda path: look(top, path), keep_edits=False) == ()


@pytest.mark.parametrize(
    ("before", "after", "since"),
    [
        (text(LINES), text(HEAD), text(HEAD.replace("LINE 3\n", "my line 3\n"))),
        (text(LINES), text(HEAD), None),
        (text(LINES), text(HEAD), link("elsewhere")),
        (None, text("new\n"), text("new\nand more\n")),
        (text("old\n"), None, text("made again\n")),
        (link("a"), link("b"), link("c")),
        (text("#!\n"), text("#!\n", "100755"), link("elsewhere")),
        (text("b"), link("b"), text("c")),
    ],
)
def test_undo_refuses_where_the_same_place_was_changed(
    top: Path, store: Path, before: Image, after: Image, since: Image
) -> None:
    landing = land(top, store, Planned(path="a.py", before=before, after=after))
    put(top, "a.py", since)
    with pytest.raises(TreeMoved, match="since it landed"):
        taken_back(top, store, landing)
    assert now(top, "a.py") == since


def test_an_undo_names_every_file_that_was_edited_and_what_can_be_done(top: Path, store: Path) -> None:
    files = [
        Planned(path="a.py", before=text(LINES), after=text(HEAD)),
        Planned(path="b.py", before=text(LINES), after=text(HEAD)),
        Planned(path="new.py", before=None, after=text("new\n")),
    ]
    lay_out(top, tuple(files))
    landing = store_images(store, files, "l", "job")
    write(top, files)
    put(top, "a.py", text(HEAD.replace("line 9\n", "my line 9\n")))
    put(top, "b.py", text(HEAD.replace("LINE 3\n", "my line 3\n")))
    put(top, "new.py", text("new\nand more\n"))
    with pytest.raises(TreeMoved) as error:
        taken_back(top, store, landing, keep_edits=False)
    assert error.value.message == (
        "b.py was edited since it landed, in the same place; nothing was written\n"
        "  line 4, yours:\n    my line 3\n  line 4, before it landed:\n    line 3\n"
        "also new.py was edited since it landed\n"
        "also a.py was edited since it landed, elsewhere"
    )
    assert error.value.hint == (
        "move your copy of new.py away, undo, and put it back; take your own change of b.py out there first; "
        "`swe-agent undo --merge` keeps what you have edited elsewhere"
    )
    put(top, "new.py", None)
    put(top, "b.py", text(HEAD))
    assert taken_back(top, store, landing) == text(LINES.replace("line 9\n", "my line 9\n"))


def test_an_image_is_kept_once_and_under_its_hash(store: Path) -> None:
    files = [replace(PLANNED[0], path=name) for name in ("a", "b")]
    landing = store_images(store, files, "l", "job")
    entries = {entry.id for file in landing.files for entry in (file.before, file.after) if entry}
    assert (
        entries
        == {path.name for path in store.iterdir()}
        == {sha256(data).hexdigest() for data in (b"one\n", b"two\n")}
    )


def test_what_is_kept_of_a_landing_is_for_its_owner_alone(top: Path, tmp_path: Path) -> None:
    store = tmp_path / "state" / "landings" / "one"
    (tmp_path / "state").mkdir()
    old = os.umask(0)
    try:
        mark(store, top)
        store_images(store, [Planned(path="a", before=text("old\n"), after=text("new\n"))], "one", "job")
    finally:
        os.umask(old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.iterdir()}
    assert (len(modes), set(modes.values())) == (3, {0o600})
    assert [stat.S_IMODE(path.stat().st_mode) for path in (store, store.parent)] == [0o700, 0o700]


# ---- a file that is moved

MOVED = diff_file("b.py", CHANGE.old, CHANGE.new, BLOBS["b"], BLOBS["h"], "a.py")
MOVE, M3, M15 = (block.id for block in MOVED.blocks)
OLD, THREE = text(LINES), text(LINES.replace("line 3\n", "LINE 3\n"))
MINE = text(LINES.replace("line 9\n", "my own\n"))
BOTH = text(LINES.replace("line 9\n", "my own\n").replace("line 3\n", "LINE 3\n"))


@pytest.mark.parametrize(
    ("taken", "landed_before", "there", "files"),
    [
        ([MOVE, M3, M15], [], {"a.py": OLD}, {"a.py": None, "b.py": text(HEAD)}),
        ([MOVE], [], {"a.py": OLD}, {"a.py": None, "b.py": OLD}),
        ([M3], [], {"a.py": OLD}, {"a.py": THREE}),
        ([MOVE, M3], [], {"a.py": MINE}, {"a.py": None, "b.py": BOTH}),
        ([MOVE, M3], [M3], {"a.py": THREE}, {"a.py": None, "b.py": THREE}),
        ([MOVE, M3], [MOVE], {"b.py": MINE}, {"b.py": BOTH}),
        ([MOVE, M3], [], {"b.py": MINE}, {"b.py": BOTH}),  # whoever works here has moved it too
        ([MOVE], [], {"b.py": OLD}, {}),
    ],
)
def test_a_move_lands_with_its_lines_or_without(
    top: Path, taken: list[str], landed_before: list[str], there: dict[str, Spliced], files: dict[str, Image]
) -> None:
    for path, image in there.items():
        put(top, path, image)
    table = Desk(
        proposal=proposal(MOVED),
        decisions={id_: Accept(block=id_) for id_ in taken},
        landed=frozenset(landed_before),
    )
    found = plan(table, BLOBS.__getitem__, lambda path: look(top, path))
    assert {one.path: one.after for one in found} == files
    write(top, found)
    assert {path: now(top, path) for path in files} == files


def test_a_move_onto_a_file_of_somebody_is_refused(top: Path) -> None:
    put(top, "a.py", OLD)
    put(top, "b.py", MINE)
    table = Desk(proposal=proposal(MOVED), decisions={MOVE: Accept(block=MOVE)})
    with pytest.raises(TreeMoved, match=r"b\.py is there already"):
        plan(table, BLOBS.__getitem__, lambda path: look(top, path))

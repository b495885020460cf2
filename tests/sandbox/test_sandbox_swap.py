"""Exchanging files while somebody else saves them: no byte of theirs is lost, in whatever way they save."""

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import Refused, beneath, swap
from sandbox.swap import Image, Surprised

OLD, NEW, THEIRS = Image(b"old\n"), Image(b"new\n"), Image(b"theirs\n")
POINTER = Image(b"there", link=True)
IMAGES = {"nothing": None, "a file": OLD, "another": NEW, "empty": Image(b""), "a link": POINTER}


def lay(path: Path, image: Image | None) -> None:
    path.unlink(missing_ok=True)
    if image is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if image.link:
        path.symlink_to(os.fsdecode(image.data))
    else:
        path.write_bytes(image.data)


def there(path: Path) -> Image | None:
    if path.is_symlink():
        return Image(os.fsencode(path.readlink()), link=True)
    return Image(path.read_bytes()) if path.exists() else None


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize("wanted", IMAGES)
@pytest.mark.parametrize("before", IMAGES)
def test_from_any_state_to_any_other(tmp_path: Path, before: str, wanted: str) -> None:
    path = tmp_path / "f"
    lay(path, IMAGES[before])
    swap.swap(tmp_path, "f", IMAGES[before], IMAGES[wanted])
    assert there(path) == IMAGES[wanted]
    assert names(tmp_path) == ([] if IMAGES[wanted] is None else ["f"])


@pytest.mark.parametrize("wanted", IMAGES)
@pytest.mark.parametrize("found", [None, THEIRS, Image(b"elsewhere", link=True)])
@pytest.mark.parametrize("expected", IMAGES)
def test_what_was_not_expected_stays_as_it_is(tmp_path: Path, expected: str, found: Image | None, wanted: str) -> None:
    if IMAGES[expected] == found:
        return
    path = tmp_path / "f"
    lay(path, found)
    with pytest.raises(Surprised) as error:
        swap.swap(tmp_path, "f", IMAGES[expected], IMAGES[wanted])
    assert (there(path), error.value.kept) == (found, ())
    assert names(tmp_path) == ([] if found is None else ["f"])


def test_a_folder_in_its_place_stays(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "in it").write_bytes(b"x")
    for wanted in (NEW, None):
        with pytest.raises(Surprised):
            swap.swap(tmp_path, "f", OLD, wanted)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["f", "f/in it"]


def test_permissions_of_a_new_file_are_given_or_those_of_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        swap.swap(tmp_path, "a", None, NEW)
        swap.swap(tmp_path, "b", None, NEW, 0o755)
    finally:
        os.umask(old)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"] == [0o640, 0o755]


@pytest.mark.parametrize("rel", ["../x", "/etc/x", "a/../x", "", ".git/config", "git~1/x", "link/x"])
def test_no_name_leads_out(tmp_path: Path, rel: str) -> None:
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "link").symlink_to(tmp_path)
    with pytest.raises(Refused):
        swap.swap(tmp_path / "top", rel, None, NEW)
    assert names(tmp_path) == ["top"]


def test_making_a_file_is_won_by_one(tmp_path: Path) -> None:
    won = []

    def make(number: int) -> None:
        try:
            swap.swap(tmp_path, "deep/er/file", None, Image(b"%d" % number))
            won.append(number)
        except Surprised:
            pass

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert (tmp_path / "deep/er/file").read_bytes() == b"%d" % won[0]
    assert names(tmp_path / "deep/er") == ["file"]


# ---- a program that has the file open


def saving(path: Path, seconds: float) -> threading.Thread:
    """Opened for writing at once, saved in place a while later."""
    file = path.open("r+b")

    def save() -> None:
        time.sleep(seconds)
        file.seek(0)
        file.write(THEIRS.data)
        file.close()

    thread = threading.Thread(target=save)
    thread.start()
    return thread


@pytest.mark.parametrize("wanted", [NEW, None, POINTER])
def test_who_has_the_file_open_is_waited_for_and_keeps_what_they_save(tmp_path: Path, wanted: Image | None) -> None:
    lay(tmp_path / "f", OLD)
    saver = saving(tmp_path / "f", 0.2)
    with pytest.raises(Surprised) as error:
        swap.swap(tmp_path, "f", OLD, wanted)
    saver.join()
    assert (there(tmp_path / "f"), error.value.kept, names(tmp_path)) == (THEIRS, (), ["f"])


def test_who_does_not_close_it_goes_on_writing_into_their_own_file(tmp_path: Path) -> None:
    lay(tmp_path / "f", OLD)
    with (tmp_path / "f").open("ab") as log:
        with pytest.raises(Surprised):
            swap.swap(tmp_path, "f", OLD, NEW)
        log.write(b"more\n")
    assert (tmp_path / "f").read_bytes() == b"old\nmore\n"


def test_who_only_reads_is_in_nobodys_way(tmp_path: Path) -> None:
    lay(tmp_path / "f", OLD)
    with (tmp_path / "f").open("rb") as reader:
        swap.swap(tmp_path, "f", OLD, NEW)
        assert reader.read() == OLD.data
    assert there(tmp_path / "f") == NEW


# ---- what a killed process leaves


def aside(folder: Path, name: str, image: Image) -> Path:
    """What lies beside while two exchange their names."""
    path = folder / f"{swap.aside_of(name)}0123"
    lay(path, image)
    return path


def test_contents_that_are_kept_elsewhere_go(tmp_path: Path) -> None:
    for left in (OLD, NEW, POINTER):
        lay(tmp_path / "f", NEW)
        aside(tmp_path, "f", left)
        (tmp_path / ".~sandbox-half").write_bytes(b"ne")
        assert swap.settle(tmp_path, "f", [OLD, NEW, POINTER]) == ()
        assert (there(tmp_path / "f"), names(tmp_path)) == (NEW, ["f"])


@pytest.mark.parametrize("ours", [NEW, OLD, None])
def test_what_is_somebodys_goes_back(tmp_path: Path, ours: Image | None) -> None:
    lay(tmp_path / "f", ours)
    aside(tmp_path, "f", THEIRS)
    assert swap.settle(tmp_path, "f", [OLD, NEW]) == ()
    assert (there(tmp_path / "f"), names(tmp_path)) == (THEIRS, ["f"])


def test_what_is_somebodys_is_kept_beside_what_they_saved_since(tmp_path: Path) -> None:
    name = "d/" + "é" * 120
    lay(tmp_path / name, Image(b"newer\n"))
    aside(tmp_path / "d", "é" * 120, THEIRS)
    (kept,) = swap.settle(tmp_path, name, [OLD, NEW])
    assert (there(tmp_path / name), there(tmp_path / kept)) == (Image(b"newer\n"), THEIRS)
    assert len(names(tmp_path / "d")) == 2
    assert ".kept-" in kept


def test_what_belongs_to_another_file_is_not_touched(tmp_path: Path) -> None:
    left = aside(tmp_path, "g", THEIRS)
    lay(tmp_path / "f", NEW)
    assert swap.settle(tmp_path, "f", [OLD, NEW]) == ()
    assert there(left) == THEIRS
    assert swap.settle(tmp_path, "not/there", [OLD]) == ()


# ---- file systems that cannot exchange


Step = Callable[[int, str, str], None]


@pytest.mark.parametrize("steps", [False, True])
def test_by_steps_it_comes_to_the_same(tmp_path: Path, steps: bool) -> None:
    exchange: Step = beneath.exchange_by_steps if steps else beneath.exchange
    rename: Step = beneath.rename_by_steps if steps else beneath.rename
    parent = os.open(tmp_path, os.O_RDONLY)
    try:
        lay(tmp_path / "a", OLD)
        lay(tmp_path / "b", POINTER)
        exchange(parent, "a", "b")
        assert (there(tmp_path / "a"), there(tmp_path / "b")) == (POINTER, OLD)
        with pytest.raises(FileExistsError):
            rename(parent, "a", "b")
        rename(parent, "a", "c")
        assert (there(tmp_path / "c"), there(tmp_path / "b")) == (POINTER, OLD)
        for other in ("none", "nothing"):
            with pytest.raises(FileNotFoundError):
                exchange(parent, "b", other)
        with pytest.raises(FileNotFoundError):
            rename(parent, "none", "d")
    finally:
        os.close(parent)
    assert names(tmp_path) == ["b", "c"]

"""The quick way out and the kept packs: they may only ever be faster, never different."""

import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox_support import FILES, Maker, fingerprint, git, make_repo

from sandbox import Box, Workspace, basepack

Act = Callable[[Path, random.Random], None]


def some(tree: Path, dice: random.Random, kind: Callable[[Path], bool]) -> Path | None:
    found = sorted(path for path in tree.rglob("*") if kind(path) and path.name != ".git")
    return dice.choice(found) if found else None


def write(tree: Path, dice: random.Random) -> None:
    folder = some(tree, dice, lambda path: path.is_dir() and not path.is_symlink()) or tree
    names = ["a.py", "b.log", "c", "HEAD", ".gitignore", "é\udcff"]
    place = folder / dice.choice(names)
    if not place.is_dir():
        place.write_text(f"{dice.random()}\n")


def make_folder(tree: Path, dice: random.Random) -> None:
    folder = some(tree, dice, lambda path: path.is_dir() and not path.is_symlink()) or tree
    place = folder / dice.choice(["deep", "build", "objects", "refs"])
    if not os.path.lexists(place):
        place.mkdir()
        (place / "inside").write_text(f"{dice.random()}\n")


def remove(tree: Path, dice: random.Random) -> None:
    if place := some(tree, dice, lambda _: True):
        shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink()


def exchange(tree: Path, dice: random.Random) -> None:
    """A file becomes a directory, a directory a link, a link a file."""
    place = some(tree, dice, lambda _: True)
    if place is None:
        return
    if place.is_symlink():
        place.unlink()
        place.write_text("was a link\n")
    elif place.is_dir():
        shutil.rmtree(place)
        place.symlink_to(tree)
    else:
        place.unlink()
        place.mkdir()
        (place / "inside").write_text("x\n")


def move(tree: Path, dice: random.Random) -> None:
    place = some(tree, dice, lambda _: True)
    if place is not None and not os.path.lexists(beside := place.with_name(dice.choice(["moved", "moved.log"]))):
        place.rename(beside)


def nest(tree: Path, dice: random.Random) -> None:
    """A repository appears where there was none."""
    folder = some(tree, dice, lambda path: path.is_dir() and not path.is_symlink())
    if folder is not None and not os.path.lexists(folder / ".git"):
        git(folder, "init", "-q")
        git(folder, "-c", "user.name=x", "commit", "-q", "--allow-empty", "-m", "x")


def wait(_tree: Path, _dice: random.Random) -> None:
    time.sleep(0.12)  # until time stamps of directories are trusted


ACTS: list[Act] = [write, write, write, make_folder, remove, exchange, move, nest, wait]


@pytest.mark.parametrize("seed", range(12))
def test_a_workspace_that_remembers_sees_what_a_fresh_one_sees(repo: Path, make: Maker, seed: int) -> None:
    dice = random.Random(seed)
    space = make(repo)
    for _ in range(6):
        for _ in range(dice.randint(1, 4)):
            dice.choice(ACTS)(space.tree, dice)
        out = space.extract()
        fresh = make(repo)
        shutil.rmtree(fresh.tree)
        shutil.copytree(space.tree, fresh.tree, symlinks=True)
        again = fresh.extract()
        kept = tuple(name for name in out.left_out if not name.endswith(".git"))
        assert (again.tree, again.left_out) == (out.tree, kept)


def test_a_file_that_comes_and_goes_and_comes_again(make: Maker, repo: Path) -> None:
    space = make(repo)
    seen = []
    for content in ("one", None, "two", None, None, "three"):
        time.sleep(0.12)
        place = space.tree / "pkg/new/file.txt"
        if content is None:
            shutil.rmtree(place.parent, ignore_errors=True)
        else:
            place.parent.mkdir()
            place.write_text(content)
        files = space.box.list_tree(space.extract().tree)
        entry = files.get("pkg/new/file.txt")
        seen.append(None if entry is None else space.box.blob(entry.id).decode())
    assert seen == ["one", None, "two", None, None, "three"]


# --- kept packs ---


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.glob("*/pack-*"))


def made(repo: Path, at: Path, cache: Path) -> Workspace:
    return Workspace.create(Box.create(repo, at, cache=cache), git(repo, "rev-parse", "HEAD"), checkout=repo)


def test_the_second_box_owns_its_base_and_survives_the_users_gc(repo: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = made(repo, tmp_path / "one", cache)
    first.close()
    assert len(kept(cache)) == 2
    second = made(repo, tmp_path / "two", cache)
    second.destroy()
    assert len(kept(cache)) == 2
    shutil.rmtree(repo)
    shutil.rmtree(cache)
    box = Box.open(tmp_path / "two")
    files = box.list_tree(first.commit)
    assert set(files) == set(FILES)
    contents = {one if isinstance(one, bytes) else one.encode() for one in FILES.values()}
    assert set(box.blobs(entry.id for entry in files.values()).values()) == contents


def test_a_pack_is_made_anew_when_it_lacks_much_and_never_leaves_its_repository(repo: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    made(repo, tmp_path / "one", cache).close()
    before = kept(cache)
    other = make_repo(tmp_path / "other", {"secret.txt": "theirs\n"})
    space = made(other, tmp_path / "theirs", cache)
    assert not list(space.box.packs.iterdir()) or kept(cache) == before  # nothing of the first repository
    space.close()
    assert len(kept(cache)) == 4
    for number in range(20):
        (repo / f"more-{number}").write_text(f"{number}\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "more")
    made(repo, tmp_path / "three", cache).close()
    assert len(kept(cache)) == 4
    assert not set(before) & set(kept(cache))


def test_boxes_at_once_make_one_pack(repo: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    spaces: list[Workspace] = []
    threads = [
        threading.Thread(target=lambda n=n: spaces.append(made(repo, tmp_path / f"box {n}", cache))) for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for space in spaces:
        assert space.extract().tree == space.box.tree_of(space.commit)
        space.close()
    assert len(kept(cache)) == 2


def test_a_cache_that_cannot_be_used_costs_only_time(repo: Path, tmp_path: Path) -> None:
    place = basepack.place(tmp_path / "cache", repo / ".git")
    place.mkdir(parents=True)
    (place / "pack-1234.idx").write_bytes(b"not an index")
    (place / "pack-1234.pack").write_bytes(b"not a pack")
    before = fingerprint(repo)
    space = made(repo, tmp_path / "one", tmp_path / "cache")
    space.write("app.py", b"value = 2\n")
    assert [change.path for change in space.box.diff(space.commit, space.extract().tree)] == ["app.py"]
    space.destroy()
    assert fingerprint(repo) == before


def test_packs_that_nobody_borrows_are_removed(repo: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    made(repo, tmp_path / "one", cache).close()
    assert basepack.gc(cache, unused_s=3600) == ()
    (place,) = cache.iterdir()
    os.utime(place, (1, 1))
    assert basepack.gc(cache, unused_s=3600) == (place.name,)
    assert list(cache.iterdir()) == []
    assert basepack.gc(tmp_path / "none", unused_s=1) == ()

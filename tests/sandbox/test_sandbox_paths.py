"""No path leaves its root, and every change of a file is all or nothing."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import Refused, beneath, paths
from sandbox.linux import files

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

names = st.text(
    alphabet=st.characters(exclude_characters="/\0", exclude_categories=()), min_size=1, max_size=12
).filter(lambda name: len(os.fsencode(name)) < 200 if _encodes(name) else False)


def _encodes(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


@SETTINGS
@given(st.lists(st.one_of(st.sampled_from(["..", ".", "", ".git", ".GIT", "git~1", "a", "link"]), names), max_size=4))
def test_whatever_is_written_lies_beneath_the_root(tmp_path: Path, parts: list[str]) -> None:
    root = tmp_path / "root"
    outside = tmp_path / "outside"
    root.mkdir(exist_ok=True)
    outside.mkdir(exist_ok=True)
    if not (root / "link").is_symlink():
        (root / "link").symlink_to(outside)
    with contextlib.suppress(Refused, IsADirectoryError):
        paths.write_beneath(root, "/".join(parts), b"x")
    assert list(outside.iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["outside", "root"]
    assert not any(name.name.lower() == ".git" for name in root.rglob("*"))


@SETTINGS
@given(
    st.lists(names.filter(lambda n: n not in (".", "..") and not paths.is_git_name(n)), min_size=1, max_size=3),
    st.binary(),
)
def test_what_was_written_is_read_back_under_any_name(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], data: bytes
) -> None:
    root = tmp_path_factory.mktemp("root")
    rel = "/".join(parts)
    paths.write_beneath(root, rel, data)
    assert paths.read_beneath(root, rel) == data
    assert [name for name, _ in paths.list_beneath(root)] == [rel]
    assert paths.remove_beneath(root, rel) == data
    paths.prune_beneath(root, rel)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    "rel",
    ["../x", "/etc/passwd", "a/../../x", "", ".", "a//b", "a/.", ".git/config", "sub/.GiT/hooks/x", "git~1/x",
     ".git./x", ".git /x", ".g\u200cit/x", ".git::$INDEX_ALLOCATION/x", "a\0b"],
)  # fmt: skip
def test_a_name_that_could_lead_out_or_into_git_is_refused(tmp_path: Path, rel: str) -> None:
    for work in (
        lambda: paths.read_beneath(tmp_path, rel),
        lambda: paths.write_beneath(tmp_path, rel, b""),
        lambda: paths.remove_beneath(tmp_path, rel),
        lambda: paths.stat_beneath(tmp_path, rel),
    ):
        with pytest.raises(Refused):
            work()
    assert list(tmp_path.iterdir()) == []


def test_a_link_on_the_way_is_refused_and_a_link_at_the_end_is_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "dir").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    for rel in ("dir/secret", "file"):
        with pytest.raises(Refused):
            paths.read_beneath(root, rel)
        with pytest.raises(Refused):
            paths.write_beneath(root, rel, b"changed")
    with pytest.raises(Refused):
        paths.remove_beneath(root, "dir/secret")
    with pytest.raises(Refused):
        paths.ensure_target(root, "dir/x", directory=True)
    assert (outside / "secret").read_bytes() == b"secret"
    assert paths.readlink_beneath(root, "file") == str(outside / "secret")
    assert paths.remove_beneath(root, "file") == str(outside / "secret").encode()
    assert sorted(entry.name for entry in root.iterdir()) == ["dir"]


STEPS = ["a", "b", "file", "in", "out", "dangling", "none", "..", ".", ""]


@SETTINGS
@given(
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=4),
    st.sampled_from([os.O_RDONLY, os.O_RDONLY | os.O_DIRECTORY, os.O_RDWR]),
)
def test_to_open_by_steps_comes_to_the_same_as_openat2(tmp_path: Path, parts: list[str], flags: int) -> None:
    root = tmp_path / "root"
    if not root.exists():
        (root / "a/b/a").mkdir(parents=True)
        for folder in (root, root / "a", root / "a/b"):
            (folder / "file").write_text(str(folder))
            (folder / "in").symlink_to(root / "a")
            (folder / "out").symlink_to(tmp_path)
            (folder / "dangling").symlink_to("nowhere")

    def opened(way: Callable[[int, str, int], int]) -> object:
        here = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            handle = way(here, "/".join(parts), flags)
        except OSError as error:
            return "refused" if error.errno in (errno.ELOOP, errno.EXDEV) else error.errno
        finally:
            os.close(here)
        found = os.fstat(handle)
        os.close(handle)
        return found.st_ino

    plain = not {"", ".", ".."} & set(parts)  # which `paths` never asks for
    assert opened(beneath.open_by_steps) == (opened(files.open_beneath) if plain else "refused")


def test_modes_and_content(tmp_path: Path) -> None:
    paths.write_beneath(tmp_path, "a/b/run.sh", b"1", 0o755)
    paths.write_beneath(tmp_path, "a/b/run.sh", b"2")
    assert stat.S_IMODE((tmp_path / "a/b/run.sh").stat().st_mode) == 0o755
    paths.write_beneath(tmp_path, "a/b/run.sh", b"3", 0o644)
    assert stat.S_IMODE((tmp_path / "a/b/run.sh").stat().st_mode) == 0o644
    assert paths.read_beneath(tmp_path, "a/b/run.sh") == b"3"
    assert paths.remove_beneath(tmp_path, "a/none") is None
    assert paths.remove_beneath(tmp_path, "none/none") is None
    assert paths.stat_beneath(tmp_path, "none/none") is None
    assert sorted(p.name for p in (tmp_path / "a/b").iterdir()) == ["run.sh"]


def test_a_directory_or_a_pipe_is_not_taken_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir/file").touch()
    os.mkfifo(tmp_path / "pipe")
    for rel in ("dir", "pipe"):
        with pytest.raises((Refused, IsADirectoryError)):
            paths.read_beneath(tmp_path, rel)
        with pytest.raises((Refused, IsADirectoryError)):
            paths.remove_beneath(tmp_path, rel)
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")) == ["dir", "dir/file", "pipe"]


def test_a_mount_target_is_made_once_and_checked(tmp_path: Path) -> None:
    paths.ensure_target(tmp_path, ".git", directory=False)
    paths.ensure_target(tmp_path, ".git", directory=False)
    paths.ensure_target(tmp_path, "a/node_modules", directory=True)
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(Refused):
        paths.ensure_target(tmp_path, "link", directory=False)
    assert (tmp_path / "a/node_modules").is_dir()

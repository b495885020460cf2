"""Which file that is gone is which new one, with git's own rename detection beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.diff import FileEntry
from swe_agent.core.moves import Lone, moves
from swe_agent.testing.repository import RepoBuilder


def lone(text: str, mode: str = "100644") -> Lone:
    return Lone(entry=FileEntry(mode=mode, id=str(hash((text, mode)))), data=text.encode())


LONG = "".join(f"def function_{n}():\n    return {n}\n" for n in range(30))
OTHER = "".join(f"class Class{n}:\n    name = {n!r}\n" for n in range(30))


@pytest.mark.parametrize(
    ("gone", "new"),
    [
        ({"a.py": LONG}, {"b.py": LONG}),
        ({"a.py": LONG}, {"b.py": LONG.replace("return 3\n", "return 33\n")}),
        ({"a.py": LONG, "c.py": OTHER}, {"d.py": OTHER, "e/a.py": LONG}),
        ({"a.py": LONG}, {"b.py": OTHER}),
        ({"a.py": LONG}, {"x/c.py": LONG, "x/a.py": LONG}),
        ({"a.py": LONG, "b/a.py": LONG}, {"c.py": LONG}),
        ({"a.py": "x = 1\n"}, {"b.py": "y = 2\n"}),
        ({"a.bin": "\0one"}, {"b.bin": "\0one"}),
    ],
)
def test_as_git_finds_them(tmp_path: Path, gone: dict[str, str], new: dict[str, str]) -> None:
    repo = RepoBuilder(tmp_path / "repo")
    repo.commit("before", {"kept.txt": "kept\n", **gone})
    repo.commit("after", {**dict.fromkeys(gone), **new})
    raw = repo.git("diff", "--raw", "-z", "-M50%", "-l0", "HEAD~", "HEAD").split("\0")
    renamed = {raw[at + 2]: raw[at + 1] for at, part in enumerate(raw) if part.startswith(":") and " R" in part}
    found = moves({path: lone(text) for path, text in gone.items()}, {path: lone(text) for path, text in new.items()})
    assert found.keys() == renamed.keys() or len(gone) != len(new)  # of equals git may choose another
    assert {gone[old] for old in found.values()} == {gone[old] for old in renamed.values()}


def test_empty_files_and_links_are_moved_nowhere() -> None:
    assert moves({"a": lone("")}, {"b": lone("")}) == {}
    assert moves({"a": lone("there", "120000")}, {"b": lone("there", "120000")}) == {}


files = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([LONG, OTHER, LONG + OTHER, "x\n", ""]).map(lone))


@given(files, files)
def test_each_file_is_moved_once_and_equal_ones_are_found(gone: dict[str, Lone], new: dict[str, Lone]) -> None:
    new = {path.upper(): one for path, one in new.items()}
    found = moves(gone, new)
    assert found == moves(dict(reversed(gone.items())), dict(reversed(new.items())))
    assert found.keys() <= new.keys()
    assert len(set(found.values())) == len(found)
    left = {one.entry.id for path, one in gone.items() if path not in found.values() and one.data}
    assert not left & {one.entry.id for path, one in new.items() if path not in found and one.data}

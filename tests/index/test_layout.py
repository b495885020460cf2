"""Where files stand among the segments is kept by what the files are, and what is damaged is nothing."""

from __future__ import annotations

import sqlite3
from array import array
from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from indexes import indexed

from swe_agent.index.index import WORTH_KEEPING
from swe_agent.index.layout import Layout, key_of, pack, unpack
from swe_agent.index.store import Store

FILES = {f"pkg/part{n}.py": f"def work{n}():\n    return {n}\n" for n in range(WORTH_KEEPING + 3)}


@given(st.lists(st.text("ab", min_size=1), min_size=1, unique=True), st.data())
def test_a_layout_is_read_back(names: list[str], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.tuples(st.integers(0, len(names) - 1), st.integers(0, 2**32 - 1)), max_size=9))
    laid = Layout(tuple(names), array("I", [s for s, _ in places]), array("I", [d for _, d in places]))
    assert unpack(pack(laid)) == laid


@given(st.binary(max_size=60) | st.just(b"[2]\n" + bytes(16)) | st.just(b'[1, "a"]\n' + bytes(4)))
def test_what_is_damaged_is_none(data: bytes) -> None:
    laid = unpack(data)
    assert laid is None or (
        len(laid.segments) == len(laid.documents) and set(laid.segments) <= set(range(len(laid.names)))
    )


def test_the_key_is_of_paths_and_blobs() -> None:
    keys = [key_of(files) for files in ([("a", "1")], [("a", "2")], [("b", "1")], [("a", "1"), ("b", "2")], [])]
    assert len(set(keys)) == len(keys)


def test_who_asks_again_looks_no_blob_up(tmp_path: Path) -> None:
    def store() -> Store:
        return Store(directory=tmp_path)

    first = indexed(FILES, store())
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as db, db:
        db.execute("DELETE FROM blob")
    again = indexed(FILES, store())
    assert (first.scanned, again.scanned) == (len(FILES), 0)
    assert again.rank("work7") == first.rank("work7")
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as db, db:
        db.execute("UPDATE layout SET data = x'5b5d0a'")
    assert indexed(FILES, store()).scanned == len(FILES)

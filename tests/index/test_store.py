"""What is kept is never stale, never torn, shared by all trees, and makes no difference to any answer."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from indexes import indexed

from swe_agent.core.source import blob_id
from swe_agent.index.index import WORTH_KEEPING, Index, build
from swe_agent.index.scan import scan
from swe_agent.index.segment import BadSegment, Builder, Segment, key_of
from swe_agent.index.store import Store
from swe_agent.index.words import terms_of

MANY = {f"pkg/part{n}.py": f"def work{n}(total):\n    return helper{n % 7}(total)\n" for n in range(WORTH_KEEPING + 8)}
TASK = "work3 returns the wrong total"


def store(folder: Path, today: int = 1) -> Store:
    return Store(directory=folder, today=today)


def answers(index: Index) -> object:
    return (
        [(one.path, round(one.score, 6), one.why) for one in index.rank(TASK)],
        index.symbols_named("work3"),
        index.definitions,
    )


def test_a_second_look_reads_nothing(tmp_path: Path) -> None:
    cold = indexed(MANY, store(tmp_path))
    assert cold.scanned == len(MANY)

    def refuse(paths: object) -> list[bytes]:
        raise AssertionError(f"{paths} were read")

    warm = build([(path, blob_id(text.encode())) for path, text in MANY.items()], refuse, store=store(tmp_path))
    assert (warm.scanned, warm.definitions) == (0, cold.definitions)


def test_trees_share_what_they_have_in_common_whatever_the_paths(tmp_path: Path) -> None:
    indexed(MANY, store(tmp_path))
    moved = {f"elsewhere/{path}": text for path, text in MANY.items()} | {"new.py": "def fresh(): pass\n"}
    assert indexed(moved, store(tmp_path)).scanned == 1


def test_the_same_bytes_in_another_language_are_another_record(tmp_path: Path) -> None:
    indexed(MANY, store(tmp_path))
    renamed = {path.replace(".py", ".txt"): text for path, text in MANY.items()}
    other = indexed(renamed, store(tmp_path))
    assert (other.scanned, other.definitions) == (len(MANY), 0)


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 400, None, b"other"])
@pytest.mark.parametrize("which", ["*.seg", "catalog.db"])
def test_what_is_damaged_is_made_again(tmp_path: Path, damage: bytes | None, which: str) -> None:
    first = store(tmp_path)
    before = answers(indexed(MANY, first))
    first.close()
    for path in tmp_path.glob(which):
        data = path.read_bytes()
        path.write_bytes(
            data[: len(data) // 2]
            if damage is None
            else data[:300] + b"#" + data[301:]
            if damage == b"other"
            else damage
        )
    assert answers(indexed(MANY, store(tmp_path))) == before
    assert answers(indexed(MANY, store(tmp_path))) == before
    assert indexed(MANY, store(tmp_path)).scanned in (0, len(MANY))


@pytest.mark.parametrize("place", ["in the way", "closed"])
def test_a_place_that_cannot_be_written_costs_only_speed(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "file" / "cache"
    if place == "in the way":
        (tmp_path / "file").write_text("")
    else:
        folder.mkdir(parents=True)
        (folder / "catalog.db").mkdir()
    assert answers(indexed(MANY, store(folder))) == answers(indexed(MANY))


def test_writers_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: answers(indexed(MANY, store(tmp_path))), range(8)))
    assert all(one == found[0] for one in found)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


PROGRAM = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[1:3]
from index.test_store import MANY, indexed, store
print("begun", flush=True)
for n in range(10_000):
    indexed({f"{n}/{path}": text + f"# {n}\\n" for path, text in MANY.items()}, store(Path(sys.argv[3])))
"""


def test_killed_while_writing_it_is_whole(tmp_path: Path) -> None:
    top = Path(__file__).parents[2]
    for pause in (0.0, 0.02, 0.05, 0.1, 0.2, 0.4):
        argv = [sys.executable, "-c", PROGRAM, str(top), str(top / "tests"), str(tmp_path)]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
        assert answers(indexed(MANY, store(tmp_path))) == answers(indexed(MANY))
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as db, db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_oldest_goes_first_where_there_is_too_much(tmp_path: Path) -> None:
    def of(day: int) -> dict[str, str]:
        return {path: "".join(f"def {path[4:-3]}_{day}_{n}(): pass\n" for n in range(60)) for path in MANY}

    for day in range(1, 6):
        indexed(of(day), store(tmp_path, day)).complete()
    whole = store(tmp_path, 9).size()
    store(tmp_path, 9).prune(whole.bytes // 2)
    assert store(tmp_path, 9).size().bytes <= whole.bytes // 2
    assert (indexed(of(5), store(tmp_path, 9)).scanned, indexed(of(1), store(tmp_path, 9)).scanned) == (0, len(MANY))


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    indexed(MANY, store(folder))
    (folder / "0123.seg").write_bytes(b"nobody knows it")
    (folder / ".partial-x").write_bytes(b"half")
    store(folder).prune()
    assert sorted(path.suffix for path in folder.iterdir() if not path.name.startswith("catalog")) == [".seg"]
    assert indexed(MANY, store(folder)).scanned == 0


def test_clear_removes_everything_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "mine").write_text("not ours")
    indexed(MANY, store(folder)).complete()
    store(folder).clear()
    assert [path.name for path in folder.iterdir()] == ["mine"]


def test_another_format_is_made_anew(tmp_path: Path) -> None:
    indexed(MANY, store(tmp_path))
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as db, db:
        db.execute("PRAGMA user_version = 999")
        db.execute("DROP TABLE outline")
    index = indexed(MANY, store(tmp_path))
    assert (index.scanned, index.complete().symbols) == (len(MANY), len(MANY))


NAMES = st.sampled_from(
    [f"{folder}{name}" for folder in ("", "a/", "a/b/") for name in ("x.py", "y.py", "z.js", "t.md")]
)
TEXTS = st.sampled_from(
    [
        "",
        "def one(): pass\n",
        "def two(total):\n    return one()\n",
        "class Three:\n    def one(self): ...\n",
        "words total\n",
    ]
)
EDITS = st.lists(st.tuples(NAMES, st.none() | TEXTS), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_incremental_equals_cold(tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str | None]]) -> None:
    kept = store(tmp_path_factory.mktemp("store"))
    files: dict[str, str] = {"a/base.py": "from a.b import x\n\ndef base(total): return total\n", **MANY}
    indexed(files, kept)
    for path, text in edits:
        files.pop(path, None)
        if text is not None:
            files[path] = text
        warm, cold = indexed(files, kept), indexed(files)
        assert [(o.path, o.why) for o in warm.rank("one two total")] == [
            (o.path, o.why) for o in cold.rank("one two total")
        ]
        assert warm.outlines(warm.paths) == cold.outlines(cold.paths)
        assert warm.languages == cold.languages


@settings(max_examples=60, deadline=None)
@given(edits=EDITS)
def test_told_of_an_edit_it_answers_as_if_built_anew(edits: list[tuple[str, str | None]]) -> None:
    files: dict[str, str] = {"a/base.py": "from a.b import x\n\ndef base(total): return total\n", "z/w.py": "one = 1\n"}
    index = indexed(files)
    for path, text in edits:
        index = index.edited({path: None if text is None else text.encode()})
        files.pop(path, None)
        if text is not None:
            files[path] = text
        cold = indexed(files)
        assert index.paths == cold.paths
        assert [(o.path, o.why) for o in index.rank("one two total")] == [
            (o.path, o.why) for o in cold.rank("one two total")
        ]
        assert index.outlines(index.paths) == cold.outlines(cold.paths)
        assert index.symbols_named("one") == cold.symbols_named("one")


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=2_000))
def test_any_bytes_are_refused_as_a_segment(data: bytes) -> None:
    with pytest.raises(BadSegment):
        Segment.of(memoryview(data))


@settings(max_examples=60, deadline=None)
@given(files=st.dictionaries(NAMES, st.text(max_size=200) | TEXTS, min_size=1, max_size=6))
def test_a_segment_says_what_was_put_in(files: dict[str, str]) -> None:
    builder = Builder()
    scanned = {path: scan(path, text.encode("utf-8", "replace")) for path, text in sorted(files.items())}
    for path, one in scanned.items():
        builder.add(key_of(path, "0" * 40), one)
    segment = Segment.of(memoryview(builder.data()))
    for document, one in enumerate(scanned.values()):
        pieces = list(segment.pieces(document))
        assert [segment.lines[piece] for piece in pieces] == [piece.line for piece in one.pieces]
        assert segment.defined(document) == [piece.name for piece in one.pieces]
        assert segment.imports(document) == [(module, list(names)) for module, names in one.imports]
        for piece, number in zip(one.pieces, pieces, strict=True):
            for name, times in piece.names.items():
                for term in terms_of(name.decode()):
                    found = {value >> 6: value & 63 for value in segment.postings(term)}
                    assert found[number] >= min(times, 63)


def test_after_clear_everything_is_read_again(tmp_path: Path) -> None:
    kept = store(tmp_path)
    first = indexed(MANY, kept)
    kept.clear()
    again = indexed(MANY, kept)
    assert (first.scanned, again.scanned) == (len(MANY), len(MANY))
    assert indexed(MANY, store(tmp_path)).scanned == 0

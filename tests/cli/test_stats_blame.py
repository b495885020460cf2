from __future__ import annotations

from pathlib import Path

from attributing import Written, function
from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def written(tmp_path: Path) -> Program:
    history = Written(tmp_path / "project")
    history.commit({"shop/cart.py": function("person")})
    history.agent("shop/cart.py", function("person") + function("agent"))
    history.commit(message="totals of the agent")
    return Program(history.path)


def test_a_file_line_by_line(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    program = written(tmp_path)
    assert shown(program.run("stats", "blame", "shop"), program.cwd) == snapshot
    found = answer(program, "stats", "blame")
    assert [file["path"] for file in found["files"]] == ["shop/cart.py"]
    person, *agent = found["files"][0]["runs"]
    assert (person["first"], person["last"], person["kind"]) == (1, 5, "human")
    assert {run["kind"] for run in agent} == {"ai"}


def test_a_line_explained(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    program = written(tmp_path)
    assert shown(program.run("stats", "explain", "shop/cart.py:6"), program.cwd) == snapshot
    assert answer(program, "stats", "explain", "shop/cart.py:6")["origin"]["session"] == "s1"


def test_paths_are_those_of_where_it_is_typed(tmp_path: Path) -> None:
    program = written(tmp_path)
    inside = program.run("stats", "blame", "cart.py", "--json", "-C", str(program.cwd / "shop"))
    assert inside.code == 0, inside.stderr
    outside = program.run("stats", "blame", "../other.py")
    assert outside.code == 2
    assert "lies outside" in outside.stderr


def test_what_is_not_there(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    program = written(tmp_path)
    for words in (
        ("blame", "gone.py"),
        ("blame", "--rev", "nowhere"),
        ("explain", "cart.py"),
        ("explain", "shop/cart.py:99"),
    ):
        assert shown(program.run("stats", *words), program.cwd) == snapshot

"""What the repair benchmark takes for a package, for a draw, and for a mutant that is the original again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.harness.mutant_repairs import difference, is_same_code
from benchmarks.harness.mutants import Place, in_turn, parses
from benchmarks.harness.packages import Package, packages
from benchmarks.harness.ranks import statement_lines, tree_of

SOURCE = """\
import os


@cached
def total(
    rows,
):
    if rows:
        found = sum(
            rows,
            0,
        )
    else:
        found = 0
    return found
"""


def package(folder: Path, *paths: str) -> Package:
    for path in paths:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("", "utf-8")
    return Package(name=folder.name, folder=folder)


@pytest.mark.parametrize(
    ("paths", "tests", "modules"),
    [
        (
            ("flat/__init__.py", "flat/a.py", "flat/tests/__init__.py", "flat/tests/test_a.py", "setup.py"),
            ("flat/tests",),
            ("flat/__init__.py", "flat/a.py"),
        ),
        (
            ("src/lib/__init__.py", "src/lib/in/a.py", "tests/test_a.py", "tests/more/test_b.py", "docs/test_c.py"),
            ("tests",),
            ("src/lib/__init__.py", "src/lib/in/a.py"),
        ),
        (("flat.py", "other.py", "test_flat.py"), ("test_flat.py",), ("flat.py",)),
        (("flat/__init__.py", "flat/_version.py"), (), ("flat/__init__.py",)),
    ],
)
def test_a_package_is_its_modules_and_its_outermost_tests(
    tmp_path: Path, paths: tuple[str, ...], tests: tuple[str, ...], modules: tuple[str, ...]
) -> None:
    found = package(tmp_path / "flat", *paths)

    assert (found.tests, found.modules) == (tests, modules)


def test_a_folder_without_tests_is_no_package_of_the_benchmark(tmp_path: Path) -> None:
    package(tmp_path / "with", "with.py", "test_with.py", ".git/config", "__pycache__/with.pyc")
    package(tmp_path / "without", "without/__init__.py")

    found = packages(tmp_path)

    assert [(one.name, sorted(one.files)) for one in found] == [("with", ["pytest.ini", "test_with.py", "with.py"])]


def test_kinds_are_drawn_in_turn_and_modules_within_a_kind_and_the_same_each_time() -> None:
    places = [
        Place(path=path, operator=f"core/{operator}", occurrence=number, line=number)
        for path in ("a.py", "b.py")
        for operator in ("ReplaceBinaryOperator_Add_Sub", "ReplaceBinaryOperator_Add_Mul", "NumberReplacer")
        for number in range(3)
    ]

    queues = in_turn(places, "17 package")

    assert queues == in_turn(places, "17 package")
    assert Counter(place.kind for queue in queues for place in queue) == {"binary operator": 12, "number": 6}
    assert all({one.path for one in queue[:2]} == {"a.py", "b.py"} for queue in queues)
    assert queues != in_turn(places, "18 package")


@pytest.mark.parametrize(
    ("line", "lines"),
    [(1, range(1, 2)), (6, range(5, 8)), (8, range(8, 9)), (10, range(9, 13)), (14, range(14, 15)), (3, range(3, 4))],
)
def test_a_line_belongs_to_the_innermost_statement_without_those_that_it_holds(line: int, lines: range) -> None:
    assert statement_lines(SOURCE, line) == lines


def test_layout_and_notes_are_no_part_of_the_tree() -> None:
    assert tree_of("x = 1  # one\n") == tree_of("x  = (1)\n")
    assert tree_of("x = 1\n") != tree_of("x = 2\n")


@pytest.mark.parametrize(
    ("one", "two", "is_same"),
    [
        ("def f(a, b):\n    return not a in b\n", "def f(a, b):\n\n    return a not in b\n", True),
        ("x = 1 + 1\n", "x = 2\n", True),
        ("def f(a, b):\n    return not a == b\n", "def f(a, b):\n    return a != b\n", False),
        ("x = 1\n", "x = True\n", False),
        ("x = 0.0\n", "x = -0.0\n", False),
        ("x = lambda a: a\n", "x = lambda b: b\n", False),
    ],
)
def test_equal_byte_code_is_the_one_proof_that_is_taken(one: str, two: str, is_same: bool) -> None:
    assert is_same_code(one, two) is is_same


def test_a_mutant_has_to_parse_and_compile() -> None:
    assert parses("x = 1\n")
    assert not parses("x = \n")
    assert not parses("break\n")
    assert not parses("")


def test_a_difference_is_told_without_the_lines_around_it() -> None:
    assert difference("a\nb\nc\n", "a\nB\nc\n") == "@@ -2 +2 @@\n-b\n+B\n"

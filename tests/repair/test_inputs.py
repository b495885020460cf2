"""What edits answer to inputs near those of the tests: alike, otherwise, or nothing that could be compared."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from swe_agent.repair.candidate import Behaviour

from .projects import BY_UNITTEST, Project, project

LIB = dedent(
    """
    import random


    class Node:
        def __init__(self, value, after=None):
            self.value = value
            self.after = after

        def total(self, extra=0):
            return self.value - extra + (self.after.total() if self.after else 0)


    class Slotted:
        __slots__ = ("x",)

        def __init__(self, x):
            self.x = x


    def far(x, y):
        return x - y


    def length(node):
        count = 0
        while node:
            count += 1
            node = node.after
        return count


    def emptied(items):
        items.pop()
        return items


    def slot(slotted):
        return slotted.x


    def drawn(x):
        return x + random.random()


    def read(file):
        return file.name


    def pairs(*items, **named):
        yield from items
        yield named


    def early(x):
        return x


    EARLY = early(1)
    """
)
TEST = dedent(
    """
    import lib


    def test_all(tmp_path):
        assert lib.far(5, 2) == 7
        assert lib.length(lib.Node(1, lib.Node(2))) == 2
        assert lib.Node(1, lib.Node(2)).total(1) == 2
        assert lib.emptied([1, 2, 3]) == [1, 2]
        assert lib.slot(lib.Slotted(3)) == 3
        assert list(lib.pairs(1, 2, a=3)) == [1, 2, {"a": 3}]
        assert lib.early(1) == 1
        lib.drawn(1)
        with (tmp_path / "a").open("w") as file:
            lib.read(file)
    """
)


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Project:
    # Fails at its first assertion, as tests of a fault do; what was called before is known all the same.
    test = TEST.replace("    assert lib.far(5, 2) == 7\n", "")
    test = test.replace("lib.drawn(1)", "lib.drawn(1)\n    lib.far(5, 2)")
    return project(tmp_path_factory.mktemp("lib"), {"lib.py": LIB, "test_lib.py": test})


def answers(lib: Project, *edits: tuple[str, str]) -> Behaviour | None:
    assert all(LIB.count(old) == 1 for old, _ in edits)
    spectrum = lib.recorded()
    patches = [lib.patch({"lib.py": LIB.replace(old, new)}) for old, new in edits]
    return lib.lab(spectrum).compare(patches, ["test_lib.py::test_all"])


@pytest.mark.parametrize(
    ("one", "alike", "other"),
    [
        (("x - y", "x + y"), ("x - y", "y + x"), ("x - y", "x + 2")),
        (("count += 1", "count += 2"), ("count += 1", "count = count + 2"), ("count += 1", "count += node.value")),
        (
            ("value - extra", "value + extra"),
            ("value - extra", "value - -extra"),
            ("value - extra", "value * extra"),
        ),
        (("items.pop()", "del items[-1]"), ("items.pop()", "items.pop(-1)"), ("items.pop()", "items = items[:-1]")),
        (("slotted.x", "slotted.x + 1"), ("slotted.x", "1 + slotted.x"), ("slotted.x", "4")),
        (("yield named", "yield [named]"), ("yield named", "yield [{**named}]"), ("yield named", "yield [{'a': 3}]")),
    ],
)
def test_edits_that_do_the_same_answer_alike(
    one: tuple[str, str], alike: tuple[str, str], other: tuple[str, str], lib: Project
) -> None:
    found = answers(lib, one, alike, other)
    assert found is not None
    assert found.inputs >= 3
    first, second, third = found.answers
    assert first is not None
    assert len(first) == found.inputs
    assert first == second != third


def test_what_raises_or_hangs_is_an_answer(lib: Project) -> None:
    found = answers(lib, ("x - y", "x / (y - 1)"), ("x - y", "x / (y - 1 + 0)"), ("return x - y", "while x: pass"))
    assert found is not None
    one, alike, hangs = found.answers
    assert one == alike
    assert one is not None
    assert any(answer.startswith("!") for answer in one)
    assert hangs is not None
    assert {answer for answer in hangs if answer.startswith("!")}


def test_what_depends_on_more_than_its_input_is_no_answer(lib: Project) -> None:
    found = answers(lib, ("x + random", "x - random"))
    assert found is not None
    assert found.inputs == 0


def test_inputs_that_cannot_be_copied_are_none(lib: Project) -> None:
    found = answers(lib, ("file.name", "file.mode"))
    assert found is not None
    assert found.inputs == 0


def test_what_cannot_be_put_into_a_loaded_module_has_no_answers(lib: Project) -> None:
    found = answers(lib, ("def early(x):\n    return x", "def early(x):\n    return x + 0"), ("x - y", "x + y"))
    assert found is not None
    assert [one is None for one in found.answers] == [True, False]


def test_nothing_is_written(lib: Project) -> None:
    before = {str(path): path.read_bytes() for path in lib.root.rglob("*") if path.is_file()}
    answers(lib, ("x - y", "x + y"))
    assert {str(path): path.read_bytes() for path in lib.root.rglob("*") if path.is_file()} == before


def test_by_unittest(tmp_path: Path) -> None:
    test = "import unittest\nimport lib\n\n\nclass Lib(unittest.TestCase):\n    def test_far(self):\n"
    here = project(tmp_path, {"lib.py": LIB, "test_lib.py": f"{test}        self.assertEqual(lib.far(5, 2), 7)\n"})
    patches = [here.patch({"lib.py": LIB.replace("x - y", new)}) for new in ("x + y", "y + x", "7")]
    found = here.lab(here.recorded_by(*BY_UNITTEST)).compare(patches, ["test_lib.Lib.test_far"])
    assert found is not None
    assert found.inputs > 5
    one, alike, other = found.answers
    assert one == alike != other


def test_what_else_passes_is_compared(tmp_path: Path) -> None:
    lib = "def first(items, count):\n    return items[: count - 1]\n"
    test = "from lib import first\n\n\ndef test_first():\n    assert first([1, 2, 3], 2) == [1, 2]\n"
    (fix,) = (here := project(tmp_path, {"lib.py": lib, "test_lib.py": test})).repaired(here.recorded()).fixes
    assert fix.edit.after == "    return items[: count]"
    assert [other.after for other in fix.alternatives] == ["    return items[: 1 - count]"]
    assert (fix.inputs > 10, fix.alike) == (True, ())

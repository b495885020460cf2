"""Two edits where one is not enough: the first gets a test further, the second makes it pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from swe_agent.repair.spectrum import Frame, Reached

from .projects import BY_UNITTEST, project

LIB = "def low(values):\n    return max(values)\n\n\ndef mean(values):\n    return sum(values) * len(values)\n"
RIGHT = LIB.replace("max(", "min(").replace(") * len", ") / len")
BODY = "values = [1, 2, 6]\n{indent}assert low(values) == 1\n{indent}assert mean(values) == 3\n"


def test_by_pytest(tmp_path: Path) -> None:
    test = f"from lib import low, mean\n\n\ndef test_both():\n    {BODY.format(indent='    ')}"
    other = "\n\ndef test_one():\n    assert low([4]) == 4\n    assert mean([1]) == 1\n"
    here = project(tmp_path, {"lib.py": LIB, "test_lib.py": test + other})
    spectrum = here.recorded()
    result = here.repaired(spectrum)
    assert result.patch == {"lib.py": RIGHT}
    first, second = result.fixes
    assert (first.needs_next, second.needs_next) == (True, False)
    assert first.fixed == second.fixed == ("test_lib.py::test_both",)


def test_by_unittest(tmp_path: Path) -> None:
    head = "import unittest\nfrom lib import low, mean\n\n\nclass Lib(unittest.TestCase):\n    def test_both(self):\n"
    here = project(tmp_path, {"lib.py": LIB, "test_lib.py": f"{head}        {BODY.format(indent='        ')}"})
    result = here.repaired(here.recorded_by(*BY_UNITTEST))
    assert result.patch == {"lib.py": RIGHT}
    assert [fix.needs_next for fix in result.fixes] == [True, False]


def test_a_first_step_that_breaks_something_is_none(tmp_path: Path) -> None:
    lib = "def low(values):\n    return max(values)\n\n\ndef mean(values):\n    return 'a tree'\n"
    test = f"from lib import low, mean\n\n\ndef test_both():\n    {BODY.format(indent='    ')}"
    other = "\n\ndef test_one():\n    assert low([4, 5]) == 5\n"
    here = project(tmp_path, {"lib.py": lib, "test_lib.py": test + other})
    result = here.repaired(here.recorded())
    assert (result.fixes, result.patch, result.ended) == ((), {}, "exhausted")


def reached(line: int, innermost: str = "test_a.py", function: str = "test_a") -> Reached:
    return Reached(
        outermost=Frame(path="test_a.py", line=line, function=function),
        innermost=Frame(path=innermost, line=1, function="f"),
    )


@pytest.mark.parametrize(
    ("one", "other", "is_beyond"),
    [
        (reached(4), reached(3), True),
        (reached(3), reached(3), False),
        (reached(2), reached(3), False),
        (reached(3), reached(3, "lib.py"), True),
        (reached(3, "lib.py"), reached(3), False),
        (reached(4, "lib.py"), reached(3), True),
        (reached(4, function="helper"), reached(3), False),
    ],
)
def test_further(one: Reached, other: Reached, is_beyond: bool) -> None:
    assert one.is_beyond(other) is is_beyond

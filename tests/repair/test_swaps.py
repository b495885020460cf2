"""Edits that are made in functions that are loaded already: the same outcomes as where everything is loaded anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from swe_agent.repair.candidate import Trial
from swe_agent.repair.spectrum import Spectrum

from .projects import BY_UNITTEST, Project, project

LIB = dedent(
    """
    from __future__ import annotations

    import functools
    import json
    from contextlib import contextmanager

    LIMIT = 3
    REGISTRY = {}


    def plain(x):
        return x + 1


    def calls_a_module(text):
        return json.loads(text) + [1]


    def registered(function):
        REGISTRY[function.__name__] = function

        @functools.wraps(function)
        def wrapper(*args):
            return function(*args) + 1

        return wrapper


    @registered
    def decorated(x):
        return x + 1


    @functools.lru_cache
    def cached(x):
        return x + 1


    def with_default(x, step=1):
        return x + step


    def outer(x):
        def inner(y):
            return x + y + 1

        return inner


    def produces(x):
        yield x + 1


    @contextmanager
    def managed(x):
        yield x + 1


    class Base:
        def total(self):
            return 1


    class Cart(Base):
        size = 1

        def __init__(self):
            self.__hidden = 1

        def total(self):
            return super().total() + 1

        @property
        def hidden(self):
            return self.__hidden + 1

        @classmethod
        def made(cls):
            return cls.size + 1

        @staticmethod
        def apart(x):
            return x + 1


    def made_at_once():
        return [1]


    TABLE = made_at_once()


    def larger(x):
        return x > LIMIT


    if True:
        def below_a_condition(x):
            return x + 1


    def remembers(x):
        if x > 1:
            return sorted(x for x in [x, x + 1])
        return [(lambda y: y + 1)(x)]
    """
)
TESTS = dedent(
    """
    from lib import *
    from lib import REGISTRY, TABLE, Cart


    def test_it():
        assert plain(1) == 3
    """
)
CASES = {
    "plain(1) == 3": ("def plain(x):\n    return x + 1", "def plain(x):\n    return x + 2"),
    "calls_a_module('[]') == [2]": ("[1]\n\n\ndef registered", "[2]\n\n\ndef registered"),
    "decorated(1) == 4": ("def decorated(x):\n    return x + 1", "def decorated(x):\n    return x + 2"),
    "REGISTRY['decorated'](1) == 3": ("def decorated(x):\n    return x + 1", "def decorated(x):\n    return x + 2"),
    "decorated(2) == 5": ("function(*args) + 1", "function(*args) + 2"),
    "cached(1) == 3": ("def cached(x):\n    return x + 1", "def cached(x):\n    return x + 2"),
    "with_default(1) == 3": ("step=1", "step=2"),
    "outer(1)(1) == 4": ("x + y + 1", "x + y + 2"),
    "list(produces(1)) == [3]": ("def produces(x):\n    yield x + 1", "def produces(x):\n    yield x + 2"),
    "managed(1).__enter__() == 3": ("def managed(x):\n    yield x + 1", "def managed(x):\n    yield x + 2"),
    "Cart().total() == 3": ("super().total() + 1", "super().total() + 2"),
    "Cart().hidden == 3": ("self.__hidden + 1", "self.__hidden + 2"),
    "Cart().made() == 3": ("cls.size + 1", "cls.size + 2"),
    "Cart.made() == 3": ("    size = 1", "    size = 2"),
    "Cart.apart(1) == 3": ("def apart(x):\n        return x + 1", "def apart(x):\n        return x + 2"),
    "TABLE == [2]": ("return [1]", "return [2]"),
    "larger(3)": ("LIMIT = 3", "LIMIT = 2"),
    "larger(3) is True": ("x > LIMIT", "x >= LIMIT"),
    "below_a_condition(1) == 3": (
        "def below_a_condition(x):\n        return x + 1",
        "def below_a_condition(x):\n        return x + 2",
    ),
    "remembers(1) == [3]": ("y + 1)(x)", "y + 2)(x)"),
    "remembers(2) == [-3, -2]": ("sorted(x for x", "sorted(-x for x"),
    "not hasattr(plain, 'nothing') and plain(1) == 1": (
        "def plain(x):\n    return x + 1",
        "def plain(x):\n    return 1",
    ),
}
COUNTED = "\n\nwith open({!r}, 'a') as file:\n    file.write('.')\n"


def outcomes(root: Path, files: Mapping[str, str], edited: list[Mapping[str, str]]) -> tuple[list[str | None], int]:
    """What the one test says of each edit, and how often the tests were loaded for that."""
    loads = root / "loads"
    files = {**files, "test_it.py": files["test_it.py"] + COUNTED.format(str(loads))}
    here = project(root / "project", files)
    spectrum = here.recorded()
    loads.write_text("")
    trials: tuple[Trial, ...] = here.trials(spectrum, edited, ("test_it.py::test_it",))
    return [trial.outcomes.get("test_it.py::test_it") for trial in trials], len(loads.read_text())


@dataclass(frozen=True)
class Claims:
    """Each claim's test and module have files of their own, so that one start of pytest records all."""

    here: Project
    spectrum: Spectrum
    loaded: Mapping[str, str]
    """What each test says where the edited text is what lies there."""


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Claims:
    tests = {
        f"test_{n}.py": TESTS.replace("plain(1) == 3", claim).replace("from lib import", f"from lib{n} import")
        for n, claim in enumerate(CASES)
    }
    whole = {f"lib{n}.py": LIB.replace(*edit) for n, edit in enumerate(CASES.values())}
    loaded = project(tmp_path_factory.mktemp("loaded"), whole | tests).recorded()
    here = project(tmp_path_factory.mktemp("claims"), dict.fromkeys(whole, LIB) | tests)
    return Claims(here=here, spectrum=here.recorded(), loaded={case.id: case.outcome for case in loaded.cases})


@pytest.mark.parametrize("claim", CASES)
def test_the_outcome_is_that_of_a_process_that_loads_the_edited_text(claim: str, claims: Claims) -> None:
    old, new = CASES[claim]
    assert LIB.count(old) == 1
    whole, number = LIB.replace(old, new), [*CASES].index(claim)
    # What is loaded anew does not begin with what was swapped.
    texts = (whole, LIB + "\n\nMORE = 1\n", whole + "\n\nMORE = 1\n")
    test = f"test_{number}.py::test_it"
    trials = claims.here.trials(claims.spectrum, [{f"lib{number}.py": text} for text in texts], (test,))
    wanted = claims.loaded[test]
    assert [trial.outcomes.get(test) for trial in trials] == [wanted, "failed", wanted]


def test_tests_are_loaded_once_for_edits_of_functions(tmp_path: Path) -> None:
    edits = [{"lib.py": LIB.replace("return x + 1", f"return x + {n}", 1)} for n in range(40)]
    told, loads = outcomes(tmp_path, {"lib.py": LIB, "test_it.py": TESTS}, edits)
    assert told == ["passed" if n == 2 else "failed" for n in range(40)]
    assert loads == 1


def test_what_ran_while_the_tests_were_loaded_is_loaded_anew(tmp_path: Path) -> None:
    files = {"lib.py": LIB, "test_it.py": TESTS.replace("plain(1) == 3", "TABLE == [2]")}
    told, loads = outcomes(tmp_path, files, [{"lib.py": LIB.replace("return [1]", f"return [{n}]")} for n in range(4)])
    assert told == ["failed", "failed", "passed", "failed"]
    assert loads == 4  # one is what the text says already


@pytest.mark.parametrize(
    "before",
    [
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n",
        # A neighbour that passes the first time alone: so might what is looked for.
        "import os\nHERE = os.getpid()\n\n\ndef test_beside():\n    assert os.getpid() == HERE\n\n\n",
    ],
)
def test_where_a_fork_is_not_what_it_was_everything_is_loaded_anew(before: str, tmp_path: Path) -> None:
    edits = [{"lib.py": LIB.replace("return x + 1", f"return x + {n}", 1)} for n in range(4)]
    told, loads = outcomes(tmp_path, {"lib.py": LIB, "test_it.py": before + TESTS}, edits)
    assert told == ["failed", "failed", "passed", "failed"]
    assert loads == 5


def test_edits_that_come_to_the_same_are_tried_once(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    test = TESTS.replace(
        "    assert", f"    with open({str(runs)!r}, 'a') as file:\n        file.write('.')\n    assert"
    )
    same = ["x + 2", "x  + 2", "(x + 2)", "x + (2)", "x + 2  # a note"]
    edits = [{"lib.py": LIB.replace("return x + 1", f"return {text}", 1)} for text in same]
    here = project(tmp_path / "project", {"lib.py": LIB, "test_it.py": test})
    spectrum = here.recorded()
    runs.write_text("")
    trials = here.trials(spectrum, edits, ("test_it.py::test_it",))
    assert [trial.outcomes for trial in trials] == [{"test_it.py::test_it": "passed"}] * 5
    assert len(runs.read_text()) == 2  # and once without an edit


def test_unittest(tmp_path: Path) -> None:
    test = (
        "import unittest\nfrom lib import plain\n\n\nclass Case(unittest.TestCase):\n    def test_it(self):\n        "
    )
    here = project(tmp_path, {"lib.py": LIB, "test_it.py": f"{test}self.assertEqual(plain(1), 3)\n"})
    spectrum = here.recorded_by(*BY_UNITTEST)
    edits = [{"lib.py": LIB.replace("return x + 1", f"return x + {n}", 1)} for n in range(4)]
    told = [trial.outcomes for trial in here.trials(spectrum, edits, ("test_it.Case.test_it",))]
    assert told == [{"test_it.Case.test_it": "passed" if n == 2 else "failed"} for n in range(4)]


def test_after_one_that_helps_only_some_more_are_tried(tmp_path: Path) -> None:
    here = project(tmp_path, {"lib.py": LIB, "test_it.py": TESTS})
    spectrum = here.recorded()
    texts = [LIB.replace("return x + 1", f"return x + {n}", 1) for n in range(10)]
    # Two of those before are loaded anew: they are tried all the same.
    texts[1] = texts[1] + "MORE = 1\n"
    texts[4] = texts[4] + "MORE = 1\n"
    patches = [here.patch({"lib.py": text}) for text in texts]
    trials = here.tried(spectrum, patches, ("test_it.py::test_it",), 3)
    assert [bool(trial.passed) for trial in trials] == [False, False, True, False, False, False]

"""Tests are recorded and tried again however they are started: what a command sets on the way holds for trials too."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from swe_agent.core.verdict import TestCase, TestOutcome, TestRun
from swe_agent.jobs.tracing import about, trace, traced_first, untraced
from swe_agent.repair.candidate import Patch
from swe_agent.repair.probe import HUNG, ProbeError, parse, record_command, record_environment
from swe_agent.repair.spectrum import Spectrum, Traced
from swe_agent.verify.baseline import Baseline
from swe_agent.verify.command import TestCommand
from swe_agent.workspace.workspace import Ran

from .projects import project

CODE = """import os


def larger(a, b):
    return a if a < b else b


def rate():
    return int(os.environ['RATE'])
"""
FIXED = CODE.replace("a < b", "a > b")
TESTS = dedent(
    """
    import unittest
    from shop.cart import larger, rate


    class TestCart(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.prices = [1, 2]

        def test_larger(self):
            self.assertEqual(larger(*self.prices), 2)

        def test_same(self):
            self.assertEqual(larger(2, 2), 2)

        def test_rate(self):
            self.assertEqual(rate(), 3)
    """
)
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"
SHOP = {"src/shop/__init__.py": "", "src/shop/cart.py": CODE, "tests/__init__.py": "", "tests/test_cart.py": TESTS}
MAKE = "test:\n\t{}\n"
PYTEST, UNITTEST = "tests/test_cart.py::TestCart::", "tests.test_cart.TestCart."

RUNNER = """
import argparse, os, sys, unittest

sys.path.insert(0, "src")
os.environ["RATE"] = "3"


class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)


class Runner(unittest.TextTestRunner):
    resultclass = Result


def main():
    given = argparse.ArgumentParser()
    given.add_argument("folder")
    given.add_argument("--world", required=True)
    given = given.parse_args()
    open(given.world, "x").close()
    try:
        suite = unittest.TestSuite(unittest.defaultTestLoader.discover(given.folder, top_level_dir="."))
        return not Runner(stream=sys.stdout).run(suite).wasSuccessful()
    finally:
        os.unlink(given.world)


if __name__ == "__main__":
    sys.exit(main())
"""
BY_HAND = "import sys\nsys.path.insert(0, 'src')\n" + TESTS + "\n\nunittest.main()\n"
SETTINGS = {
    "settings/of_tests.ini": "[pytest]\npython_classes = None\npythonpath = ../src\n",
    "plugin_of_ours.py": "import os\n\ndef pytest_configure():\n    os.environ['RATE'] = '3'\n",
}
STARTS: dict[str, tuple[dict[str, str], str, str]] = {
    "variables": ({}, "env PYTHONPATH=src RATE=3 python -m pytest -q", PYTEST),
    "pytest of PATH": ({}, "env PYTHONPATH=src RATE=3 pytest", PYTEST),
    "a shell": ({}, "sh -c 'export RATE=3; PYTHONPATH=src python3 -m pytest tests'", PYTEST),
    "make": ({"Makefile": MAKE.format("RATE=3 PYTHONPATH=src python -m pytest")}, "make test", PYTEST),
    "unittest": ({}, "env PYTHONPATH=src RATE=3 python -W error -m unittest", UNITTEST),
    "discovery": ({}, "env PYTHONPATH=src RATE=3 python -m unittest discover -t . -s tests -v", UNITTEST),
    "make and unittest": (
        {"Makefile": MAKE.format("RATE=3 PYTHONPATH=src python -m unittest tests.test_cart")},
        "make test",
        UNITTEST,
    ),
    "a program of its own": ({"tools/run.py": RUNNER}, "python tools/run.py tests --world world", UNITTEST),
    "a file of tests": ({"tests/test_cart.py": BY_HAND}, "env RATE=3 python tests/test_cart.py", "__main__.TestCart."),
    "other settings and plug-ins": (
        SETTINGS,
        "python -m pytest -c settings/of_tests.ini --rootdir=. -p plugin_of_ours tests",
        PYTEST,
    ),
}


@pytest.mark.parametrize("how", [how for how in STARTS if FULL or how not in ("variables", "a shell", "discovery")])
def test_what_is_recorded_can_be_tried(how: str, tmp_path: Path) -> None:
    if how.startswith("make") and not shutil.which("make"):
        pytest.skip("make is not installed")
    more, command, prefix = STARTS[how]
    here = project(tmp_path, {**SHOP, **more})
    spectrum = here.recorded_by(*shlex.split(command))
    outcomes = {case.id.removeprefix(prefix): case.outcome for case in spectrum.cases}
    assert outcomes == {"test_larger": "failed", "test_same": "passed", "test_rate": "passed"}
    (red,) = [case for case in spectrum.cases if case.red]
    assert red.lines["src/shop/cart.py"] == {5}
    assert "2" in red.message

    wrong = CODE.replace("a < b", "a == b")
    for tests in (spectrum.failing, ()):
        done = here.trials(spectrum, [{"src/shop/cart.py": FIXED}, {"src/shop/cart.py": wrong}, {}], tests)
        assert [trial.outcomes[f"{prefix}test_larger"] for trial in done] == ["passed", "passed", "failed"]
        assert [trial.ended for trial in done] == [True] * 3
        assert done[0].outcomes == {
            f"{prefix}{name}": "passed" for name in (outcomes if not tests else ["test_larger"])
        }

    lab = here.lab(spectrum)
    again = lab.retrace(Patch.between({"src/shop/cart.py": CODE}, {"src/shop/cart.py": wrong}), spectrum.failing)
    assert again is not None
    assert [(case.id, case.outcome) for case in again.cases] == [(f"{prefix}test_larger", "passed")]
    patches = [here.patch({"src/shop/cart.py": text}) for text in (FIXED, wrong)]
    told = lab.compare(patches, spectrum.failing)
    if "__main__" not in prefix:
        assert told is not None
        assert told.inputs
        assert told.answers[0] != told.answers[1]
    assert not (tmp_path / "world").exists()


def test_in_a_folder_of_the_tree(tmp_path: Path) -> None:
    here = project(tmp_path, {f"backend/{path}": text for path, text in SHOP.items()})
    spectrum = here.recorded_by("sh", "-c", "cd backend && RATE=3 PYTHONPATH=src exec python -m pytest")
    assert spectrum.failing == (f"{PYTEST}test_larger",)
    (red,) = [case for case in spectrum.cases if case.red]
    assert red.lines["backend/src/shop/cart.py"] == {5}
    for tests in (spectrum.failing, ()):
        (trial,) = here.trials(spectrum, [{"backend/src/shop/cart.py": FIXED}], tests)
        assert f"{PYTEST}test_larger" in trial.passed


NESTED = """
import subprocess
import sys
import unittest
from shop.cart import larger


class Inner(unittest.TestCase):
    def runTest(self):
        self.fail(str(larger(1, 1)))


class TestOfTests(unittest.TestCase):
    def test_inner(self):
        result = unittest.TestResult()
        Inner().run(result)
        unittest.TestSuite([Inner(), Inner()]).run(result)
        self.assertEqual(len(result.failures), 3)
        self.assertEqual(larger(1, 2), 2)

    def test_other_process(self):
        program = "import unittest\\nclass T(unittest.TestCase):\\n    def test(self): pass\\nunittest.main()"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
        self.assertEqual(done.stdout, b"")

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

    def test_parts(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(larger(number, 5), 1)


class TestBroken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise ValueError(larger(3, 4))

    def test_never(self):
        pass
"""


def test_tests_that_run_tests(tmp_path: Path) -> None:
    here = project(tmp_path, {**SHOP, "tests/test_cart.py": NESTED})
    spectrum = here.recorded_by("env", "PYTHONPATH=src", "python", "-m", "unittest", "-q")
    name = "tests.test_cart.TestOfTests."
    assert {case.id: case.outcome for case in spectrum.cases} == {
        "tests.test_cart.Inner.runTest": "failed",
        f"{name}test_inner": "failed",
        f"{name}test_other_process": "passed",
        f"{name}test_expected": "skipped",
        f"{name}test_parts": "failed",
        "setUpClass (tests.test_cart.TestBroken)": "error",
    }
    inner = f"{name}test_inner"
    for tests in ((inner,), ()):
        (trial,) = here.trials(spectrum, [{"src/shop/cart.py": FIXED}], tests)
        assert trial.outcomes[inner] == "passed"


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    text = TESTS.replace("def test_rate(self):", "def test_rate(self):\n        while True: pass")
    here = project(tmp_path, {**SHOP, "tests/test_cart.py": text})
    command = ("env", "PYTHONPATH=src", "python", "-m", "unittest")
    spectrum = parse(here.run(record_command(command), **record_environment(hangs=0.5)).stdout)
    assert {case.id: case.exception for case in spectrum.cases if case.red} == {
        f"{UNITTEST}test_larger": "AssertionError",
        f"{UNITTEST}test_rate": HUNG,
    }
    patches = [{"src/shop/cart.py": FIXED.replace("def larger(a, b):", "def larger(a, b):\n    while a: pass")}]
    (trial,) = here.trials(spectrum, patches, (f"{UNITTEST}test_larger",))
    assert not trial.ended


def test_no_python_is_run(tmp_path: Path) -> None:
    here = project(tmp_path, {})
    for command, status in ((("sh", "-c", "exit 7"), 7), (("no-such-program",), 127)):
        assert here.run(record_command(command)).returncode == status
    own = here.run(record_command(("sh", "-c", "command -v python; python -c 'import sys; print(sys.executable)'")))
    shim, real = own.stdout.decode().split()
    assert (Path(shim).exists(), Path(real).resolve()) == (False, Path(sys.executable).resolve())


def test_which_failing_tests_a_task_is_about() -> None:
    others = [
        TestCase(id=f"tests/test_io.py::test_read[{n}]", outcome="failed", message="no network") for n in range(9)
    ]
    others += [
        TestCase(id=f"tests/test_io.py::test_write_{n}", outcome="error", message="no network") for n in range(12)
    ]
    meant = TestCase(id="tests/test_cart.py::test_rounds_totals", outcome="failed", message="Decimal('1.005')")
    red = [*others, meant]
    assert about("Totals of the cart are not rounded", red) == [meant.id]
    assert about("test_write_3 fails", red) == ("tests/test_io.py::test_write_3",)
    assert about("Something is wrong with the network", red) == []
    assert about("Something is wrong", [meant, *others[:9]]) == tuple(case.id for case in [meant, *others[:9]])


def test_of_a_long_suite_a_part_is_traced_and_the_rest_has_to_pass() -> None:
    outcomes: tuple[tuple[str, TestOutcome], ...] = (
        ("a.py::a", "failed"),
        ("a.py::b", "passed"),
        ("b.py::c", "passed"),
    )
    cases = tuple(TestCase(id=id_, outcome=outcome) for id_, outcome in (*outcomes, ("b.py::d", "skipped")))
    plain = TestRun(command=("pytest",), status=1, cases=cases, seconds=8.0, tier="none")
    baseline = Baseline(command=TestCommand(argv=("pytest",), reason="given"), run=plain)
    assert traced_first(baseline, None, "fix it") == ()
    assert traced_first(baseline, 64.0, "fix it") == ()
    assert traced_first(baseline, 60.0, "fix it") == ("a.py::a",)
    near = Spectrum(cases=(Traced(id="a.py::a", outcome="failed"), Traced(id="a.py::b", outcome="passed", seconds=0.5)))
    whole = near.with_others(untraced(baseline, near))
    assert whole.passing == {"a.py::b", "b.py::c"}
    assert whole.failing == ("a.py::a",)
    assert whole.cases[-1] == Traced(id="b.py::c", outcome="passed", seconds=2.0)


@pytest.mark.parametrize(
    ("output", "timed_out", "told"),
    [
        (b"SyntaxError: future feature annotations is not defined\nFAILED", False, "older than 3.7"),
        (b"..", True, "do not end within 12 s"),
        (b"1 failed", False, "neither by pytest nor by unittest"),
    ],
)
def test_why_nothing_was_told(output: bytes, timed_out: bool, told: str) -> None:
    ran = Ran(status=1, output=output, seconds=12.1, timed_out=timed_out, tier="none")
    with pytest.raises(ProbeError, match=told):
        trace(lambda *_: ran, Baseline(command=TestCommand(argv=("python", "t.py"), reason="given"), run=None))


def test_only_what_stands_beside_some_tests(tmp_path: Path) -> None:
    other = TESTS.replace("TestCart", "TestOther")
    here = project(tmp_path, {**SHOP, "tests/test_cart.py": TESTS + other, "tests/test_more.py": other})
    variables, names = ("env", "PYTHONPATH=src", "RATE=3", "python", "-m"), ("test_larger", "test_rate", "test_same")
    for runner, near, groups in (
        ("unittest", f"{UNITTEST}test_larger", ["tests.test_cart.TestCart."]),
        ("pytest", f"{PYTEST}test_larger", [PYTEST, PYTEST.replace("TestCart", "TestOther")]),
    ):
        environment = record_environment(near=[near])
        spectrum = parse(here.run(record_command((*variables, runner)), **environment).stdout)
        assert [case.id for case in spectrum.cases] == [f"{group}{name}" for group in groups for name in names]

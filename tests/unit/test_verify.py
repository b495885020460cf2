"""Which command runs the tests, and what its output says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swe_agent.core.errors import UsageError
from swe_agent.core.verdict import TestCase, TestRun
from swe_agent.verify.baseline import Baseline, baseline
from swe_agent.verify.command import TestCommand, detect, given
from swe_agent.verify.report import parse
from swe_agent.verify.run import PYTEST_ADDOPTS, could_not_run, run_tests, selected, selects

# ---- commands


@pytest.mark.parametrize(
    ("files", "argv"),
    [
        ({"tests/test_a.py": "def test_a(): pass"}, ["python", "-m", "pytest"]),
        ({"tests/test_a.py": "import unittest\nclass T(unittest.TestCase): ..."}, ["python", "-m", "unittest", "-v"]),
        ({"tests/a_test.py": "import pytest"}, ["python", "-m", "pytest"]),
        ({"test_a.py": "class T: ...", "conftest.py": ""}, ["python", "-m", "pytest"]),
        ({"pytest.ini": "", "a.py": ""}, ["python", "-m", "pytest"]),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["python", "-m", "pytest"]),
        ({"setup.cfg": "[tool:pytest]\n"}, ["python", "-m", "pytest"]),
        ({"tox.ini": "[pytest]\n"}, ["python", "-m", "pytest"]),
        ({"manage.py": "", "shop/test_a.py": "from django.test import TestCase"}, ["python", "manage.py", "test"]),
        ({"package.json": '{"scripts": {"test": "node --test"}}'}, ["npm", "test"]),
        ({"package.json": '{"scripts": {"test": "jest"}}', "yarn.lock": ""}, ["yarn", "test"]),
        ({"package.json": '{"scripts": {"test": "jest"}}', "pnpm-lock.yaml": ""}, ["pnpm", "test"]),
        ({"go.mod": "", "a_test.go": ""}, ["go", "test", "-v", "./..."]),
        ({"Cargo.toml": ""}, ["cargo", "test", "--offline"]),
        ({"pom.xml": "", "mvnw": ""}, ["./mvnw", "-o", "-B", "test"]),
        ({"build.gradle.kts": ""}, ["gradle", "--offline", "test"]),
        ({"spec/a_spec.rb": ""}, ["bundle", "exec", "rspec"]),
        ({"Rakefile": "", "test/a.rb": ""}, ["bundle", "exec", "rake", "test"]),
        ({"phpunit.xml.dist": ""}, ["vendor/bin/phpunit"]),
        ({"Makefile": "build:\n\ttrue\ntest: build\n\ttrue\n"}, ["make", "test"]),
        ({"Makefile": "check:\n\ttrue\n"}, ["make", "check"]),
    ],
)
def test_a_project_is_known_by_its_files(files: dict[str, str], argv: list[str]) -> None:
    found = detect(list(files), files.get)
    assert found is not None
    assert found.argv == tuple(argv)
    assert found.reason


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README.md": "test:"},
        {"package.json": '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}'},
        {"package.json": "not json"},
        {"package.json": "[]"},
        {"package.json": '{"scripts": "odd"}'},
        {"pyproject.toml": "not = [toml"},
        {"pyproject.toml": "[project]\n"},
        {"go.mod": "", "a.go": ""},
        {"Makefile": "test := 1\ntests:\n"},
        {"latest.py": "", "contest.py": ""},
    ],
)
def test_no_command_is_guessed_from_nothing(files: dict[str, str]) -> None:
    assert detect(list(files), files.get) is None


@pytest.mark.parametrize(
    ("text", "argv"),
    [
        ("pytest -q", ("pytest", "-q")),
        ("pytest 'a b.py'", ("pytest", "a b.py")),
        ("make && pytest", ("sh", "-c", "make && pytest")),
        ("A='b c' X= pytest -q", ("env", "A=b c", "X=", "pytest", "-q")),
        ("pytest a=b", ("pytest", "a=b")),
        ("pytest tests/*.py", ("sh", "-c", "pytest tests/*.py")),
    ],
)
def test_a_given_command(text: str, argv: tuple[str, ...]) -> None:
    assert given(text) == TestCommand(argv=argv, reason="given")


@pytest.mark.parametrize("text", ["", "  ", "pytest 'open"])
def test_a_command_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError, match="the test command"):
        given(text)


# ---- reports, from real runs where the tool is here

PYTEST_PROJECT = """
import pytest


@pytest.mark.parametrize("x", ["a b", "a - b", "[x]", "ü", "a::b", "new\\nline", "a] - b"])
def test_passes(x):
    pass


@pytest.mark.parametrize("x", ["a b", "a - b", "[x]", "ü"])
def test_fails(x):
    assert x == "other - thing [y]"


@pytest.fixture
def breaks_before():
    raise RuntimeError("before")


@pytest.fixture
def breaks_after():
    yield
    raise RuntimeError("after - wards")


def test_error_before(breaks_before):
    pass


def test_error_after(breaks_after):
    pass


@pytest.mark.skip(reason="not today")
def test_skipped():
    pass


@pytest.mark.xfail(reason="known - bug")
def test_expected():
    assert False


@pytest.mark.xfail(reason="was a bug")
def test_unexpected():
    pass


class TestThings:
    def test_in_a_class(self):
        print("FAILED test_made_up.py::test_x - from a print")
        print("= short test summary info =")
"""


def pytest_output(folder: Path, *args: str) -> bytes:
    (folder / "test_things.py").write_text(PYTEST_PROJECT)
    (folder / "test_broken.py").write_text("import no_such_module\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--continue-on-collection-errors", *args], cwd=folder, capture_output=True,
        check=False, env={"PYTEST_ADDOPTS": PYTEST_ADDOPTS, "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("args", [[], ["-q"], ["-v"], ["-s"], ["--tb=no"], ["-x", "--maxfail=99"]])
def test_pytest_as_it_really_prints(tmp_path: Path, args: list[str]) -> None:
    name, cases = parse(pytest_output(tmp_path, *args))
    assert name == "pytest"
    file = "test_things.py::"
    assert {case.id: case.outcome for case in cases} == {
        **{f"{file}test_passes[{x}]": "passed" for x in ("a b", "a - b", "[x]", "a::b", "new\\nline", "a] - b")},
        **{f"{file}test_fails[{x}]": "failed" for x in ("a b", "a - b", "[x]")},
        f"{file}test_passes[\\xfc]": "passed",
        f"{file}test_fails[\\xfc]": "failed",
        f"{file}test_error_before": "error",
        f"{file}test_error_after": "error",
        f"{file}test_expected": "skipped",
        f"{file}test_unexpected": "passed",
        f"{file}TestThings::test_in_a_class": "passed",
        "test_broken.py": "error",
    }
    messages = {case.id: case.message for case in cases}
    assert messages[f"{file}test_error_before"].startswith("RuntimeError: before")
    assert messages[f"{file}test_fails[a - b]"].startswith("AssertionError: assert 'a - b'"[:20])


SUBTESTS = """
import unittest


class Things(unittest.TestCase):
    def test_parts(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertEqual(i, 1)

    def test_named(self):
        with self.subTest("some - words [x test_things.py::test_other"):
            self.fail("so")

    def test_fine(self):
        with self.subTest(k=1):
            pass
"""


def test_a_test_whose_parts_fail_has_failed(tmp_path: Path) -> None:
    (tmp_path / "test_things.py").write_text(SUBTESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=tmp_path, capture_output=True,
        check=False, env={"PYTEST_ADDOPTS": PYTEST_ADDOPTS, "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    _, cases = parse(done.stdout)
    file = "test_things.py::Things::"
    outcomes = {case.id: case.outcome for case in cases}
    assert outcomes == {f"{file}test_parts": "failed", f"{file}test_named": "failed", f"{file}test_fine": "passed"}


@pytest.mark.parametrize("mark", ["SUBFAILED[a b] (i=1)", "SUBFAILED(i=1)", "[a b] (i=1) SUBFAIL", "SUBFAIL"])
def test_parts_as_pytest_and_its_older_plugin_print_them(mark: str) -> None:
    head = "=== short test summary info ===\n"
    for listed in ("PASSED a/test_b.py::T::test_c\n", ""):
        _, cases = parse(f"{head}{mark} a/test_b.py::T::test_c - assert 1 == 2\n{listed}".encode())
        assert cases == (TestCase(id="a/test_b.py::T::test_c", outcome="failed", message="assert 1 == 2"),)


UNITTEST_PROJECT = '''
import unittest


class Things(unittest.TestCase):
    def test_passes(self):
        """A sentence about it."""

    def test_fails(self):
        self.fail("so - it is")

    def test_error(self):
        raise RuntimeError("oh")

    @unittest.skip("ok, not today")
    def test_skipped(self): ...

    @unittest.expectedFailure
    def test_expected(self):
        self.fail("known")

    def test_parts(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)
'''


@pytest.mark.parametrize("args", [["-v"], []])
def test_unittest_as_it_really_prints(tmp_path: Path, args: list[str]) -> None:
    (tmp_path / "test_things.py").write_text(UNITTEST_PROJECT)
    done = subprocess.run(
        [sys.executable, "-m", "unittest", *args, "test_things"], cwd=tmp_path, capture_output=True, check=False
    )
    name, cases = parse(done.stdout + done.stderr)
    assert name == "unittest"
    prefix = "test_things.Things."
    red = {f"{prefix}test_fails": "failed", f"{prefix}test_error": "error", f"{prefix}test_parts": "failed"}
    rest = {
        f"{prefix}test_passes": "passed",
        f"{prefix}test_skipped": "skipped",
        f"{prefix}test_expected": "skipped",
    }
    assert {case.id: case.outcome for case in cases} == (red | rest if args else red)


@pytest.mark.parametrize("args", [["-v"], []])
def test_a_module_that_unittest_cannot_load(tmp_path: Path, args: list[str]) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").write_text("")
    (tmp_path / "pkg/test_broken.py").write_text("import no_such_module")
    command = [sys.executable, "-m", "unittest", "discover", "-t", ".", "-s", "pkg", *args]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    _, cases = parse(done.stdout + done.stderr)
    assert {(case.id, case.outcome) for case in cases} == {("unittest.loader._FailedTest.pkg.test_broken", "error")}


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("reporter", ["tap", "spec"])
def test_node_as_it_really_prints(tmp_path: Path, reporter: str) -> None:
    (tmp_path / "a.test.js").write_text(
        """const { test, describe, it } = require('node:test'); const assert = require('node:assert');
test('adds - two', () => assert.equal(1 + 1, 2));
test('breaks', () => assert.equal(1, 2));
test('later', { skip: true }, () => {});
describe('a suite', () => { it('works inside', () => {}); it('ünïcode # hash', () => {}); });
"""
    )
    done = subprocess.run(
        ["node", "--test", f"--test-reporter={reporter}", "a.test.js"], cwd=tmp_path, capture_output=True, check=False
    )
    _, cases = parse(done.stdout + done.stderr)
    outcomes = {case.id: case.outcome for case in cases}
    passed = dict.fromkeys(("adds - two", "works inside", "ünïcode # hash"), "passed")
    outcomes.pop("a suite", None)
    assert outcomes == {**passed, "breaks": "failed", "later": "skipped"}


GO = b"""=== RUN   TestSum
=== RUN   TestSum/empty_list
=== RUN   TestSum/one
--- FAIL: TestSum (0.00s)
    --- PASS: TestSum/empty_list (0.00s)
    --- FAIL: TestSum/one (0.00s)
        sum_test.go:9: got 2
=== RUN   TestLater
    sum_test.go:20: not today
--- SKIP: TestLater (0.00s)
FAIL
FAIL\texample.org/shop/cart\t0.002s
=== RUN   TestSum
--- PASS: TestSum (0.00s)
PASS
ok  \texample.org/shop/tax\t(cached)
?   \texample.org/shop\t[no test files]
FAIL
"""
CARGO = b"""
running 4 tests
test tests::adds ... ok
test tests::breaks ... FAILED
test tests::later ... ignored, not today
test tests::panics - should panic ... ok

failures:

---- tests::breaks stdout ----
ERROR shop::cart: it broke
thread 'tests::breaks' panicked at src/lib.rs:9:9:
assertion failed: false

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests shop

running 1 test
test src/lib.rs - add (line 3) ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.20s
"""
JEST = """FAIL ./cart.test.js
  cart
    ✓ adds two (3 ms)
    ✕ takes the discount off (1 ms)
    ○ skipped later
    ✎ todo one day
  tax
    ✓ adds two

  ● cart > takes the discount off

    expect(received).toBe(expected)

Tests:       1 failed, 1 skipped, 2 passed, 4 total
""".encode()


MOCHA = """

  cart
    ✔ adds two
    ✔ takes long (120ms)
    1) takes the discount off
    - one day
    tax
      2) "before each" hook for "adds (two)"


  2 passing (14ms)
  1 pending
  2 failing

  1) cart
       takes the discount off:
     Error: no
  2) cart
""".encode()


@pytest.mark.parametrize(
    ("output", "parser", "outcomes"),
    [
        (
            GO,
            "go",
            {
                "example.org/shop/cart.TestLater": "skipped",
                "example.org/shop/cart.TestSum": "failed",
                "example.org/shop/cart.TestSum/empty_list": "passed",
                "example.org/shop/cart.TestSum/one": "failed",
                "example.org/shop/tax.TestSum": "passed",
            },
        ),
        (
            CARGO,
            "cargo",
            {
                "src/lib.rs - add (line 3)": "passed",
                "tests::adds": "passed",
                "tests::breaks": "failed",
                "tests::later": "skipped",
                "tests::panics - should panic": "passed",
            },
        ),
        (JEST, "marks", {"adds two": "passed", "skipped later": "skipped", "takes the discount off": "failed"}),
        (
            MOCHA,
            "mocha",
            {
                "adds two": "passed",
                "takes long": "passed",
                "takes the discount off": "failed",
                "one day": "skipped",
                '"before each" hook for "adds (two)"': "failed",
            },
        ),
        (b"\x1b[32mtest a ... ok\x1b[0m\r\n", "cargo", {"a": "passed"}),
        (b"", "", {}),
        (b"Segmentation fault\n", "", {}),
        (b"src::main ERROR not a test\nERROR shop::cart: it broke\n", "", {}),
        (b"\xff\xfe\0", "", {}),
    ],
)
def test_other_formats(output: bytes, parser: str, outcomes: dict[str, str]) -> None:
    name, cases = parse(output)
    assert (name, {case.id: case.outcome for case in cases}) == (parser, outcomes)


@pytest.mark.parametrize("order", [("ok", "FAILED"), ("FAILED", "ok")])
def test_red_wins_where_two_tests_have_one_name(order: tuple[str, str]) -> None:
    output = "".join(f"test tests::same ... {word}\n" for word in order).encode()
    assert parse(output) == ("cargo", (TestCase(id="tests::same", outcome="failed"),))


# ---- runs and baselines


class Ran:
    def __init__(self, output: bytes, status: int, *, timed_out: bool = False) -> None:
        self.output, self.status, self.timed_out = output, status, timed_out
        self.seconds, self.tier = 1.23456, "none"


PYTEST = TestCommand(argv=("python", "-m", "pytest"), reason="given")
RED = b"short test summary info\nFAILED a.py::one - no\nPASSED a.py::two\n"
GREEN = b"short test summary info\nPASSED a.py::one\nPASSED a.py::two\n"


def runs(*results: Ran) -> tuple[list[tuple[str, ...]], Baseline]:
    asked: list[tuple[str, ...]] = []
    left = list(results)

    def run(argv, environment, seconds):  # type: ignore[no-untyped-def]
        asked.append(tuple(argv))
        assert environment == {"PYTEST_ADDOPTS": PYTEST_ADDOPTS, "PYTHONHASHSEED": "0"}
        return left.pop(0)

    found = baseline(PYTEST, lambda command, only: run_tests(run, command, seconds=9, only=only))
    assert not left
    return asked, found


def test_red_that_turns_green_without_a_change_is_flaky() -> None:
    asked, found = runs(Ran(RED, 1), Ran(GREEN, 0))
    assert asked == [PYTEST.argv, (*PYTEST.argv, "a.py::one")]
    assert found.flaky == ("a.py::one",)


def test_red_that_stays_red_is_evidence() -> None:
    _, found = runs(Ran(RED, 1), Ran(RED, 1))
    assert found.flaky == ()
    assert found.run == TestRun(
        command=PYTEST.argv,
        status=1,
        cases=(TestCase(id="a.py::one", outcome="failed", message="no"), TestCase(id="a.py::two", outcome="passed")),
        seconds=1.235,
        tier="none",
        parsed_by="pytest",
        output_tail="short test summary info\nFAILED a.py::one - no",
    )


def test_green_is_run_once() -> None:
    asked, found = runs(Ran(GREEN, 0))
    assert (len(asked), found.flaky, found.note) == (1, (), "")


@pytest.mark.parametrize(
    ("ran", "note"),
    [
        (Ran(b"sh: 1: python: not found\n", 127), "`python` could not be started (python -m pytest)"),
        (Ran(b"No module named pytest\n", 1), "pytest is not installed for the project's Python (python -m pytest)"),
        (Ran(b"no tests ran in 0.01s\n", 5), "pytest found no tests (python -m pytest)"),
    ],
)
def test_a_run_that_says_nothing_is_none(ran: Ran, note: str) -> None:
    _, found = runs(ran)
    assert (found.run, found.note) == (None, note)


def test_tests_that_do_not_end_are_told() -> None:
    _, found = runs(Ran(b"", 124, timed_out=True))
    assert found.note == "the tests did not end within 1 s"
    assert found.run is not None
    assert not found.run.green


def test_without_a_command_there_is_no_run() -> None:
    assert baseline(None, lambda command, only: None) == Baseline(  # type: ignore[arg-type,return-value]
        command=None, run=None, note="no test command was found; name one with `--test`"
    )


def test_which_commands_can_be_told_single_tests() -> None:
    assert [selects(TestCommand(argv=tuple(argv.split()), reason="")) for argv in (
        "python -m pytest", "pytest", ".venv/bin/pytest", "make test", "npm test", "python -m unittest -v"
    )] == [True, True, True, False, False, False]  # fmt: skip


def test_a_run_with_cases_is_a_run_whatever_its_status() -> None:
    run = TestRun(command=("x",), status=127, cases=(TestCase(id="a", outcome="passed"),), seconds=0, tier="none")
    assert could_not_run(run) == ""


def test_secrets_in_the_output_are_not_kept() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    kept = run_tests(lambda *_: Ran(key.encode(), 1), PYTEST, seconds=1)
    assert key not in kept.output_tail


def test_secrets_in_the_message_of_a_test_are_not_kept() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    output = (
        f"= short test summary info =\nFAILED tests/test_a.py::test_a - AssertionError: {key}\n= 1 failed in 0.01s =\n"
    )
    kept = run_tests(lambda *_: Ran(output.encode(), 1), PYTEST, seconds=1)
    assert [(case.id, case.message) for case in kept.cases] == [
        ("tests/test_a.py::test_a", "AssertionError: [redacted: aws access key id]")
    ]


@pytest.mark.parametrize(
    ("argv", "wanted"),
    [
        (("pytest",), ("pytest", "T")),
        (
            ("python", "-m", "pytest", "-p", "plug", "-q", "test_a.py", "tests/"),
            ("python", "-m", "pytest", "-p", "plug", "-q", "T"),
        ),
        (("pytest", "-k", "x and y", "tests", "--tb=short"), ("pytest", "-k", "x and y", "--tb=short", "T")),
        (("/venv/bin/pytest", "-n", "2", "a"), ("/venv/bin/pytest", "-n", "2", "T")),
    ],
)
def test_named_tests_come_in_the_place_of_what_a_command_names(argv: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    assert selected(argv, ["T"]) == wanted


def test_old_pytests_have_another_word_for_a_failure() -> None:
    output = b"=== short test summary info ===\nFAIL test_a.py::test_b\nPASSED test_a.py::test_c\n=== 1 failed ===\n"
    assert [(case.id, case.outcome) for case in parse(output)[1]] == [
        ("test_a.py::test_b", "failed"),
        ("test_a.py::test_c", "passed"),
    ]

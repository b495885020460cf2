"""What the probe records and tries, in processes of their own, under pytest and without it."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from swe_agent.repair.candidate import Patch, Trial
from swe_agent.repair.probe import (
    HUNG,
    ProbeError,
    parse,
    parse_trials,
    plan_trials,
    probe_directory,
    record_environment,
    trial_seconds,
)
from swe_agent.repair.spectrum import Frame, Spectrum, Traced

from .projects import BY_UNITTEST, Project, project

SHOP = {
    "shop/__init__.py": "",
    "shop/cart.py": "def total(items):\n    if not items:\n        return 0\n    return items[0].price\n",
    "shop/other.py": "VALUE = 1\n\n\ndef other():\n    return VALUE\n",
    "tests/test_cart.py": (
        "import pytest\nfrom shop.cart import total\nfrom shop.other import other\n\n\n"
        "def test_empty():\n    assert total([]) == 0\n\n\n"
        "def test_one():\n    assert total([7]) == 7\n\n\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_other(n):\n    assert other() == n\n\n\n"
        "@pytest.mark.skip\ndef test_later():\n    pass\n\n\n"
        "@pytest.mark.xfail\ndef test_known():\n    assert False\n\n\n"
        "@pytest.fixture\ndef broken():\n    raise ValueError('no')\n\n\n"
        "def test_fixture(broken):\n    pass\n"
    ),
    "pytest.ini": "[pytest]\npythonpath = .\naddopts = -x --maxfail=1\n",
}
T = "tests/test_cart.py::"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project(tmp_path_factory.mktemp("shop"), SHOP)


@pytest.fixture(scope="module")
def spectrum(shop: Project) -> Spectrum:
    return shop.recorded()


def test_outcomes_of_all_tests_although_the_project_stops_at_the_first(spectrum: Spectrum) -> None:
    assert {case.id: case.outcome for case in spectrum.cases} == {
        f"{T}test_empty": "passed",
        f"{T}test_one": "failed",
        f"{T}test_other[1]": "passed",
        f"{T}test_other[2]": "failed",
        f"{T}test_later": "skipped",
        f"{T}test_known": "skipped",
        f"{T}test_fixture": "error",
    }
    assert spectrum.failing == (f"{T}test_fixture", f"{T}test_one", f"{T}test_other[2]")
    assert (spectrum.start.runner, spectrum.start.root, spectrum.truncated) == ("pytest", "", False)


def test_lines_of_each_test(spectrum: Spectrum) -> None:
    lines = {case.id: {p: at for p, at in case.lines.items() if not p.startswith("tests/")} for case in spectrum.cases}
    assert lines[f"{T}test_empty"] == {"shop/cart.py": frozenset((2, 3))}
    assert lines[f"{T}test_one"] == {"shop/cart.py": frozenset((2, 4))}
    assert lines[f"{T}test_other[1]"] == {"shop/other.py": frozenset((5,))}


def test_frames_of_what_was_raised(spectrum: Spectrum) -> None:
    (case,) = [case for case in spectrum.cases if case.id == f"{T}test_one"]
    assert case.exception == "AttributeError"
    assert "price" in case.message
    assert case.frames == (
        Frame(path="tests/test_cart.py", line=11, function="test_one"),
        Frame(path="shop/cart.py", line=4, function="total"),
    )


def test_lines_run_to_show_why_a_test_failed_are_not_its_own(tmp_path: Path) -> None:
    here = project(
        tmp_path,
        {
            "price.py": "class Price:\n    def __repr__(self):\n        name = 'a price'\n        return name\n",
            "test_price.py": "from price import Price\n\n\ndef test_none():\n    assert Price() == None\n",
        },
    )
    (case,) = here.recorded().cases
    assert case.outcome == "failed"
    assert not case.lines.get("price.py", frozenset()) & {3, 4}


def test_recording_leaves_nothing_behind(shop: Project, spectrum: Spectrum) -> None:
    assert {str(p.relative_to(shop.root)) for p in shop.root.rglob("*") if p.is_file()} == set(SHOP)


def test_modules_that_cannot_be_imported_are_errors_with_their_place(tmp_path: Path) -> None:
    broken = project(
        tmp_path, {"lib.py": "import nowhere\n", "test_a.py": "import lib\n", "test_b.py": "def test_b():\n    pass\n"}
    )
    found = broken.recorded()
    assert {case.id: (case.outcome, case.exception) for case in found.cases}["test_a.py"] == (
        "error",
        "ModuleNotFoundError",
    )
    (case,) = [case for case in found.cases if case.id == "test_a.py"]
    assert Frame(path="lib.py", line=1, function="<module>") in case.frames


def test_a_root_below_the_working_directory(tmp_path: Path) -> None:
    nested = project(
        tmp_path,
        {
            "sub/pytest.ini": "[pytest]\n",
            "sub/lib.py": "def f():\n    return 1\n",
            "test_elsewhere.py": "def test_elsewhere():\n    pass\n",
            "sub/test_lib.py": "from lib import f\n\n\ndef test_f():\n    assert f() == 2\n",
        },
    )
    found = nested.recorded("sub", "-c", "sub/pytest.ini")
    assert (found.start.root, found.start.arguments, found.failing) == ("sub", ("sub",), ("test_lib.py::test_f",))
    assert found.cases[0].lines["sub/lib.py"] == frozenset((2,))
    (trial,) = nested.trials(found, [{"sub/lib.py": "def f():\n    return 2\n"}], found.failing)
    assert trial == Trial(outcomes={"test_lib.py::test_f": "passed"})
    # The whole suite is what was recorded, no more.
    (whole,) = nested.trials(found, [{}], ())
    assert whole == Trial(outcomes={"test_lib.py::test_f": "failed"})


def test_lines_run_in_threads(tmp_path: Path) -> None:
    threaded = project(
        tmp_path,
        {
            "lib.py": "def f(out):\n    out.append(1)\n",
            "test_lib.py": dedent(
                """
                import threading
                from lib import f

                def test_f():
                    out = []
                    thread = threading.Thread(target=f, args=(out,))
                    thread.start()
                    thread.join()
                    assert out == [1]
                """
            ),
        },
    )
    assert threaded.recorded().cases[0].lines["lib.py"] == frozenset((2,))


UNITTEST = {
    "lib.py": "def f(x):\n    return x + 1\n",
    "test_lib.py": dedent(
        """
        import unittest
        from lib import f

        class Lib(unittest.TestCase):
            def test_good(self):
                self.assertEqual(f(1), 2)

            def test_bad(self):
                self.assertEqual(f(3), 2)

            def test_parts(self):
                for n in (1, 2):
                    with self.subTest(n=n):
                        self.assertEqual(f(n), 2)

            def test_error(self):
                f(None)

            @unittest.skip("later")
            def test_later(self):
                pass
        """
    ),
}


def test_without_pytest(tmp_path: Path) -> None:
    plain = project(tmp_path, UNITTEST)
    found = plain.recorded_by(*BY_UNITTEST)
    assert {case.id.rsplit(".", 1)[-1]: case.outcome for case in found.cases} == {
        "test_good": "passed",
        "test_bad": "failed",
        "test_parts": "failed",
        "test_error": "error",
        "test_later": "skipped",
    }
    (error,) = [case for case in found.cases if case.outcome == "error"]
    assert error.frames[-1] == Frame(path="lib.py", line=2, function="f")
    assert error.lines["lib.py"] == frozenset((2,))
    (trial,) = plain.trials(found, [{"lib.py": "def f(x):\n    return x - 1\n"}], ("test_lib.Lib.test_bad",))
    assert trial == Trial(outcomes={"test_lib.Lib.test_bad": "passed"})


RIGHT = "def total(items):\n    return items[0] if items else 0\n"


def test_trials(shop: Project, spectrum: Spectrum) -> None:
    cart = SHOP["shop/cart.py"]
    before = {str(p): p.read_bytes() for p in shop.root.rglob("*") if p.is_file()}
    patches = [
        {"shop/cart.py": RIGHT},
        {"shop/cart.py": "def total(items):\n    while True:\n        pass\n"},
        {"shop/cart.py": "import os\n\n\ndef total(items):\n    os._exit(0)\n"},
        {"shop/cart.py": "def total(:\n"},
        {},
        {"shop/cart.py": cart, "shop/other.py": SHOP["shop/other.py"].replace("VALUE = 1", "VALUE = 2")},
    ]
    trials = shop.trials(spectrum, patches, spectrum.failing, seconds=2)
    failing = dict.fromkeys((f"{T}test_one", f"{T}test_other[2]"), "failed") | {f"{T}test_fixture": "error"}
    assert [trial.ended for trial in trials] == [True, False, False, True, True, True]
    assert trials[0].outcomes == failing | {f"{T}test_one": "passed"}
    assert trials[1].passed == trials[2].passed == frozenset()
    assert trials[3].passed == frozenset()
    assert trials[4].outcomes == failing
    assert trials[5].outcomes == failing | {f"{T}test_other[2]": "passed"}
    assert {str(p): p.read_bytes() for p in shop.root.rglob("*") if p.is_file()} == before, "nothing is written"


IMPORTS = "from shop.cart import total\n\n\n"


@pytest.mark.parametrize(
    "conftest",
    [
        "import pytest\n",
        IMPORTS,
        f"def pytest_sessionstart():\n    {IMPORTS}",
        f"def pytest_collection_modifyitems():\n    {IMPORTS}    assert total([]) == 0\n",
        "def pytest_sessionstart():\n    raise ValueError('no')\n",
    ],
)
def test_trials_are_the_same_whatever_is_imported_before(conftest: str, tmp_path: Path, spectrum: Spectrum) -> None:
    here = project(tmp_path, {**SHOP, "conftest.py": conftest})
    patches = [{"shop/cart.py": RIGHT}, {}, {"shop/cart.py": "oh no"}] * 2
    told = [trial.outcomes.get(f"{T}test_one") for trial in here.trials(spectrum, patches, (f"{T}test_one",))]
    assert told == ([None] * 6 if "raise" in conftest else ["passed", "failed", None] * 2)


def test_a_trial_of_the_whole_suite(shop: Project, spectrum: Spectrum) -> None:
    (trial,) = shop.trials(spectrum, [{"shop/cart.py": RIGHT}], ())
    assert trial.passed == frozenset((f"{T}test_empty", f"{T}test_one", f"{T}test_other[1]"))


def test_stale_byte_code_is_not_believed(shop: Project, spectrum: Spectrum) -> None:
    # Run once with caches written: same size, same second.
    shop.run(("python", "-c", "import shop.cart"), PYTHONDONTWRITEBYTECODE="")
    edited = SHOP["shop/cart.py"].replace("return 0", "return 1")
    (trial,) = shop.trials(spectrum, [{"shop/cart.py": edited}], (f"{T}test_empty",))
    assert trial.outcomes == {f"{T}test_empty": "failed"}


def test_the_time_of_a_trial_follows_from_the_recorded_run() -> None:
    cases = tuple(Traced(id=name, outcome="passed", seconds=seconds) for name, seconds in (("a", 0.5), ("b", 2.0)))
    assert trial_seconds(Spectrum(cases=cases), ("a",)) == 4.0
    assert trial_seconds(Spectrum(cases=cases), ()) == 12.0


def test_plans_that_are_too_long_are_split() -> None:
    # Text that does not compress, without chance: each line differs.
    from hashlib import sha512

    big = "".join(f"# {sha512(str(n).encode()).hexdigest()}\n" for n in range(600))
    spectrum = Spectrum(cases=())
    command, count = plan_trials("python", spectrum, [Patch(edits=(("a.py", 0, 0, big),))] * 8, (), seconds=1)
    assert 1 <= count < 8
    assert max(map(len, command)) < 131_072
    # Small edits at both ends of a large file are small.
    both = [Patch.between({"a.py": big}, {"a.py": f"x = {n}\n{big}y = {n}\n"}) for n in range(100)]
    assert plan_trials("python", spectrum, both, (), seconds=1)[1] == 100


def test_output_that_holds_no_spectrum() -> None:
    for output in (b"", b"1 passed", b"swe-repair-spectrum:!!!\n", b"swe-repair-spectrum:aGVsbG8=\n"):
        with pytest.raises(ProbeError):
            parse(output)
    assert parse_trials(b"noise\nswe-repair-trial:x\n", 2) == (Trial(outcomes={}, ended=False),) * 2


def test_noise_around_the_spectrum(shop: Project, spectrum: Spectrum) -> None:
    line = next(
        line
        for line in shop.pytest(**record_environment()).stdout.splitlines()
        if line.startswith(b"swe-repair-spectrum:")
    )
    again = parse(b"\xff\x00 noise without an end\n" + line + b"\nmore\n")
    assert again.failing == spectrum.failing


@pytest.mark.parametrize(
    "name", ["swe_repair_children.py", "swe_repair_probe.py", "swe_repair_swaps.py", "swe_repair_trials.py"]
)
def test_programs_of_the_sandbox_are_written_for_old_pythons(name: str) -> None:
    ast.parse((probe_directory() / name).read_text(), feature_version=(3, 8))


def test_a_test_that_does_not_end_is_ended_and_named(tmp_path: Path) -> None:
    """By its own name, with the line where it was; what comes after it runs."""
    made = project(
        tmp_path,
        {
            "a.py": "def count(n):\n    while n:\n        n -= 2\n    return n\n",
            "test_a.py": "from a import count\n\n\ndef test_odd():\n    assert count(3) == 0\n\n\n"
            "def test_even():\n    assert count(4) == 0\n",
        },
    )
    recorded = parse(made.pytest(**record_environment(hangs=1.0)).stdout)
    assert recorded.failing == ("test_a.py::test_odd",)
    assert recorded.passing == {"test_a.py::test_even"}
    (case,) = (case for case in recorded.cases if case.red)
    assert case.exception == HUNG
    assert case.frames[-1].path == "a.py"
    assert case.frames[-1].line in (2, 3)
    text = made.sources()["a.py"]
    still = {"a.py": text.replace("-= 2", "-= 4")}
    fixed = {"a.py": text.replace("while n:", "while n > 1:").replace("return n", "return 0")}
    trials = made.trials(recorded, [still, fixed], recorded.failing)
    assert [sorted(trial.passed) for trial in trials] == [[], ["test_a.py::test_odd"]]

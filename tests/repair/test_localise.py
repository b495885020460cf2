"""Suspicion from made-up runs: the arithmetic, the stack, and which tests a task speaks of."""

from __future__ import annotations

import math

import pytest

from swe_agent.core.source import Span
from swe_agent.core.suspicion import Suspicion
from swe_agent.repair.localise import line_scores, localise, named_targets
from swe_agent.repair.spectrum import Frame, Spectrum, Traced


def case(name: str, outcome: str, *lines: int, frames: tuple[Frame, ...] = (), path: str = "lib.py") -> Traced:
    return Traced(id=name, outcome=outcome, lines={path: frozenset(lines)}, frames=frames)  # type: ignore[arg-type]


RUN = Spectrum(
    cases=(
        case("bad", "failed", 1, 2, 3),
        case("good", "passed", 1, 2),
        case("also", "passed", 1),
        case("no", "skipped", 3),
    )
)


def test_d_star_and_ochiai() -> None:
    assert line_scores(RUN, ("bad",)) == {
        ("lib.py", 1): 0.75 / 3 + 0.25 / math.sqrt(3),
        ("lib.py", 2): 0.75 / 2 + 0.25 / math.sqrt(2),
        ("lib.py", 3): 1.0,
    }
    run = Spectrum(
        cases=(case("a", "failed", 1), case("b", "failed", 1), case("c", "failed", 2), case("d", "passed", 1))
    )
    together = {
        place[1]: score - 0.25 / math.sqrt(1 + (place[1] == 1))
        for place, score in line_scores(run, run.failing).items()
    }
    assert together == pytest.approx({1: 0.75 * 4 / (4 + 1 + 1), 2: 0.75 * 1 / (1 + 2)})


def test_best_first_with_reasons() -> None:
    assert localise(RUN)[0] == Suspicion(
        path="lib.py", span=Span(start=3, end=3), score=1.0, reasons=("run by 1 of 1 failing tests",)
    )
    assert [s.span.start for s in localise(RUN)] == [3, 2, 1]


def test_two_faults_do_not_blur_each_other() -> None:
    sound = [case(f"{n}", "passed", 5) for n in range(3)]
    run = Spectrum(cases=(case("a", "failed", 1, 5), case("b", "failed", 2, 5), *sound))
    scores = line_scores(run, ("a", "b"))
    assert scores["lib.py", 1] == scores["lib.py", 2] > scores["lib.py", 5]


def test_the_innermost_frame_counts_most_and_tests_count_nothing() -> None:
    frames = (
        Frame(path="tests/test_lib.py", line=9, function="test"),
        Frame(path="lib.py", line=7, function="outer"),
        Frame(path="lib.py", line=8, function="inner"),
    )
    run = Spectrum(cases=(case("bad", "error", 1, frames=frames), *(case(f"g{n}", "passed", 1) for n in range(9))))
    scores = line_scores(run, ("bad",))
    assert scores["lib.py", 8] == 0.9
    assert scores["lib.py", 7] == pytest.approx(0.72)
    assert all(path == "lib.py" for path, _ in scores)
    assert localise(run)[0].reasons == ("on the stack of a failure",)


def test_lines_of_test_files_are_left_out() -> None:
    run = Spectrum(cases=(case("bad", "failed", 1, path="tests/test_lib.py"),))
    assert localise(run) == ()


def test_nothing_fails_nothing_is_suspicious() -> None:
    assert localise(Spectrum(cases=(case("good", "passed", 1),))) == ()


def test_an_edit_moves_lines_below_it() -> None:
    frames = (Frame(path="lib.py", line=3, function="f"), Frame(path="other.py", line=3, function="g"))
    run = Spectrum(cases=(case("bad", "failed", 1, 2, 3, frames=frames),))
    (moved,) = run.shifted("lib.py", 1, 2).cases
    assert moved.lines == {"lib.py": frozenset((1, 4, 5))}
    assert [(f.path, f.line) for f in moved.frames] == [("lib.py", 5), ("other.py", 3)]
    assert run.shifted("lib.py", 1, 0) is run


FAILING = (
    "t/test_cart.py::test_total",
    "t/test_cart.py::test_rows[a-1]",
    "t/test_tax.py::Tax::test_rate",
    "pkg.T.test_x",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fix: totals ignore the discount", FAILING),
        ("t/test_tax.py::Tax::test_rate fails", FAILING[2:3]),
        ("please look at `test_total`.", FAILING[:1]),
        ("test_rows", FAILING[1:2]),
        ("everything in test_cart.py is red", FAILING[:2]),
        ("test_x", FAILING[3:]),
        ("", FAILING),
    ],
)
def test_which_tests_a_task_names(text: str, expected: tuple[str, ...]) -> None:
    assert named_targets(text, FAILING) == expected

"""Where a fault may lie: lines that failing tests run and passing ones do not, and the stack of what was raised.

Two measures are mixed. D*, with the star 2 (Wong, Debroy, Gao and Li, "The DStar Method for Effective Software Fault
Localization", IEEE Transactions on Reliability 63(1), 2014), over all failing tests together: failing runs of a line,
squared, / (its passing runs + failing tests that do not run it), here as a share of itself and one, so that it is 0 to
1. And Ochiai's coefficient (Abreu, Zoeteweij and van Gemund, "An Evaluation of Similarity Coefficients for Software
Fault Localization", PRDC 2006) for one failing test alone, 1 / sqrt(all its runs), because several faults blur each
other in a common count. What else is known of a line (`Spectrum.hints`) counts beside these.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from swe_agent.core.source import Span
from swe_agent.core.suspicion import Suspicion
from swe_agent.repair.spectrum import Hint, Spectrum, Traced
from swe_agent.syntax.language import is_test_file

ALONE = 0.25
"""How much counts what one failing test says by itself."""
FRAME_SCORE, FRAME_FALL = 0.9, 0.8
"""The innermost frame of ours, and what is left of it a frame further out."""
Place = tuple[str, int]
_WORDS = re.compile(r"[\w./:\[\]\-]+")


def localise(spectrum: Spectrum, failing: Sequence[str] = ()) -> tuple[Suspicion, ...]:
    """Suspicious lines outside of tests, best first; `failing` are the tests to explain (all that fail, if none)."""
    chosen = failing or spectrum.failing
    scores = line_scores(spectrum, chosen)
    order = sorted(scores, key=lambda place: (-scores[place], place))
    framed = {(frame.path, frame.line) for case in _named(spectrum, chosen) for frame in case.frames}
    failures = Counter(place for case in _named(spectrum, chosen) for place in _places(case))
    known = _hints(spectrum)
    return tuple(
        Suspicion(
            path=path,
            span=Span(start=line, end=line),
            score=scores[path, line],
            reasons=(
                *_reasons(failures[path, line], len(chosen), (path, line) in framed),
                *(hint.reason for hint in known.get((path, line), ()) if hint.reason),
            ),
        )
        for path, line in order
    )


def line_scores(spectrum: Spectrum, failing: Sequence[str]) -> dict[Place, float]:
    """Each line's score, 0 to 1, by what failing and passing tests run and where the failing ones broke."""
    cases = _named(spectrum, failing)
    passing = Counter(place for case in spectrum.cases if case.outcome == "passed" for place in _places(case))
    failures = Counter(place for case in cases for place in _places(case))
    scores: dict[Place, float] = {}
    for place, times in failures.items():
        together = times**2 / (times**2 + len(cases) - times + passing[place])
        alone = 1 / math.sqrt(1 + passing[place])
        scores[place] = (1 - ALONE) * together + ALONE * alone
    for case in cases:
        for place, score in _frame_scores(case):
            scores[place] = max(scores.get(place, 0.0), score)
    return _hinted(scores, spectrum)


def _hinted(scores: Mapping[Place, float], spectrum: Spectrum) -> dict[Place, float]:
    """With what others know of the lines; the most that is known leaves a score as it is, so that none is above 1."""
    known = _hints(spectrum)
    boosts = {place: math.prod(1 + hint.boost for hint in known.get(place, ())) for place in scores}
    most = max(boosts.values(), default=1.0)
    return {place: score * boosts[place] / most for place, score in scores.items()}


def _hints(spectrum: Spectrum) -> dict[Place, list[Hint]]:
    found: dict[Place, list[Hint]] = {}
    for hint in spectrum.hints:
        for line in range(hint.start, hint.end + 1):
            found.setdefault((hint.path, line), []).append(hint)
    return found


def named_targets(text: str, failing: Sequence[str]) -> tuple[str, ...]:
    """The failing tests that a task's text names by id, function or file; all of them where it names none.

    >>> named_targets("test_total fails", ["t/test_cart.py::test_total", "t/test_tax.py::test_rate"])
    ('t/test_cart.py::test_total',)
    """
    words = {word.strip(".:-") for word in _WORDS.findall(text)}
    for names in (_whole_names, _function_names, _file_names):
        if found := tuple(test for test in failing if words & set(names(test))):
            return found
    return tuple(failing)


def _whole_names(test: str) -> Iterable[str]:
    return (test, test.split("[", 1)[0])


def _function_names(test: str) -> Iterable[str]:
    return (re.split(r"::|\.", test.split("[", 1)[0])[-1],)


def _file_names(test: str) -> Iterable[str]:
    path = test.split("::", 1)[0]
    return (path, path.rsplit("/", 1)[-1])


def _named(spectrum: Spectrum, failing: Sequence[str]) -> list[Traced]:
    wanted = set(failing)
    return [case for case in spectrum.cases if case.id in wanted]


def _places(case: Traced) -> Iterable[Place]:
    return ((path, line) for path, lines in case.lines.items() if not is_test_file(path) for line in lines)


def _frame_scores(case: Traced) -> Iterable[tuple[Place, float]]:
    ours = [frame for frame in reversed(case.frames) if not is_test_file(frame.path)]
    return (((frame.path, frame.line), FRAME_SCORE * FRAME_FALL**depth) for depth, frame in enumerate(ours))


def _reasons(times: int, failing: int, framed: bool) -> tuple[str, ...]:
    run = (f"run by {times} of {failing} failing tests",) if times else ()
    return (*run, "on the stack of a failure") if framed else run

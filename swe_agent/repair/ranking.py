"""In which order edits are tried, and on which tests first. Pure; equals stand in order of place and text."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from swe_agent.repair.candidate import Candidate, Edit, trimmed
from swe_agent.repair.generate import candidates_in, parse_all
from swe_agent.repair.history import Past, reverts
from swe_agent.repair.languages import neighbourhood
from swe_agent.repair.localise import line_scores
from swe_agent.repair.spectrum import Spectrum, Traced
from swe_agent.repair.suspects import with_definitions
from swe_agent.syntax.language import is_test_file

SUSPICION_WEIGHT = 1.4
"""How much a line's suspicion counts against the cost of a template, on a logarithmic scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """`score` is that of the edit and of its place: the lower, the earlier it is tried."""

    candidate: Candidate
    score: float


def ranked(
    texts: Mapping[str, str], spectrum: Spectrum, tests: Sequence[str], past: Sequence[Past] = ()
) -> Iterator[Ranked]:
    """Edits of what these failing tests run, the most promising first, such that differ in what they write; among them
    those that bring back what stood there before."""
    seen: set[Edit] = set()
    data = {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items()}
    for one in _all(texts, spectrum, tests, past):
        candidate = one.candidate
        removed = data[candidate.path][candidate.start : candidate.end].decode("utf-8", "surrogateescape")
        path, head, tail, text = trimmed(candidate.path, removed, candidate.replacement)
        effect = (path, candidate.start + head, candidate.start + tail, text)
        if effect not in seen:
            seen.add(effect)
            yield one


def _all(texts: Mapping[str, str], spectrum: Spectrum, tests: Sequence[str], past: Sequence[Past]) -> list[Ranked]:
    places = line_scores(spectrum, tests)
    parsed = parse_all({path: texts[path] for path, _ in places if path in texts})
    scores = with_definitions(parsed, places)
    top = max(scores.values(), default=1.0)
    around = neighbourhood(parsed.values())
    raised = _raised(spectrum, tests)
    candidates = list(reverts(texts, past, scores))
    for path, tree in parsed.items():
        lines = {line: raised.get((path, line), frozenset[str]()) for at, line in scores if at == path}
        candidates += candidates_in(tree, lines, around)
    found: list[Ranked] = []
    for candidate in candidates:
        lines_of = ((candidate.path, candidate.line), (candidate.path, candidate.statement))
        if place := max(scores.get(line, 0.0) for line in lines_of):
            score = round(candidate.cost - SUSPICION_WEIGHT * math.log(place / top), 6)
            found.append(Ranked(candidate=candidate, score=score))
    return sorted(found, key=lambda one: (one.score, *order(one.candidate)))


def order(candidate: Candidate) -> tuple[str, int, int, str]:
    return candidate.path, candidate.start, candidate.end, candidate.replacement


def _raised(spectrum: Spectrum, tests: Sequence[str]) -> dict[tuple[str, int], frozenset[str]]:
    """Of the lines on the stacks of these tests, the exceptions that were raised there."""
    wanted = set(tests)
    found: dict[tuple[str, int], set[str]] = {}
    for case in spectrum.cases:
        for frame in case.frames if case.id in wanted else ():
            found.setdefault((frame.path, frame.line), set()).add(case.exception)
    return {place: frozenset(names) for place, names in found.items()}


def asked_first(spectrum: Spectrum, tests: Sequence[str], most: int, left_out: Collection[str] = ()) -> tuple[str, ...]:
    """A few of failing tests, to try edits on: those of different failures first, and of each those that run the
    least."""
    cases = {case.id: case for case in spectrum.cases}
    alike: dict[object, list[str]] = {}
    for test in tests:
        if test not in left_out:
            alike.setdefault(_failure(test, cases.get(test)), []).append(test)
    rows = [sorted(own, key=lambda test: (_lines(cases.get(test)), test)) for own in alike.values()]
    rows.sort(key=lambda row: (-len(row), _lines(cases.get(row[0])), row[0]))
    in_turn = (test for turn in zip_longest(*rows) for test in turn if test is not None)
    return tuple(islice(in_turn, most))


def _failure(test: str, case: Traced | None) -> object:
    """Equal for tests that fail alike: by what was raised, and where in what is no test."""
    frames = reversed(case.frames) if case is not None else ()
    frame = next((frame for frame in frames if not is_test_file(frame.path)), None)
    return (case.exception if case is not None else "", frame or test.split("[", 1)[0])


def _lines(case: Traced | None) -> float:
    """How many lines a test runs; what it takes differs from run to run."""
    if case is None:
        return math.inf
    return sum(len(at) for path, at in case.lines.items() if not is_test_file(path))

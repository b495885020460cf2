"""Which of those that make a test pass are sound, and which of these a person would have written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

from swe_agent.repair import judge
from swe_agent.repair.asking import Bounds, Compare, TryPatches
from swe_agent.repair.candidate import Candidate, Trial
from swe_agent.repair.ground import Ground
from swe_agent.repair.ranking import asked_first, order
from swe_agent.repair.spectrum import Traced
from swe_agent.syntax.language import is_test_file
from swe_agent.syntax.parse import new_faults

ALIKE = 0.5
"""Two failing tests that share so much of what they run are taken to fail for the same reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivor:
    """`score` is its rank's and what the judge has against it; `number` counts the candidates that were tried."""

    candidate: Candidate
    fixed: frozenset[str]
    score: float
    number: int
    answers: tuple[str, ...] | None = None
    """To `inputs` inputs beside the tests' own, where it was asked."""
    inputs: int = 0
    shared: float = math.inf
    """Its score together with all that answer alike."""

    @property
    def place(self) -> tuple[object, ...]:
        """In which order those are that fix as many tests: by what they do, then by how they say it."""
        return (round(min(self.score, self.shared), 6), round(self.score, 6), *order(self.candidate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieve:
    """What is done with survivors where the search stands."""

    ground: Ground
    try_patches: TryPatches
    compare: Compare
    bounds: Bounds

    def sound(self, survivors: Sequence[Survivor]) -> list[Survivor]:
        """Those of the most plausible that break nothing, the best first; the whole suite is heard on them."""
        return self.compared(self.without_damage(self.shortlist(self.heard_whole(self.shortlist(survivors)))))

    def heard_whole(self, survivors: Sequence[Survivor]) -> list[Survivor]:
        """With what each fixes of all that remain, not only of the tests that it was tried on."""
        trials = self.tried([s.candidate for s in survivors], self.ground.remaining)
        wanted = frozenset(self.ground.remaining)
        return [
            replace(survivor, fixed=fixed)
            for survivor, trial in zip(survivors, trials, strict=True)
            if (fixed := trial.passed & wanted) and not self.breaks_syntax(survivor.candidate)
        ]

    def breaks_syntax(self, candidate: Candidate) -> bool:
        """What the project's Python takes may be none to ours, and the reverse: it has to be both."""
        before = self.ground.texts[candidate.path]
        return bool(new_faults(candidate.path, before, candidate.apply(before)))

    def tried(self, candidates: Sequence[Candidate], tests: Sequence[str]) -> list[Trial]:
        """Each of them, on these tests (on the whole suite, if none)."""
        patches = [self.ground.patched(candidate) for candidate in candidates]
        trials: list[Trial] = []
        while len(trials) < len(patches):
            trials += self.try_patches(patches[len(trials) :], tests)
        return trials

    def shortlist(self, survivors: Sequence[Survivor]) -> list[Survivor]:
        """The most plausible few for each set of tests, those that fix most first."""
        taken: dict[frozenset[str], int] = {}
        short = []
        for survivor in sorted(survivors, key=lambda s: (-len(s.fixed), *s.place)):
            taken[survivor.fixed] = taken.get(survivor.fixed, 0) + 1
            if taken[survivor.fixed] <= self.bounds.judged:
                short.append(survivor)
        return short

    def without_damage(self, survivors: Sequence[Survivor]) -> list[Survivor]:
        if not survivors:
            return []
        trials = self.tried([s.candidate for s in survivors], ())
        return [
            survivor
            for survivor, trial in zip(survivors, trials, strict=True)
            if trial.ended and self.ground.must_pass | survivor.fixed <= trial.passed
        ]

    def compared(self, survivors: Sequence[Survivor]) -> list[Survivor]:
        """Those that fix the same tests, in order of what they answer where no test looks: what most of them agree on,
        each counted by its plausibility, is more likely to be meant than the way that any one says it."""
        found: list[Survivor] = []
        for fixed, group in groupby(
            sorted(survivors, key=lambda s: (-len(s.fixed), sorted(s.fixed))), lambda s: s.fixed
        ):
            alike = list(group)
            told = None
            if len(alike) > 1:
                told = self.compare([self.ground.patched(s.candidate) for s in alike], self.around(alike, fixed))
            if told is not None and told.inputs:
                alike = [replace(s, answers=a, inputs=told.inputs) for s, a in zip(alike, told.answers, strict=True)]
                alike = [replace(s, shared=judge.shared_score(_scores(s, alike))) for s in alike]
            found += alike
        return sorted(found, key=lambda s: (-len(s.fixed), *s.place))

    def around(self, survivors: Sequence[Survivor], fixed: frozenset[str]) -> list[str]:
        """Some of the tests that they fix, and of those that pass and run what they edit."""
        lines = {(s.candidate.path, at) for s in survivors for at in (s.candidate.line, s.candidate.statement)}
        cases = sorted(self.ground.spectrum.cases, key=lambda case: (case.seconds, case.id))
        passing = (c.id for c in cases if c.outcome == "passed" and any(c.covers(*place) for place in lines))
        return [
            *asked_first(self.ground.spectrum, sorted(fixed), self.bounds.asked),
            *islice(passing, self.bounds.witnesses),
        ]

    def left_failing(self, survivor: Survivor) -> frozenset[str]:
        """Tests that run the edited line, are much like one that it fixes, and still fail: it may suit one alone."""
        candidate = survivor.candidate
        cases = {case.id: case for case in self.ground.spectrum.cases}
        rest = [cases[test] for test in self.ground.remaining if test in cases and test not in survivor.fixed]
        touched = [
            case
            for case in rest
            if case.covers(candidate.path, candidate.line) or case.covers(candidate.path, candidate.statement)
        ]
        fixed = [cases[test] for test in sorted(survivor.fixed) if test in cases]
        return frozenset(case.id for case in touched if any(_alike(case, other) >= ALIKE for other in fixed))


def _scores(survivor: Survivor, group: Sequence[Survivor]) -> list[float]:
    """Of all in a group that answer as one does, itself among them."""
    return [other.score for other in group if other is survivor or answer_alike(survivor, other)]


def answer_alike(one: Survivor, other: Survivor) -> bool:
    return one.answers is not None and one.answers == other.answers


def _alike(one: Traced, two: Traced) -> float:
    """0 to 1: the share of lines outside of tests that two tests run both, of those that either runs."""
    first, second = (
        {(path, line) for path, lines in case.lines.items() if not is_test_file(path) for line in lines}
        for case in (one, two)
    )
    return len(first & second) / max(1, len(first | second))

"""The search: suspicious places times templates in order of plausibility, tried in batches, kept when nothing breaks.

Pure apart from what is handed in: `try_patches` and its like run tests, `out_of_time` knows the clock. The same answers
of these give the same result.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from swe_agent.core.fix import Fix
from swe_agent.repair import judge
from swe_agent.repair.asking import Bounds, Compare, Retrace, TryPatches
from swe_agent.repair.candidate import Candidate, RepairResult, Trial
from swe_agent.repair.ground import Ground, moved_by
from swe_agent.repair.history import Past
from swe_agent.repair.ranking import Ranked, asked_first, order, ranked
from swe_agent.repair.spectrum import Reached, Spectrum
from swe_agent.repair.survivors import Sieve, Survivor, answer_alike
from swe_agent.syntax.language import is_test_file

ALTERNATIVES = 1.0
"""How much worse than the best, on the scale of scores, what is looked at beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One candidate has run. `fixed` are the tests it made pass, before the whole suite has been heard; `left` is how
    many more there are to try as long as none helps."""

    number: int
    left: int
    candidate: Candidate
    fixed: tuple[str, ...]
    ended: bool


def repair(
    sources: Mapping[str, str],
    spectrum: Spectrum,
    failing: Sequence[str],
    try_patches: TryPatches,
    out_of_time: Callable[[], bool],
    on_try: Callable[[Tried], None] = lambda tried: None,
    *,
    retrace: Retrace = lambda patch, tests: None,
    compare: Compare = lambda patches, tests: None,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
    ignored: frozenset[str] = frozenset(),
    without: frozenset[str] = frozenset(),
    past: Sequence[Past] = (),
) -> RepairResult:
    """Looks for small edits that make `failing` pass and break nothing; several faults are fixed one after another.

    `sources` are the texts by path; test files among them are never edited. `ignored` are tests whose word does not
    count (flaky ones), `without` templates that are not asked, `past` what stood in the files before. What cannot be
    fixed is named in the result, which then is empty or partial, never a guess.
    """
    editable = {path: text for path, text in sources.items() if not is_test_file(path)}
    search = _Search(
        ground=Ground(
            base=editable,
            texts=editable,
            spectrum=spectrum,
            remaining=tuple(test for test in dict.fromkeys(failing) if test not in ignored),
            must_pass=spectrum.passing - ignored,
        ),
        try_patches=try_patches,
        retrace=retrace,
        compare=compare,
        out_of_time=out_of_time,
        on_try=on_try,
        bounds=bounds,
        without=without,
        past=past,
    )
    while search.ground.remaining and (search.round() or search.take_half() or search.take_two()):
        pass
    return search.result()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """An edit that makes no test pass, and gets some `further`."""

    candidate: Candidate
    further: frozenset[str]
    score: float


@dataclass(slots=True, kw_only=True)
class _Search:
    """State between rounds. A round tries candidates on the texts as they are, and ends with fixes kept, or none."""

    ground: Ground
    try_patches: TryPatches
    retrace: Retrace
    compare: Compare
    out_of_time: Callable[[], bool]
    on_try: Callable[[Tried], None]
    bounds: Bounds
    without: frozenset[str] = frozenset()
    past: Sequence[Past] = ()
    heard: dict[tuple[str, int, int, str], frozenset[str]] = field(default_factory=dict)
    """Edit → the tests that it was tried on in vain (or not worth more)."""
    count: int = 0
    left: int = 0
    ended: str = "fixed"
    vain: set[str] = field(default_factory=set)
    """Tests that every candidate was tried on since the last fix."""
    halves: list[Survivor] = field(default_factory=list)
    """Sound survivors of the round that leave a like test failing: kept only where nothing better is found."""
    failed: Mapping[str, Reached | None] = field(default_factory=dict)
    """Where the tests that are asked failed before any edit."""
    steps: list[_Step] = field(default_factory=list)
    """What got tests further, in terms of the texts as they are."""
    is_second: bool = False
    """Whether this one goes on from a step, which then has to be worth it."""
    checkpoint: Ground | None = None
    """What had been kept before the first half."""

    def round(self) -> bool:
        ground = self.ground
        self.vain, self.halves = set(), []
        every = list(ranked(ground.texts, ground.spectrum, ground.remaining, self.past))
        while asked := asked_first(ground.spectrum, ground.remaining, self.bounds.asked, self.vain):
            if self.found(every, asked):
                return True
            if self.ended != "exhausted":
                return False
            self.vain |= set(asked)
        return False

    def found(self, every: Sequence[Ranked], asked: Sequence[str]) -> bool:
        """Whether a fix of one of the tests asked was kept. Goes on after the first that helps for as long as one could
        still be judged better, and a little further for its alternatives."""
        survivors: list[Survivor] = []
        self.failed = {case.id: case.reached for case in self.ground.spectrum.cases if case.id in asked}
        candidates = [one for one in every if self.is_new(one.candidate, asked)]
        at = 0
        while not self.stopped():
            worst = min((survivor.score for survivor in survivors), default=math.inf) + ALTERNATIVES
            last = survivors[0].number + self.bounds.lookahead if survivors else math.inf
            most = int(min(self.bounds.most, last - self.count, self.bounds.candidates - self.count))
            end = min(at + most, bisect_right(candidates, worst, key=lambda one: one.score))
            if at < end:
                began, self.left = self.count, len(candidates) - at
                survivors += self.try_batch(candidates[at:end], asked)
                at += self.count - began
            elif self.settle([s for s in survivors if s.score <= worst], survivors):
                return True
            elif survivors:
                survivors = [survivor for survivor in survivors if survivor.score > worst]
            else:
                self.ended = "exhausted"
                return False
        return self.settle(survivors, survivors)

    def is_new(self, candidate: Candidate, asked: Sequence[str]) -> bool:
        if candidate.template in self.without:
            return False
        return not frozenset(asked) <= self.heard.get(order(candidate), frozenset())

    def stopped(self) -> bool:
        if self.out_of_time():
            self.ended = "time"
        elif self.count >= self.bounds.candidates:
            self.ended = "candidates"
        else:
            return False
        return True

    def try_batch(self, batch: Sequence[Ranked], asked: Sequence[str]) -> list[Survivor]:
        """Those that help, of as many as were tried."""
        wanted = frozenset(asked)
        patches = [self.ground.patched(one.candidate) for one in batch]
        trials = self.try_patches(patches, asked, self.bounds.lookahead)
        survivors = []
        for one, trial in zip(batch, trials, strict=False):
            candidate = one.candidate
            self.count += 1
            self.left -= 1
            fixed = trial.passed & wanted
            self.heard[order(candidate)] = self.heard.get(order(candidate), frozenset()) | wanted
            if fixed:
                score = one.score + judge.doubts(candidate, self.ground.texts[candidate.path])
                survivors.append(Survivor(candidate=candidate, fixed=fixed, score=score, number=self.count))
            elif further := self.further(trial, asked):
                self.steps.append(_Step(candidate=candidate, further=further, score=one.score))
            told = Tried(
                number=self.count,
                left=self.left,
                candidate=candidate,
                fixed=tuple(sorted(fixed)),
                ended=trial.ended,
            )
            self.on_try(told)
        return survivors

    @property
    def sieve(self) -> Sieve:
        return Sieve(ground=self.ground, try_patches=self.try_patches, compare=self.compare, bounds=self.bounds)

    def settle(self, survivors: Sequence[Survivor], helped: Sequence[Survivor]) -> bool:
        """Hears the whole suite on the most plausible survivors, and keeps the best for each set of tests. Then all
        that `helped` may be tried once more, for the tests that still fail."""
        valid = self.sieve.sound(survivors)
        kept = False
        if any(not self.sieve.left_failing(survivor) for survivor in valid):
            for one in helped:  # before the first is kept, which moves the others
                self.heard.pop(order(one.candidate), None)
        while whole := [survivor for survivor in valid if not self.sieve.left_failing(survivor)]:
            best = whole[0]
            grown = self.keep(best, [other for other in valid if other is not best and other.fixed == best.fixed])
            kept = True
            further = [other for other in valid if other.fixed - best.fixed]
            moved = ((other, moved_by(other.candidate, best.candidate, grown)) for other in further)
            again = [replace(other, candidate=own) for other, own in moved if own is not None]
            # Two edits that are sound apart need not be so together.
            valid = self.sieve.without_damage([other for other in again if other.fixed & set(self.ground.remaining)])
        self.halves += valid
        return kept

    def take_half(self) -> bool:
        """The round found nothing whole: goes on from the best half, to come back if the rest is not found."""
        if not self.halves or self.ended != "exhausted":
            return False
        if self.checkpoint is None:
            self.checkpoint = self.ground.copy()
        best = self.sieve.shortlist(self.halves)[0]
        self.keep(best, [other for other in self.halves if other is not best and other.fixed == best.fixed])
        return True

    def take_two(self) -> bool:
        """No edit is enough by itself: goes on from those that got a test further, one after the other, and keeps what
        then fixes it, if that needs both."""
        if self.is_second or self.ended != "exhausted":
            return False
        return any(self.goes_on_from(step) for step in self.sound_steps())

    def further(self, trial: Trial, tests: Sequence[str]) -> frozenset[str]:
        """Which of these tests fail later than they did."""
        if self.is_second or not trial.ended:
            return frozenset()
        reached = ((test, trial.reached.get(test), self.failed.get(test)) for test in tests)
        return frozenset(test for test, now, then in reached if now and then and now.is_beyond(then))

    def sound_steps(self) -> Iterator[_Step]:
        """The most promising few that break nothing: two for each line, for most edits of it come to the same."""
        best = sorted(self.steps, key=lambda step: (step.score, *order(step.candidate)))
        by_line: dict[tuple[str, int], list[_Step]] = {}
        for step in best:
            by_line.setdefault((step.candidate.path, step.candidate.line), []).append(step)
        few = [step for step in best if step in by_line[step.candidate.path, step.candidate.line][:2]]
        tried = self.sieve.tried([step.candidate for step in few[: 2 * self.bounds.steps]], ())
        must_pass = self.ground.must_pass
        sound = (step for step, trial in zip(few, tried, strict=False) if trial.ended and must_pass <= trial.passed)
        return islice(sound, self.bounds.steps)

    def goes_on_from(self, step: _Step) -> bool:
        ground = self.ground.copy()
        text = ground.texts[step.candidate.path]
        ground.edit(step.candidate)
        tests = tuple(test for test in ground.remaining if test in step.further)
        traced = self.retrace(ground.patch, tests) if not self.stopped() else None
        if traced is None:
            return False
        ground.spectrum = ground.spectrum.with_cases(case for case in traced.cases if case.id in tests)
        ground.remaining = tests
        most = min(self.bounds.candidates, self.count + self.bounds.after_step)
        second = replace(
            self, ground=ground, heard={}, is_second=True, checkpoint=None, bounds=replace(self.bounds, candidates=most)
        )
        found = second.round()
        self.count = second.count
        if not found:
            self.ended = "time" if second.ended == "time" else self.ended
            return False
        known = len(self.ground.fixes)
        fixes = ground.fixes[known:]
        fixed = tuple(dict.fromkeys(test for fix in fixes for test in fix.fixed))
        first = Fix(edit=step.candidate.as_lines(text), fixed=fixed, needs_next=True)
        ground.fixes = (*ground.fixes[:known], first, *fixes)
        ground.remaining = tuple(test for test in self.ground.remaining if test not in fixed)
        self.ground, self.heard, self.steps = ground, {}, []
        return True

    def keep(self, survivor: Survivor, rivals: Sequence[Survivor]) -> int:
        """By how many lines its file has grown."""
        candidate = survivor.candidate
        texts = self.ground.texts
        alike = [rival for rival in rivals if answer_alike(survivor, rival)]
        others = [rival for rival in rivals if rival not in alike]
        fix = Fix(
            edit=candidate.as_lines(texts[candidate.path]),
            fixed=tuple(test for test in self.ground.remaining if test in survivor.fixed),
            alternatives=tuple(rival.candidate.as_lines(texts[rival.candidate.path]) for rival in others),
            alike=tuple(rival.candidate.as_lines(texts[rival.candidate.path]) for rival in alike),
            inputs=survivor.inputs,
            confidence=round(judge.confidence([s.score for s in (survivor, *alike)], [s.score for s in others]), 3),
        )
        self.forget(candidate)
        grown = self.ground.edit(candidate)
        moved = ((step, moved_by(step.candidate, candidate, grown)) for step in self.steps)
        self.steps = [replace(step, candidate=own) for step, own in moved if own is not None]
        self.ground.settle(fix)
        return grown

    def forget(self, kept: Candidate) -> None:
        """After an edit, tests that run it may answer otherwise; edits further down in the file have moved."""
        lines = (kept.line, kept.statement)
        changed = {
            case.id for case in self.ground.spectrum.cases if any(case.covers(kept.path, line) for line in lines)
        }
        moved: dict[tuple[str, int, int, str], frozenset[str]] = {}
        by = len(kept.replacement.encode("utf-8", "surrogateescape")) - (kept.end - kept.start)
        for (path, start, end, text), tests in self.heard.items():
            shift = by if path == kept.path and start >= kept.end else 0
            moved[path, start + shift, end + shift, text] = tests - changed
        self.heard = moved

    def result(self) -> RepairResult:
        """Without the halves whose other half was not found, and what was built on them."""
        ground = self.checkpoint if self.checkpoint is not None and self.ground.remaining else self.ground
        return RepairResult(
            fixes=ground.fixes,
            patch=ground.changed,
            tried=self.count,
            unfixed=ground.remaining,
            ended="fixed" if not ground.remaining else self.ended,
        )

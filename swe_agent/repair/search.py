"""The search: suspicious places times templates in order of plausibility, tried in batches, kept when nothing breaks.

Pure apart from what is handed in: `try_patches` runs tests, `out_of_time` knows the clock. The same answers of the two
give the same result.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from swe_agent.core.fix import Fix
from swe_agent.repair import judge
from swe_agent.repair.candidate import Candidate, Edit, Patch, RepairResult, Trial, edits_between
from swe_agent.repair.ranking import Ranked, asked_first, order, ranked
from swe_agent.repair.spectrum import Spectrum, Traced
from swe_agent.syntax.language import is_test_file
from swe_agent.syntax.parse import new_faults


class TryPatches(Protocol):
    """One trial for each patch, of the named tests; of the whole suite where none is named. Not all need be tried at
    once, one at least; with `lookahead` no more than so many after the first that makes a test pass."""

    def __call__(
        self, patches: Sequence[Patch], tests: Sequence[str], lookahead: int | None = None
    ) -> Sequence[Trial]: ...


ALTERNATIVES = 1.0
"""How much worse than the best, on the scale of scores, what is looked at beside it."""
ALIKE = 0.5
"""Two failing tests that share so much of what they run are taken to fail for the same reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`most` candidates are handed over at once; `lookahead` more are tried after the first that helps."""

    candidates: int = 20_000
    most: int = 1_000
    lookahead: int = 200
    judged: int = 6
    """How many candidates that fix the same tests are run against the whole suite."""
    asked: int = 5
    """How many failing tests each candidate is tried on, before those that help are tried on all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One candidate has run. `fixed` are the tests it made pass, before the whole suite has been heard."""

    number: int
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
    bounds: Bounds = Bounds(),
    ignored: frozenset[str] = frozenset(),
    without: frozenset[str] = frozenset(),
) -> RepairResult:
    """Looks for small edits that make `failing` pass and break nothing; several faults are fixed one after another.

    `sources` are the texts by path; test files among them are never edited. `ignored` are tests whose word does not
    count (flaky ones), `without` templates that are not asked. What cannot be fixed is named in the result, which then
    is empty or partial, never a guess.
    """
    editable = {path: text for path, text in sources.items() if not is_test_file(path)}
    search = _Search(
        base=editable,
        texts=dict(editable),
        spectrum=spectrum,
        remaining=[test for test in dict.fromkeys(failing) if test not in ignored],
        must_pass=set(spectrum.passing - ignored),
        try_patches=try_patches,
        out_of_time=out_of_time,
        on_try=on_try,
        bounds=bounds,
        without=without,
    )
    while search.remaining and (search.round() or search.take_half()):
        pass
    return search.settled_result()


@dataclass(slots=True, kw_only=True)
class _Survivor:
    """`score` is its rank's and what the judge has against it; `number` counts the candidates that were tried."""

    candidate: Candidate
    fixed: frozenset[str]
    score: float
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    texts: Mapping[str, str]
    fixes: tuple[Fix, ...]
    remaining: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Search:
    """State between rounds. A round tries candidates on the texts as they are, and ends with fixes kept, or none."""

    base: Mapping[str, str]
    texts: dict[str, str]
    spectrum: Spectrum
    remaining: list[str]
    must_pass: set[str]
    try_patches: TryPatches
    out_of_time: Callable[[], bool]
    on_try: Callable[[Tried], None]
    bounds: Bounds
    without: frozenset[str] = frozenset()
    fixes: list[Fix] = field(default_factory=list)
    kept: tuple[Edit, ...] = ()
    """What the fixes change in the files as they lie on disk, the last of a file first."""
    heard: dict[tuple[str, int, int, str], frozenset[str]] = field(default_factory=dict)
    """Edit → the tests that it was tried on in vain (or not worth more)."""
    count: int = 0
    ended: str = "fixed"
    vain: set[str] = field(default_factory=set)
    """Tests that every candidate was tried on since the last fix."""
    halves: list[_Survivor] = field(default_factory=list)
    """Sound survivors of the round that leave a like test failing: kept only where nothing better is found."""
    checkpoint: _Kept | None = None
    """What had been kept before the first half."""

    def round(self) -> bool:
        self.vain, self.halves = set(), []
        every = list(ranked(self.texts, self.spectrum, self.remaining))
        while asked := asked_first(self.spectrum, self.remaining, self.bounds.asked, self.vain):
            if self.found(every, asked):
                return True
            if self.ended != "exhausted":
                return False
            self.vain |= set(asked)
        return False

    def found(self, every: Sequence[Ranked], asked: Sequence[str]) -> bool:
        """Whether a fix of one of the tests asked was kept. Goes on after the first that helps for as long as one could
        still be judged better, and a little further for its alternatives."""
        survivors: list[_Survivor] = []
        candidates = [one for one in every if self.is_new(one.candidate, asked)]
        at = 0
        while not self.stopped():
            worst = min((survivor.score for survivor in survivors), default=math.inf) + ALTERNATIVES
            last = survivors[0].number + self.bounds.lookahead if survivors else math.inf
            most = int(min(self.bounds.most, last - self.count, self.bounds.candidates - self.count))
            end = min(at + most, bisect_right(candidates, worst, key=lambda one: one.score))
            if at < end:
                began = self.count
                survivors += self.try_batch(candidates[at:end], asked)
                at += self.count - began
            elif self.settle([survivor for survivor in survivors if survivor.score <= worst]):
                self.unhear(survivors)
                return True
            elif survivors:
                survivors = [survivor for survivor in survivors if survivor.score > worst]
            else:
                self.ended = "exhausted"
                return False
        return self.settle(survivors)

    def is_new(self, candidate: Candidate, asked: Sequence[str]) -> bool:
        if candidate.template in self.without:
            return False
        return not frozenset(asked) <= self.heard.get(order(candidate), frozenset())

    def unhear(self, survivors: Sequence[_Survivor]) -> None:
        """Those that help are tried once more, for the tests that still fail."""
        for survivor in survivors:
            self.heard.pop(order(survivor.candidate), None)

    def stopped(self) -> bool:
        if self.out_of_time():
            self.ended = "time"
        elif self.count >= self.bounds.candidates:
            self.ended = "candidates"
        else:
            return False
        return True

    def try_batch(self, batch: Sequence[Ranked], asked: Sequence[str]) -> list[_Survivor]:
        """Those that help, of as many as were tried."""
        wanted = frozenset(asked)
        trials = self.try_patches([self.patched(one.candidate) for one in batch], asked, self.bounds.lookahead)
        survivors = []
        for one, trial in zip(batch, trials, strict=False):
            candidate = one.candidate
            self.count += 1
            fixed = trial.passed & wanted
            self.heard[order(candidate)] = self.heard.get(order(candidate), frozenset()) | wanted
            if fixed:
                score = one.score + judge.doubts(candidate, self.texts[candidate.path])
                survivors.append(_Survivor(candidate=candidate, fixed=fixed, score=score, number=self.count))
            self.on_try(Tried(number=self.count, candidate=candidate, fixed=tuple(sorted(fixed)), ended=trial.ended))
        return survivors

    def settle(self, survivors: Sequence[_Survivor]) -> bool:
        """Hears the whole suite on the most plausible survivors, and keeps the best for each set of tests."""
        valid = self.without_damage(self.shortlist(self.heard_whole(self.shortlist(survivors))))
        kept = False
        while whole := [survivor for survivor in valid if not self.left_failing(survivor)]:
            best = whole[0]
            self.keep(best, [other for other in valid if other is not best and other.fixed == best.fixed])
            kept = True
            moved = [_moved(other, best.candidate) for other in valid if other.fixed - best.fixed]
            again = [other for other in moved if other is not None and other.fixed & set(self.remaining)]
            # Two edits that are sound apart need not be so together.
            valid = self.without_damage(again)
        self.halves += valid
        return kept

    def take_half(self) -> bool:
        """The round found nothing whole: goes on from the best half, to come back if the rest is not found."""
        if not self.halves or self.ended != "exhausted":
            return False
        if self.checkpoint is None:
            self.checkpoint = _Kept(texts=dict(self.texts), fixes=tuple(self.fixes), remaining=tuple(self.remaining))
        best = self.shortlist(self.halves)[0]
        self.keep(best, [other for other in self.halves if other is not best and other.fixed == best.fixed])
        return True

    def left_failing(self, survivor: _Survivor) -> frozenset[str]:
        """Tests that run the edited line, are much like one that it fixes, and still fail: it may suit one alone."""
        candidate = survivor.candidate
        cases = {case.id: case for case in self.spectrum.cases}
        rest = [cases[test] for test in self.remaining if test in cases and test not in survivor.fixed]
        touched = [
            case
            for case in rest
            if case.covers(candidate.path, candidate.line) or case.covers(candidate.path, candidate.statement)
        ]
        fixed = [cases[test] for test in sorted(survivor.fixed) if test in cases]
        return frozenset(case.id for case in touched if any(_alike(case, other) >= ALIKE for other in fixed))

    def heard_whole(self, survivors: Sequence[_Survivor]) -> list[_Survivor]:
        """With what each fixes of all that remain, not only of the tests that it was tried on."""
        trials = self.tried([self.patched(s.candidate) for s in survivors], tuple(self.remaining))
        wanted = frozenset(self.remaining)
        return [
            replace(survivor, fixed=fixed)
            for survivor, trial in zip(survivors, trials, strict=True)
            if (fixed := trial.passed & wanted) and not self.breaks_syntax(survivor.candidate)
        ]

    def breaks_syntax(self, candidate: Candidate) -> bool:
        """What the project's Python takes may be none to ours, and the reverse: it has to be both."""
        before = self.texts[candidate.path]
        return bool(new_faults(candidate.path, before, candidate.apply(before)))

    def tried(self, patches: Sequence[Patch], tests: Sequence[str]) -> list[Trial]:
        trials: list[Trial] = []
        while len(trials) < len(patches):
            trials += self.try_patches(patches[len(trials) :], tests)
        return trials

    def shortlist(self, survivors: Sequence[_Survivor]) -> list[_Survivor]:
        """The most plausible few for each set of tests, those that fix most first."""
        taken: dict[frozenset[str], int] = {}
        short = []
        for survivor in sorted(survivors, key=lambda s: (-len(s.fixed), round(s.score, 6), *order(s.candidate))):
            taken[survivor.fixed] = taken.get(survivor.fixed, 0) + 1
            if taken[survivor.fixed] <= self.bounds.judged:
                short.append(survivor)
        return short

    def without_damage(self, survivors: Sequence[_Survivor]) -> list[_Survivor]:
        if not survivors:
            return []
        trials = self.tried([self.patched(s.candidate) for s in survivors], ())
        return [
            survivor
            for survivor, trial in zip(survivors, trials, strict=True)
            if trial.ended and self.must_pass | survivor.fixed <= trial.passed
        ]

    def keep(self, survivor: _Survivor, rivals: Sequence[_Survivor]) -> None:
        candidate = survivor.candidate
        before = self.texts[candidate.path]
        after = candidate.apply(before)
        fixed = tuple(test for test in self.remaining if test in survivor.fixed)
        self.fixes.append(
            Fix(
                edit=candidate.as_lines(before),
                fixed=fixed,
                alternatives=tuple(rival.candidate.as_lines(self.texts[rival.candidate.path]) for rival in rivals),
                confidence=round(judge.confidence([survivor.score, *(rival.score for rival in rivals)]), 3),
            )
        )
        self.texts[candidate.path] = after
        self.kept = tuple(
            edit
            for path, text in sorted(self.texts.items())
            if text != self.base[path]
            for edit in edits_between(path, self.base[path], text)
        )
        self.remaining = [test for test in self.remaining if test not in survivor.fixed]
        self.must_pass |= survivor.fixed
        self.forget(candidate)
        grown = after.count("\n") - before.count("\n")
        self.spectrum = self.spectrum.shifted(candidate.path, candidate.line - 1, grown)

    def forget(self, kept: Candidate) -> None:
        """After an edit, tests that run it may answer otherwise; edits further down in the file have moved."""
        lines = (kept.line, kept.statement)
        changed = {case.id for case in self.spectrum.cases if any(case.covers(kept.path, line) for line in lines)}
        moved: dict[tuple[str, int, int, str], frozenset[str]] = {}
        by = len(kept.replacement.encode("utf-8", "surrogateescape")) - (kept.end - kept.start)
        for (path, start, end, text), tests in self.heard.items():
            shift = by if path == kept.path and start >= kept.end else 0
            moved[path, start + shift, end + shift, text] = tests - changed
        self.heard = moved

    def patched(self, candidate: Candidate) -> Patch:
        """The fixes that were kept and the candidate, in terms of the files as they lie on disk."""
        path = candidate.path
        kept = [edit for edit in self.kept if edit[0] != path]
        mine = [edit for edit in self.kept if edit[0] == path]
        span = _before(candidate.start, candidate.end, mine)
        if span is None:
            mine = edits_between(path, self.base[path], candidate.apply(self.texts[path]))
        else:
            mine = sorted([*mine, (path, *span, candidate.replacement)], key=lambda edit: edit[1:3], reverse=True)
        return Patch(edits=(*kept, *mine))

    def settled_result(self) -> RepairResult:
        """Without the halves whose other half was not found, and what was built on them."""
        if self.checkpoint is not None and self.remaining:
            self.texts, self.fixes = dict(self.checkpoint.texts), list(self.checkpoint.fixes)
            self.remaining = list(self.checkpoint.remaining)
        return self.result()

    def result(self) -> RepairResult:
        return RepairResult(
            fixes=tuple(self.fixes),
            patch={path: text for path, text in self.texts.items() if text != self.base[path]},
            tried=self.count,
            unfixed=tuple(self.remaining),
            ended="fixed" if not self.remaining else self.ended,
        )


def _alike(one: Traced, two: Traced) -> float:
    """0 to 1: the share of lines outside of tests that two tests run both, of those that either runs."""
    first, second = (
        {(path, line) for path, lines in case.lines.items() if not is_test_file(path) for line in lines}
        for case in (one, two)
    )
    return len(first & second) / max(1, len(first | second))


def _before(start: int, end: int, edits: Sequence[Edit]) -> tuple[int, int] | None:
    """A span of the text that edits made, in the text before them (the last of them first); None where they touch."""
    by = 0
    for _, old_start, old_end, text in reversed(edits):
        length = len(text.encode("utf-8", "surrogateescape"))
        if end < old_start + by:
            break
        if start <= old_start + by + length:
            return None
        by += length - (old_end - old_start)
    return start - by, end - by


def _moved(survivor: _Survivor, kept: Candidate) -> _Survivor | None:
    """The survivor in terms of the text after another edit; None where the two touch."""
    candidate = survivor.candidate
    if candidate.path != kept.path or candidate.end < kept.start:
        return survivor
    if candidate.start <= kept.end:
        return None
    by = len(kept.replacement.encode("utf-8", "surrogateescape")) - (kept.end - kept.start)
    lines = kept.replacement.count("\n")
    moved = replace(
        candidate,
        start=candidate.start + by,
        end=candidate.end + by,
        line=candidate.line + lines,
        statement=candidate.statement + lines,
    )
    return replace(survivor, candidate=moved)

"""The search: suspicious places times templates in order of plausibility, tried in batches, kept when nothing breaks.

Pure apart from what is handed in: `try_patches` runs tests, `out_of_time` knows the clock. The same answers of the two
give the same result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from swe_agent.repair import judge
from swe_agent.repair.candidate import Candidate, Fix, RepairResult, Trial, trimmed
from swe_agent.repair.generate import candidates_in, parse_all
from swe_agent.repair.localise import line_scores
from swe_agent.repair.module import neighbourhood
from swe_agent.repair.spectrum import Spectrum, Traced
from swe_agent.repair.suspects import with_definitions
from swe_agent.syntax.language import is_test_file
from swe_agent.syntax.parse import new_faults

Patch = Mapping[str, str]
"""Path → whole new text, for every file that differs from the sources."""
TryPatches = Callable[[Sequence[Patch], Sequence[str]], Sequence[Trial]]
"""One trial for each patch, of the named tests; of the whole suite where none is named."""

SUSPICION_WEIGHT = 2.0
"""How much a line's suspicion counts against the cost of a template, on a logarithmic scale."""
ALIKE = 0.5
"""Two failing tests that share so much of what they run are taken to fail for the same reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`batch` candidates share a start of the test runner, twice as many the next time, up to `most`; `lookahead` more
    are tried after the first that helps."""

    candidates: int = 3000
    batch: int = 24
    most: int = 96
    lookahead: int = 24
    judged: int = 6
    """How many candidates that fix the same tests are run against the whole suite."""


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
) -> RepairResult:
    """Looks for small edits that make `failing` pass and break nothing; several faults are fixed one after another.

    `sources` are the texts by path; test files among them are never edited. `ignored` are tests whose word does not
    count (flaky ones). What cannot be fixed is named in the result, which then is empty or partial, never a guess.
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
    )
    while search.remaining and (search.round() or search.take_half()):
        pass
    return search.settled_result()


@dataclass(slots=True, kw_only=True)
class _Survivor:
    candidate: Candidate
    fixed: frozenset[str]


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
    fixes: list[Fix] = field(default_factory=list)
    heard: dict[tuple[str, int, int, str], frozenset[str]] = field(default_factory=dict)
    """Edit → the tests that it was tried on in vain (or not worth more)."""
    count: int = 0
    ended: str = "fixed"
    halves: list[_Survivor] = field(default_factory=list)
    """Sound survivors of the round that leave a like test failing: kept only where nothing better is found."""
    checkpoint: _Kept | None = None
    """What had been kept before the first half."""

    def round(self) -> bool:
        self.halves = []
        survivors: list[_Survivor] = []
        horizon = math.inf
        pending = self.pending()
        size = self.bounds.batch
        while batch := list(islice(pending, size)):
            if self.stopped():
                break
            size = min(2 * size, max(self.bounds.most, self.bounds.batch))
            survivors += self.try_batch(batch)
            if survivors and horizon == math.inf:
                horizon = self.count + self.bounds.lookahead
            if self.count >= horizon:
                if self.settle(survivors):
                    return True
                survivors, horizon = [], math.inf
        else:
            self.ended = "exhausted"
        return self.settle(survivors)

    def stopped(self) -> bool:
        if self.out_of_time():
            self.ended = "time"
        elif self.count >= self.bounds.candidates:
            self.ended = "candidates"
        else:
            return False
        return True

    def pending(self) -> Iterator[Candidate]:
        """Candidates not yet heard on the remaining tests, most promising first, that parse and differ in effect."""
        seen: set[tuple[str, int, int, str]] = set()
        remaining = frozenset(self.remaining)
        for candidate in self.ranked():
            if remaining <= self.heard.get(_key(candidate), frozenset()):
                continue
            before = self.texts[candidate.path]
            after = candidate.apply(before)
            effect = trimmed(candidate.path, before, after)
            if effect in seen or new_faults(candidate.path, before, after):
                continue
            seen.add(effect)
            yield candidate

    def ranked(self) -> list[Candidate]:
        places = line_scores(self.spectrum, self.remaining)
        parsed = parse_all({path: self.texts[path] for path, _ in places if path in self.texts})
        scores = with_definitions(parsed, places)
        top = max(scores.values(), default=1.0)
        around = neighbourhood(parsed.values())
        ranked: list[tuple[float, Candidate]] = []
        for path, tree in parsed.items():
            lines = {line: self.raised(path, line) for at, line in scores if at == path}
            for candidate in candidates_in(tree, lines, around):
                score = max(scores.get((path, candidate.line), 0.0), scores.get((path, candidate.statement), 0.0))
                if score:
                    ranked.append((candidate.cost - SUSPICION_WEIGHT * math.log(score / top), candidate))
        ranked.sort(key=lambda item: (round(item[0], 6), item[1].path, item[1].start, item[1].end, item[1].replacement))
        return [candidate for _, candidate in ranked]

    def raised(self, path: str, line: int) -> frozenset[str]:
        """Exceptions of the remaining tests with this line on their stack."""
        return frozenset(
            case.exception
            for case in self.spectrum.cases
            if case.id in self.remaining and any(f.path == path and f.line == line for f in case.frames)
        )

    def try_batch(self, batch: Sequence[Candidate]) -> list[_Survivor]:
        wanted = frozenset(self.remaining)
        trials = self.try_patches([self.patched(candidate) for candidate in batch], tuple(self.remaining))
        survivors = []
        for candidate, trial in zip(batch, trials, strict=True):
            self.count += 1
            fixed = trial.passed & wanted
            self.heard[_key(candidate)] = self.heard.get(_key(candidate), frozenset()) | wanted
            if fixed:
                survivors.append(_Survivor(candidate=candidate, fixed=fixed))
            self.on_try(Tried(number=self.count, candidate=candidate, fixed=tuple(sorted(fixed)), ended=trial.ended))
        return survivors

    def settle(self, survivors: Sequence[_Survivor]) -> bool:
        """Hears the whole suite on the most plausible survivors, and keeps the best for each set of tests."""
        valid = self.without_damage(self.shortlist(survivors))
        kept = False
        while whole := [survivor for survivor in valid if not self.left_failing(survivor)]:
            best = whole[0]
            rivals = sum(other.fixed == best.fixed for other in valid) - 1
            self.keep(best, rivals)
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
        self.keep(best, sum(other.fixed == best.fixed for other in self.halves) - 1)
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

    def shortlist(self, survivors: Sequence[_Survivor]) -> list[_Survivor]:
        """The most plausible few for each set of tests, those that fix most first."""
        places = {id(s.candidate): s for s in survivors}
        ordered = [places[id(c)] for c in judge.in_order((s.candidate for s in survivors), self.texts)]
        taken: dict[frozenset[str], int] = {}
        short = []
        for survivor in sorted(ordered, key=lambda s: -len(s.fixed)):
            taken[survivor.fixed] = taken.get(survivor.fixed, 0) + 1
            if taken[survivor.fixed] <= self.bounds.judged:
                short.append(survivor)
        return short

    def without_damage(self, survivors: Sequence[_Survivor]) -> list[_Survivor]:
        if not survivors:
            return []
        trials = self.try_patches([self.patched(s.candidate) for s in survivors], ())
        return [
            survivor
            for survivor, trial in zip(survivors, trials, strict=True)
            if trial.ended and self.must_pass | survivor.fixed <= trial.passed
        ]

    def keep(self, survivor: _Survivor, rivals: int) -> None:
        candidate = survivor.candidate
        before = self.texts[candidate.path]
        after = candidate.apply(before)
        old, new = _changed_lines(before, after)
        fixed = tuple(test for test in self.remaining if test in survivor.fixed)
        self.fixes.append(Fix(candidate=candidate, fixed=fixed, before=old, after=new, rivals=rivals))
        self.texts[candidate.path] = after
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
        texts = self.texts | {candidate.path: candidate.apply(self.texts[candidate.path])}
        return {path: text for path, text in texts.items() if text != self.base[path]}

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


def _key(candidate: Candidate) -> tuple[str, int, int, str]:
    return candidate.path, candidate.start, candidate.end, candidate.replacement


def _moved(survivor: _Survivor, kept: Candidate) -> _Survivor | None:
    """The survivor in terms of the text after another edit; None where the two touch."""
    candidate = survivor.candidate
    if candidate.path != kept.path or candidate.end < kept.start:
        return survivor
    if candidate.start <= kept.end:
        return None
    by = len(kept.replacement.encode("utf-8", "surrogateescape")) - (kept.end - kept.start)
    lines = kept.replacement.count("\n")
    moved = Candidate(
        path=candidate.path,
        start=candidate.start + by,
        end=candidate.end + by,
        replacement=candidate.replacement,
        template=candidate.template,
        cost=candidate.cost,
        line=candidate.line + lines,
        statement=candidate.statement + lines,
    )
    return _Survivor(candidate=moved, fixed=survivor.fixed)


def _changed_lines(before: str, after: str) -> tuple[str, str]:
    old, new = before.split("\n"), after.split("\n")
    shortest = min(len(old), len(new))
    head = next((n for n in range(shortest) if old[n] != new[n]), shortest)
    tail = next((n for n in range(shortest - head) if old[-1 - n] != new[-1 - n]), shortest - head)
    return _joined(old[head : len(old) - tail]), _joined(new[head : len(new) - tail])


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines)

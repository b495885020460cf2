"""What a search stands on: the texts with the fixes that were kept, and the tests that still fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from swe_agent.core.fix import Fix
from swe_agent.repair.candidate import Candidate, Edit, Patch, edits_between
from swe_agent.repair.spectrum import Spectrum


@dataclass(slots=True, kw_only=True)
class Ground:
    """`base` are the texts as they lie on disk, `texts` those with the fixes. Nothing held here is changed in place,
    so that a copy of it is a place to come back to."""

    base: Mapping[str, str]
    texts: Mapping[str, str]
    spectrum: Spectrum
    remaining: tuple[str, ...]
    must_pass: frozenset[str]
    fixes: tuple[Fix, ...] = ()
    kept: tuple[Edit, ...] = ()
    """What the fixes change in the files as they lie on disk, the last of a file first."""

    def copy(self) -> Ground:
        return replace(self)

    def edit(self, candidate: Candidate) -> int:
        """Goes on from the text with this edit, and says by how many lines that is longer."""
        before = self.texts[candidate.path]
        after = candidate.apply(before)
        self.texts = {**self.texts, candidate.path: after}
        self.kept = tuple(
            edit
            for path, text in sorted(self.texts.items())
            if text != self.base[path]
            for edit in edits_between(path, self.base[path], text)
        )
        grown = after.count("\n") - before.count("\n")
        self.spectrum = self.spectrum.shifted(candidate.path, candidate.line - 1, grown)
        return grown

    def settle(self, fix: Fix) -> None:
        """Its tests pass, and have to go on doing so."""
        self.fixes = (*self.fixes, fix)
        self.remaining = tuple(test for test in self.remaining if test not in fix.fixed)
        self.must_pass |= frozenset(fix.fixed)

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

    @property
    def patch(self) -> Patch:
        return Patch(edits=self.kept)

    @property
    def changed(self) -> dict[str, str]:
        """The whole new texts of the files that the fixes change."""
        return {path: text for path, text in self.texts.items() if text != self.base[path]}


def moved_by(candidate: Candidate, kept: Candidate, grown: int) -> Candidate | None:
    """The candidate in terms of the text after another edit, by which it has grown so many lines; None where the two
    touch."""
    if candidate.path != kept.path or candidate.end < kept.start:
        return candidate
    if candidate.start <= kept.end:
        return None
    by = len(kept.replacement.encode("utf-8", "surrogateescape")) - (kept.end - kept.start)
    return replace(
        candidate,
        start=candidate.start + by,
        end=candidate.end + by,
        line=candidate.line + grown,
        statement=candidate.statement + grown,
    )


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

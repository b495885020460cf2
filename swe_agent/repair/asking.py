"""What a search asks of whoever runs tests for it, and how much of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from swe_agent.repair.candidate import Behaviour, Patch, Trial
from swe_agent.repair.spectrum import Spectrum


class TryPatches(Protocol):
    """One trial for each patch, of the named tests; of the whole suite where none is named. Not all need be tried at
    once, one at least; with `lookahead` no more than so many after the first that makes a test pass."""

    def __call__(
        self, patches: Sequence[Patch], tests: Sequence[str], lookahead: int | None = None
    ) -> Sequence[Trial]: ...


def up_to(trials: Sequence[Trial], tests: Sequence[str], lookahead: int | None) -> Sequence[Trial]:
    """Those up to the first that makes one of the tests pass and `lookahead` more; all, without it."""
    first = next((number for number, trial in enumerate(trials) if trial.passed & set(tests)), None)
    return trials if first is None or lookahead is None else trials[: first + 1 + lookahead]


Retrace = Callable[[Patch, Sequence[str]], Spectrum | None]
"""What tests run with a patch; None where nobody can say."""
Compare = Callable[[Sequence[Patch], Sequence[str]], Behaviour | None]
"""What patches answer to inputs near those that tests give; None where nobody can say."""


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
    steps: int = 6
    """How many edits that fix nothing, but get a test further, are searched on from."""
    after_step: int = 2_000
    """Candidates tried from each of these."""
    witnesses: int = 20
    """Passing tests whose inputs are looked around, to tell apart what passes."""

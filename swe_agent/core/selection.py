"""Which of several attempts at one task is best, and why.

Told by evidence first: what the project's tests say, then what the tests that other attempts brought along say of each
(a test that one attempt wrote is evidence about all of them), then how many attempts came to the same tree. Among
equals a critic compares, where there is one. Only then does the smaller change win: short and wrong is no virtue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swe_agent.core.proposal import Proposal

_ORDER = ("verified", "kept", "unverified", "not fixed", "broken")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An attempt that came to a proposal. `failed` are tests of other attempts that it does not pass."""

    job: str
    proposal: Proposal
    exit_code: int
    failed: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        return sum(len(block.added) + len(block.removed) for block in self.proposal.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    job: str
    why: str


Prefers = Callable[[Candidate, Candidate], bool]
"""Whether the second is clearly better than the first."""


def nobody(_first: Candidate, _second: Candidate) -> bool:
    """Where there is no critic."""
    return False


def rank(candidates: Sequence[Candidate], prefers: Prefers = nobody) -> tuple[Ranked, ...]:
    """Best first. Empty where there are none. `prefers` is asked of those alone that evidence puts first alike."""
    trees = [one.proposal.tree for one in candidates]

    def evidence(one: Candidate) -> tuple[int, int, int, int, int]:
        return (
            int(one.exit_code != 0),
            _ORDER.index(one.proposal.verdict.word),
            len(one.failed),
            len(one.proposal.hazards),
            -trees.count(one.proposal.tree),
        )

    ordered = sorted(candidates, key=lambda one: (*evidence(one), one.lines, one.job))
    alike = [one for one in ordered if evidence(one) == evidence(ordered[0])]
    preferred = _preferred(alike, prefers)
    ordered.sort(key=lambda one: one is not preferred)  # stable: the others keep their order
    return tuple(
        Ranked(job=one.job, why=_why(one, trees.count(one.proposal.tree), preferred=one is preferred))
        for one in ordered
    )


def _preferred(alike: Sequence[Candidate], prefers: Prefers) -> Candidate | None:
    """Of attempts that evidence does not tell apart: each that changes something else is held against the best yet.
    None where that leaves the first."""
    if not alike:
        return None
    best, seen = alike[0], {alike[0].proposal.tree}
    for one in alike[1:]:
        if one.proposal.tree not in seen and prefers(best, one):
            best = one
        seen.add(one.proposal.tree)
    return best if best is not alike[0] else None


def _why(one: Candidate, same: int, *, preferred: bool) -> str:
    said: list[str] = [one.proposal.verdict.word]
    if one.failed:
        said.append(f"fails {len(one.failed)} tests of other attempts")
    if one.proposal.hazards:
        said.append(f"{len(one.proposal.hazards)} things to look at twice")
    if same > 1:
        said.append(f"{same} attempts came to it")
    if preferred:
        said.append("the critic prefers it")
    return ", ".join([*said, f"{one.lines} lines"])

"""Which of several attempts at one task is best, and why. Pure.

Told by evidence first: what the project's tests say, then what the tests that other attempts brought along say of each
(a test that one attempt wrote is evidence about all of them), then how many attempts came to the same tree. Only among
equals does the smaller change win: short and wrong is no virtue.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def rank(candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
    """Best first. Empty where there are none."""
    trees = [one.proposal.tree for one in candidates]

    def key(one: Candidate) -> tuple[int, int, int, int, int, int, str]:
        return (
            int(one.exit_code != 0),
            _ORDER.index(one.proposal.verdict.word),
            len(one.failed),
            len(one.proposal.hazards),
            -trees.count(one.proposal.tree),
            one.lines,
            one.job,
        )

    return tuple(
        Ranked(job=one.job, why=_why(one, trees.count(one.proposal.tree))) for one in sorted(candidates, key=key)
    )


def _why(one: Candidate, same: int) -> str:
    said: list[str] = [one.proposal.verdict.word]
    if one.failed:
        said.append(f"fails {len(one.failed)} tests of other attempts")
    if one.proposal.hazards:
        said.append(f"{len(one.proposal.hazards)} things to look at twice")
    if same > 1:
        said.append(f"{same} attempts came to it")
    return ", ".join([*said, f"{one.lines} lines"])

"""What a review came to: findings with their places, what was looked at, and what was not and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from swe_agent.core.usage import Spent
from swe_agent.review.findings import Finding, Severity, Told
from swe_agent.review.identity import Made
from swe_agent.review.linters import LINTERS

State = Literal["full", "partial", "skipped"]
EXCLUDED = "left out by `review.exclude`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A file of the change, and how much of it was looked at."""

    path: str
    state: State
    why: str = ""
    """Where it is not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that looks at changes: the signals, a linter, a model. `why` where it did not run, or not to its end;
    `paths` where it looks at some files alone."""

    name: str
    state: Literal["ran", "skipped", "failed"]
    why: str = ""
    paths: tuple[str, ...] | None = None
    before: tuple[str, ...] = ()
    """Files that it has looked at in an earlier run, whose change is the same still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`base` and `head` are commits, empty where a state is none. `told` are to stand at their lines, `folded` in the
    summary, `left` are told nowhere but here; the last two with their reasons."""

    base: str
    head: str
    told: tuple[Told, ...] = ()
    folded: tuple[tuple[Told, str], ...] = ()
    left: tuple[tuple[Told, str], ...] = ()
    coverage: tuple[Covered, ...] = ()
    checks: tuple[Check, ...] = ()
    spent: Spent = field(default_factory=Spent)

    @property
    def all_told(self) -> tuple[Told, ...]:
        """At their lines or in the fold."""
        return (*self.told, *(one for one, _ in self.folded))

    @property
    def covered(self) -> float:
        """The share of files that were looked at, from 0 to 1; one that was partly looked at counts half, one that is
        not to be looked at is none of them."""
        worth = {"full": 1.0, "partial": 0.5, "skipped": 0.0}
        counted = [worth[one.state] for one in self.coverage if one.why != EXCLUDED]
        return sum(counted) / len(counted) if counted else 1.0

    @property
    def not_run(self) -> list[tuple[list[str], str]]:
        """Checks that did not run, or not to their end, those together that have the same reason."""
        rows = sorted((one.why, one.name) for one in self.checks if one.state != "ran")
        return [([name for _, name in group], why) for why, group in groupby(rows, lambda row: row[0])]

    def worst(self) -> Severity | None:
        return max((one.finding.severity for one in self.all_told), default=None)


def made_of(told: Iterable[Told]) -> list[Made]:
    return [
        Made(
            fingerprint=one.fingerprint,
            path=one.finding.path,
            rule=one.finding.rule,
            category=one.finding.category,
            symbol=one.finding.symbol,
            side=one.anchor.side if one.anchor else one.finding.side,
            first=one.anchor.first if one.anchor else 0,
            last=one.anchor.last if one.anchor else 0,
            is_from_model=one.finding.is_from_model,
            signs=one.signs,
        )
        for one in told
    ]


SIGNALS, MODEL = "signals", "model"
"""Names of checks, beside those of linters."""
LINTED = frozenset(linter.name for linter in LINTERS)


def looked_at(made: Made, checks: Sequence[Check]) -> bool:
    """Whether who says such things has looked at its file in this review, to the end."""
    # A model that came to no end has looked at some files to the end.
    ran = {one.name: one for one in checks if one.state == "ran" or (one.name == MODEL and one.paths is not None)}
    linter = made.rule.partition("/")[0]
    looks = ran.get(MODEL if made.is_from_model else linter if linter in LINTED else SIGNALS)
    return looks is not None and (looks.paths is None or made.path in looks.paths)


def counted(findings: Iterable[Finding]) -> str:
    """How many of each severity, the worst first: `2 high, 1 low`."""
    count = dict.fromkeys(sorted(Severity, reverse=True), 0)
    for finding in findings:
        count[finding.severity] += 1
    return ", ".join(f"{n} {severity.word}" for severity, n in count.items() if n)

"""Runs of appliers on cases, and what they come to: shares, tables, figures."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.harness.appliers import CORRECT, OUTCOMES, PARTIAL, WRONG, Applier, judge
from benchmarks.harness.drafts import AMBIGUOUS, FORMATS, MUST_REFUSE, OPEN, PAIR, RECOVERABLE
from benchmarks.harness.perturb import PLAIN, Case

KINDS = (PLAIN, RECOVERABLE, PAIR, MUST_REFUSE, AMBIGUOUS, OPEN)
TO_APPLY = (PLAIN, RECOVERABLE, PAIR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    case: str
    kind: str
    format: str
    perturbation: str
    outcome: str
    reason: str

    @property
    def failed(self) -> bool:
        return self.outcome in (WRONG, PARTIAL) or (self.kind in TO_APPLY and self.outcome != CORRECT)


def run_of(case: Case, applier: Applier) -> Run:
    result = applier.apply(case.draft.files, case.draft.reply, case.draft.format)
    return Run(
        case=case.name,
        kind=case.kind,
        format=case.draft.format,
        perturbation=case.perturbation,
        outcome=judge(case, result),
        reason=result.reason,
    )


def share(runs: Sequence[Run], *outcomes: str) -> float:
    return round(100 * sum(run.outcome in outcomes for run in runs) / len(runs), 2) if runs else 0.0


def of(runs: Iterable[Run], *kinds: str, format: str = "") -> list[Run]:
    return [run for run in runs if run.kind in kinds and format in ("", run.format)]


def shares(runs: Sequence[Run]) -> dict[str, float]:
    """In per cent, with the number of runs behind it."""
    said = {outcome: share(runs, outcome) for outcome in OUTCOMES}
    return {"n": len(runs), **{outcome: value for outcome, value in said.items() if value}}


def row(title: str, kind: str, runs: Sequence[Run]) -> str:
    counts = Counter(run.outcome for run in runs)
    return f"{title:16}{kind:14}{len(runs):7}" + "".join(f"{counts[outcome] or '·':>9}" for outcome in OUTCOMES)


def print_table(name: str, runs: Sequence[Run]) -> None:
    """Outcomes by format and kind of reply, in counts."""
    print(f"{name:16}{'':14}{'n':>7}" + "".join(f"{outcome:>9}" for outcome in OUTCOMES), file=sys.stderr)
    for format in (*FORMATS, ""):
        for kind in KINDS:
            if some := of(runs, kind, format=format):
                print(row(format or "all", kind, some), file=sys.stderr)


def figures_of(name: str, runs: Sequence[Run]) -> dict[str, object]:
    figures: dict[str, object] = {}
    for format in FORMATS:
        for kind in KINDS:
            if some := of(runs, kind, format=format):
                figures[f"{name}, {format}, {kind}"] = shares(some)
    worst = Counter(run.perturbation for run in of(runs, RECOVERABLE) if run.failed)
    figures[f"{name}, most often not made"] = dict(worst.most_common(12))
    return figures

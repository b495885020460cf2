"""Peers on a sample of the cases that ours was run on, and our own outcomes on that very sample beside theirs."""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness.appliers import NEAR, OUTCOMES, PARTIAL, WRONG, Applier
from benchmarks.harness.edit_runs import KINDS, Run, of, run_of, shares
from benchmarks.harness.peers import NAMES, leaves, missing, peer
from benchmarks.harness.perturb import named
from benchmarks.harness.real_edits import Edit
from benchmarks.harness.throwaway import is_confined

Wanted = Mapping[str, Sequence[str]]
"""Peers by the name of a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    peer: str
    run: Run


def sample(runs: Iterable[Run], most: int, seed: int) -> list[Run]:
    """So many of each kind and format, as evenly as there are some; the same ones each time."""
    groups: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        groups[run.kind, run.format].append(run)
    chosen: list[Run] = []
    # The small ones first, so that what they lack falls to the others.
    for number, (key, group) in enumerate(sorted(groups.items(), key=lambda item: (len(item[1]), item[0]))):
        size = min(len(group), (most - len(chosen)) // (len(groups) - number))
        chosen += random.Random(f"{seed} {key}").sample(group, size)
    return chosen


def run_peers(
    edits: Sequence[Edit], runs: Sequence[Run], *, most: int, seed: int, jobs: int
) -> tuple[dict[str, list[Run]], dict[str, str]]:
    """By name of a peer, and the peers that are missing."""
    absent = missing()
    by_case: dict[str, list[str]] = defaultdict(list)
    for name, format in NAMES.items():
        if name not in absent:
            for run in sample([run for run in runs if run.format == format], most, seed):
                by_case[run.case].append(name)
    works = []
    for edit in edits:
        own = {case: peers for case, peers in by_case.items() if case.startswith(f"{edit.name}#")}
        if own:
            works.append((edit, own))
    found: dict[str, list[Run]] = {name: [] for name in NAMES if name not in absent}
    with (
        TemporaryDirectory(prefix="edits-peers-", ignore_cleanup_errors=True) as scratch,
        ProcessPoolExecutor(max(jobs, 1)) as pool,
    ):
        work = partial(_run, seed=seed, scratch=Path(scratch), confined=is_confined())
        for number, answers in enumerate(pool.map(work, works), 1):
            for answer in answers:
                found[answer.peer].append(answer.run)
            if number % 20 == 0:
                print(f"edits: peers: {number} of {len(works)} edits", file=sys.stderr, flush=True)
    return found, absent


def _run(work: tuple[Edit, Wanted], *, seed: int, scratch: Path, confined: bool) -> list[Answer]:
    edit, wanted = work
    answers = []
    for name, peers in wanted.items():
        case = named(edit, name, seed)
        assert case is not None, name
        if confined or not leaves(case.draft):
            answers += [Answer(peer=one, run=run_of(case, _peer(one, scratch))) for one in peers]
    return answers


@cache
def _peer(name: str, scratch: Path) -> Applier:
    """One of each in a process."""
    return peer(name, scratch)


# --- what it comes to ---


def print_peers(found: Mapping[str, Sequence[Run]], runs: Sequence[Run]) -> None:
    """In per cent of the cases that the peer was given; ours on the same cases in brackets."""
    ours = {run.case: run for run in runs}
    title = "peer (ours on the same cases)"
    print(f"{title:44}{'':12}{'n':>6}" + "".join(f"{outcome:>15}" for outcome in OUTCOMES), file=sys.stderr)
    for name, theirs in found.items():
        for kind in KINDS:
            if some := of(theirs, kind):
                own = shares([ours[run.case] for run in some])
                got = shares(some)
                cells = (f"{got.get(each, 0):.1f} ({own.get(each, 0):.1f})" for each in OUTCOMES)
                said = "".join(f"{'·' if cell == '0.0 (0.0)' else cell:>15}" for cell in cells)
                print(f"{name:44}{kind:12}{len(some):6}{said}", file=sys.stderr)


def peer_figures(found: Mapping[str, Sequence[Run]], runs: Sequence[Run]) -> dict[str, object]:
    ours = {run.case: run for run in runs}
    figures: dict[str, object] = {}
    for name, theirs in found.items():
        for kind in KINDS:
            if some := of(theirs, kind):
                figures[f"{name}, {kind}"] = shares(some)
                figures[f"ours on the cases of {name}, {kind}"] = shares([ours[run.case] for run in some])
        for outcome in (WRONG, PARTIAL, NEAR):
            often = Counter(run.perturbation for run in theirs if run.outcome == outcome)
            if often:
                figures[f"{name}, most often {outcome}"] = dict(often.most_common(6))
    return figures

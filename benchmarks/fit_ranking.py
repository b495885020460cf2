#!/usr/bin/env python3
"""The recipe for the ranking's weights: a listwise linear model over the features of the candidates.

    python benchmarks/fit_ranking.py FEATURES.jsonl [--unit files|functions] [--l2 X]… [--against WEIGHTS.toml]
        [--without FEATURE]… [--ablate] [--quick] [--smoke] [--json]

FEATURES.jsonl is what `localisation.py --features` writes, one object a line: `instance_id`, `repo`, `unit`, `gold`
(names), `candidates` (each `name`, `features` as a mapping). The loss is the cross entropy between the softmax of the
scores and the gold candidates, plus l2/2 times the squared weights. Figures are strict hits and MRR, each repository
ranked by weights that were fitted on the others, with 95 % intervals by bootstrap over repositories. Of several --l2
the one with the least loss on the repositories left out is taken; `--against` compares with weights that are there.
`--ablate` leaves out one feature (with its derived forms, `NAME_rank` and `NAME*…`) at a time.

The weights of a fit on all instances go to stdout as a TOML table. It needs numpy, which `make peers` installs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import random
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.report import DATA_MISSING, at_least, finish

if TYPE_CHECKING:
    Array = Any

PYTHON = Path(__file__).resolve().parent.parent / ".peers/bm25s/bin/python"
KS = (1, 3, 5, 10)
L2 = (0.003, 0.01, 0.03, 0.1)
SMALLEST = 0.005
"""A weight below it changes no rank that matters."""
ROUNDS = 2_000
HISTORY, STEPS = 10, 200


@dataclass(frozen=True, kw_only=True)
class Case:
    """One instance: its candidates' features as rows, and which of them are gold."""

    repo: str
    names: Sequence[str]
    rows: Array
    gold: Array
    lost: int
    """Gold that is not among the candidates: no ranking can find it."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """`hits` by case: whether all gold is within each k, and the reciprocal rank of the first."""

    l2: float
    loss: float
    hits: list[tuple[str, dict[str, float]]]


def load(path: Path, unit: str, without: Sequence[str] = ()) -> tuple[list[Case], list[str]]:
    """The cases of a unit, and the names of the columns."""
    import numpy as np

    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    items = [item for item in items if item["unit"] == unit and item["gold"]]
    every = {name for item in items for one in item["candidates"] for name in one["features"]}
    columns = sorted(name for name in every if not any(belongs(name, one) for one in without))
    place = {name: number for number, name in enumerate(columns)}
    cases = []
    for item in items:
        names = [one["name"] for one in item["candidates"]]
        rows = np.zeros((len(names), len(columns)))
        for number, one in enumerate(item["candidates"]):
            for name, value in one["features"].items():
                if name in place:
                    rows[number, place[name]] = value
        gold = np.isin(np.array(names, dtype=str), item["gold"]).astype(float) if names else np.zeros(0)
        lost = len(set(item["gold"]) - set(names))
        cases.append(Case(repo=item["repo"], names=names, rows=rows, gold=gold, lost=lost))
    return cases, columns


def belongs(name: str, feature: str) -> bool:
    """Whether a column is a feature or a form of it.

    >>> [belongs(name, "words") for name in ("words", "words_rank", "defines*words", "near_words")]
    [True, True, True, False]
    """
    return any(part.removesuffix("_rank") == feature for part in name.split("*"))


# --- the model ---


class Listwise:
    """The loss of weights on cases, and its gradient; all cases in one matrix, each a stretch of its rows."""

    def __init__(self, cases: Sequence[Case], l2: float) -> None:
        import numpy as np

        usable = [case for case in cases if case.gold.sum() > 0]
        self.l2, self.count = l2, len(usable)
        self.rows = np.concatenate([case.rows for case in usable])
        self.aim = np.concatenate([case.gold / case.gold.sum() for case in usable])
        self.lengths = np.array([len(case.names) for case in usable])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])

    def __call__(self, weights: Array) -> tuple[float, Array]:
        import numpy as np

        scores = self.rows @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, self.starts), self.lengths)
        powers = np.exp(scores)
        sums = np.add.reduceat(powers, self.starts)
        loss = (np.log(sums).sum() - (self.aim * scores).sum()) / self.count
        slope = self.rows.T @ (powers / np.repeat(sums, self.lengths) - self.aim) / self.count
        return float(loss + self.l2 * (weights @ weights) / 2), slope + self.l2 * weights


def minimise(loss: Listwise, size: int) -> Array:
    """L-BFGS with backtracking: the loss is convex, so that any descent leads to the one minimum."""
    import numpy as np

    weights = np.zeros(size)
    value, slope = loss(weights)
    moves: list[tuple[Array, Array]] = []
    for _ in range(STEPS):
        direction = -_times_inverse(slope, moves)
        step, drop = 1.0, float(slope @ direction)
        while True:
            after = weights + step * direction
            new, turned = loss(after)
            if new <= value + 1e-4 * step * drop or step < 1e-8:
                break
            step /= 2
        moved, bent = after - weights, turned - slope
        if float(moved @ bent) > 1e-12:
            moves = [*moves[1 - HISTORY :], (moved, bent)]
        weights, value, slope = after, new, turned
        if float(np.abs(slope).max(initial=0.0)) < 1e-5 or step < 1e-8:
            break
    return weights


def _times_inverse(slope: Array, moves: Sequence[tuple[Array, Array]]) -> Array:
    """The slope times the inverse of the curvature that the last moves showed."""
    turned = slope.copy()
    shares = []
    for moved, bent in reversed(moves):
        share = (moved @ turned) / (moved @ bent)
        turned = turned - share * bent
        shares.append(share)
    if moves:
        moved, bent = moves[-1]
        turned = turned * ((moved @ bent) / (bent @ bent))
    for (moved, bent), share in zip(moves, reversed(shares), strict=True):
        turned = turned + moved * (share - (bent @ turned) / (moved @ bent))
    return turned


# --- what it is worth ---


def left_out(cases: Sequence[Case], size: int, l2: float) -> Fitted:
    """Each repository ranked by what was learned from the others."""
    losses, hits = [], []
    for repo in sorted({case.repo for case in cases}):
        weights = minimise(Listwise([case for case in cases if case.repo != repo], l2), size)
        held = [case for case in cases if case.repo == repo]
        if any(case.gold.sum() > 0 for case in held):
            one = Listwise(held, 0.0)
            losses += [one(weights)[0]] * one.count
        hits += [(repo, hits_of(case, weights)) for case in held]
    return Fitted(l2=l2, loss=sum(losses) / len(losses), hits=hits)


def hits_of(case: Case, weights: Array) -> dict[str, float]:
    import numpy as np

    order = np.argsort(-np.round(case.rows @ weights, 9), kind="stable")
    places = sorted(int(n) + 1 for n in np.flatnonzero(case.gold[order])) if len(order) else []
    last = math.inf if case.lost or not places else places[-1]
    return {**{f"@{k}": float(last <= k) for k in KS}, "mrr": 1 / places[0] if places else 0.0}


def interval(hits: Sequence[tuple[str, Mapping[str, float]]], key: str) -> list[float]:
    """Per cent: the mean, and a bootstrap over repositories."""
    groups: dict[str, list[float]] = {}
    for repo, row in hits:
        groups.setdefault(repo, []).append(row[key])
    dice, names, means = random.Random(1), sorted(groups), []
    for _ in range(ROUNDS):
        some = [value for name in dice.choices(names, k=len(names)) for value in groups[name]]
        means.append(sum(some) / len(some))
    means.sort()
    mean = sum(row[key] for _, row in hits) / len(hits)
    return [round(100 * x, 1) for x in (mean, means[int(0.025 * ROUNDS)], means[int(0.975 * ROUNDS)])]


def table(unit: str, columns: Sequence[str], weights: Array) -> str:
    """The weights as TOML, the largest first."""
    rows = sorted(zip(columns, map(float, weights), strict=True), key=lambda row: (-abs(row[1]), row[0]))
    plain = [
        f"{name if name.replace('_', '').isalnum() else json.dumps(name)} = {weight:.3f}"
        for name, weight in rows
        if abs(weight) >= SMALLEST
    ]
    return "\n".join([f"[{unit}]", *plain, ""])


def main() -> int:
    if importlib.util.find_spec("numpy") is None:
        if not PYTHON.exists() or Path(sys.executable) == PYTHON:
            print("fit_ranking: numpy is missing: `make peers`", file=sys.stderr)
            return DATA_MISSING
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    options = _options()
    if options.features is None and not options.smoke:
        print("fit_ranking: name the features that `localisation.py --features` wrote", file=sys.stderr)
        return DATA_MISSING
    figures: dict[str, object] = {}
    if options.smoke:
        cases, columns = made_up()
    else:
        cases, columns = load(options.features, options.unit, options.without)
    if len({case.repo for case in cases}) < 2:
        print(f"fit_ranking: {len(cases)} instances with {options.unit}: two repositories are needed", file=sys.stderr)
        return DATA_MISSING
    fits = [left_out(cases, len(columns), l2) for l2 in (options.l2 or (L2[1:2] if options.smoke else L2))]
    best = min(fits, key=lambda fit: fit.loss)
    figures["instances"] = len(cases)
    figures["all gold among the candidates, %"] = round(100 * sum(not case.lost for case in cases) / len(cases), 1)
    for fit in fits:
        figures[f"l2 {fit.l2:g}, loss left out"] = round(fit.loss, 4)
        figures |= {f"l2 {fit.l2:g}, {key}": interval(fit.hits, key) for key in best.hits[0][1]}
    weights = minimise(Listwise(cases, best.l2), len(columns))
    if options.against:
        figures |= _against(options, cases, columns, best)
    if options.ablate:
        figures |= _ablation(cases, columns, best)
    print(f"# l2 = {best.l2:g}\n{table(options.unit, columns, weights)}")
    found = interval(best.hits, "@5")[0]
    goals = {"the planted feature is found, @5": at_least(90, found)} if options.smoke else {}
    return finish("fit_ranking", figures, goals, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", nargs="?", type=Path, metavar="FEATURES.jsonl")
    parser.add_argument("--unit", choices=("files", "functions"), default="files")
    parser.add_argument("--l2", type=float, action="append", metavar="X")
    parser.add_argument("--against", type=Path, metavar="WEIGHTS.toml", help="weights that are there, by unit")
    parser.add_argument("--without", action="append", default=[], metavar="FEATURE")
    parser.add_argument("--ablate", action="store_true", help="what each feature is worth")
    parser.add_argument("--quick", action="store_true", help="accepted for the sake of the others")
    parser.add_argument("--smoke", action="store_true", help="made-up features")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    return parser.parse_args()


def _against(
    options: argparse.Namespace, cases: Sequence[Case], columns: Sequence[str], best: Fitted
) -> dict[str, object]:
    import numpy as np

    there = tomllib.loads(options.against.read_text(encoding="utf-8"))[options.unit]
    given = np.array([float(there.get(name, 0.0)) for name in columns])
    ordered = [case for repo in sorted({case.repo for case in cases}) for case in cases if case.repo == repo]
    before = [(case.repo, hits_of(case, given)) for case in ordered]
    figures: dict[str, object] = {f"{options.against.name}, {key}": interval(before, key) for key in before[0][1]}
    gain = [
        (repo, {key: new[key] - old[key] for key in new})
        for (repo, new), (_, old) in zip(best.hits, before, strict=True)
    ]
    return figures | {f"left out - {options.against.name}, {key}": interval(gain, key) for key in gain[0][1]}


def _ablation(cases: Sequence[Case], columns: Sequence[str], best: Fitted) -> dict[str, object]:
    """Loss and hits left out when a feature is not there, as differences."""
    figures: dict[str, object] = {}
    whole = {key: interval(best.hits, key)[0] for key in ("@1", "@5", "@10")}
    for feature in sorted({part.removesuffix("_rank") for name in columns for part in name.split("*")}):
        kept = [number for number, name in enumerate(columns) if not belongs(name, feature)]
        fewer = [
            Case(repo=case.repo, names=case.names, rows=case.rows[:, kept], gold=case.gold, lost=case.lost)
            for case in cases
        ]
        fit = left_out(fewer, len(kept), best.l2)
        change = {key: round(interval(fit.hits, key)[0] - value, 1) for key, value in whole.items()}
        figures[f"without {feature}"] = {"loss": round(fit.loss - best.loss, 4), **change}
    return figures


def made_up() -> tuple[list[Case], list[str]]:
    """Cases in which one column tells the gold, one says the contrary, and one is noise."""
    import numpy as np

    dice = np.random.default_rng(1)
    cases = []
    for number in range(24):
        gold = np.zeros(20)
        gold[dice.integers(20)] = 1.0
        told = np.stack([gold + 0.2 * dice.random(20), 0.5 - gold * 0.4 + 0.2 * dice.random(20), dice.random(20)], 1)
        names = [f"file{n}" for n in range(20)]
        cases.append(Case(repo=f"made/up{number % 4}", names=names, rows=told, gold=gold, lost=0))
    return cases, ["told", "denied", "noise"]


if __name__ == "__main__":
    sys.exit(main())

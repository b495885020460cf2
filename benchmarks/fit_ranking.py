#!/usr/bin/env python3
"""The recipe for the ranking's weights: a listwise linear model over the features of the candidates.

    python benchmarks/fit_ranking.py FEATURES.jsonl [--unit files|functions] [--l2 X]… [--mild Q]
        [--against WEIGHTS.toml] [--without FEATURE]… [--unbounded] [--ablate] [--quick] [--smoke] [--json]

FEATURES.jsonl is what `localisation.py --features` writes, one object a line: `instance_id`, `repo`, `part`, `unit`,
`gold` (names), `candidates` (each `name`, `features` as a mapping). The loss is the cross entropy between the softmax
of the scores and the gold candidates, plus l2/2 times the squared weights; `--mild` has cases that no weights can win
count less. Figures are strict hits and MRR, each repository ranked by weights that were fitted on the others, with 95 %
intervals by bootstrap over repositories. A signal's weight is not below zero, for more of what speaks for a file must
not speak against it; FREE and LIMITS say what else holds, `--unbounded` lets all go. Where functions are ranked by what
their file is worth, that is what weights fitted on the other repositories make of it. Of several --l2 the one with the
least loss on the repositories left out is taken; `--against` compares with weights that are there. `--ablate` leaves
out one feature (with its derived forms, `NAME_rank` and `NAME*…`) at a time.

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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.report import DATA_MISSING, at_least, finish

if TYPE_CHECKING:
    from benchmarks.harness.listwise import Array, Case

PYTHON = Path(__file__).resolve().parent.parent / ".peers/bm25s/bin/python"
KS = (1, 3, 5, 10)
L2 = (0.003, 0.01, 0.03, 0.1)
FILES_L2, FILES_MILD = 0.01, 0.1
SMALLEST = 0.005
"""A weight below it changes no rank that matters."""
ROUNDS = 2_000
_FREE_TEXT = "test aside index prose made size imported file short long type value member special nested"
FREE = frozenset(_FREE_TEXT.split())
"""Features that may speak for or against."""
LIMITS: dict[str, tuple[float | None, float | None]] = {
    **{"made": (None, -2.5), "prose": (None, -1.0), "test": (None, -1.0)},
    **{"path": (1.5, None), "whole_path": (2.0, None), "frame": (0.5, None)},
}
"""Least and most, where the visible issues show too little: their repositories hold hardly any generated code."""
FARTHEST = -4.0
"""Below the best file, for functions of files that are out of the question."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """`hits` by case: whether all gold is within each k, and the reciprocal rank of the first."""

    l2: float
    loss: float
    hits: list[tuple[str, dict[str, float]]]
    scores: list[Array]
    """Of each case's candidates, by the weights that its repository had no part in."""


def load(path: Path, unit: str, without: Sequence[str] = ()) -> tuple[list[Case], list[str]]:
    """The cases of a unit, those of a repository together, and the names of the columns."""
    import numpy as np

    from benchmarks.harness.listwise import Case

    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    items = sorted((item for item in items if item["unit"] == unit and item["gold"]), key=lambda item: item["repo"])
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
        gold = np.array([float(name in set(item["gold"])) for name in names])
        lost = len(set(item["gold"]) - set(names))
        head = {"id": item["instance_id"], "repo": item["repo"], "part": item.get("part", "all")}
        cases.append(Case(names=names, rows=rows, gold=gold, lost=lost, **head))
    return cases, columns


def with_file_scores(cases: Sequence[Case], columns: Sequence[str], files: Mapping[str, Mapping[str, float]]) -> None:
    """Put into the columns of functions what their files are worth to weights that have not seen the repository."""
    for case in cases:
        scores = files.get(case.id, {})
        order = {path: n for n, path in enumerate(sorted(scores, key=lambda path: -scores[path]))}
        top = max(scores.values(), default=0.0)
        for number, name in enumerate(case.names):
            path = name.split("::", 1)[0]
            if path in scores:
                case.rows[number, columns.index("file")] = max(scores[path] - top, FARTHEST)
                case.rows[number, columns.index("file_rank")] = 1 / (1 + order[path])


def bounds(columns: Sequence[str], *, unbounded: bool = False) -> tuple[Array, Array]:
    import numpy as np

    pairs = [
        (None, None) if unbounded or name in FREE - LIMITS.keys() else LIMITS.get(name, (0.0, None)) for name in columns
    ]
    low = [-math.inf if least is None else least for least, _ in pairs]
    return np.array(low), np.array([math.inf if most is None else most for _, most in pairs])


def belongs(name: str, feature: str) -> bool:
    """Whether a column is a feature or a form of it.

    >>> [belongs(name, "words") for name in ("words", "words_rank", "defines*words", "near_words")]
    [True, True, True, False]
    """
    return any(part.removesuffix("_rank") == feature for part in name.split("*"))


# --- what it is worth ---


def left_out(cases: Sequence[Case], within: tuple[Array, Array], l2: float, mild: float) -> Fitted:
    """Each repository ranked by what was learned from the others."""
    from benchmarks.harness.listwise import Listwise, fitted

    losses, hits, scores = [], [], []
    for repo in sorted({case.repo for case in cases}):
        weights = fitted([case for case in cases if case.repo != repo], within, l2, mild)
        held = [case for case in cases if case.repo == repo]
        if any(case.gold.sum() > 0 for case in held):
            one = Listwise(held, 0.0, mild)
            losses += [one(weights)[0]] * one.count
        hits += [(repo, hits_of(case, weights)) for case in held]
        scores += [case.rows @ weights for case in held]
    return Fitted(l2=l2, loss=sum(losses) / len(losses), hits=hits, scores=scores)


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
    cases, columns = made_up() if options.smoke else load(options.features, options.unit, options.without)
    if len({case.repo for case in cases}) < 2:
        print(f"fit_ranking: {len(cases)} instances with {options.unit}: two repositories are needed", file=sys.stderr)
        return DATA_MISSING
    within = bounds(columns, unbounded=options.unbounded)
    if options.unit == "functions" and {"file", "file_rank"} <= set(columns):
        files, names = load(options.features, "files")
        fit = left_out(files, bounds(names), FILES_L2, FILES_MILD)
        worth = {c.id: dict(zip(c.names, map(float, s), strict=True)) for c, s in zip(files, fit.scores, strict=True)}
        with_file_scores(cases, columns, worth)
    return _report(options, cases, columns, within)


def _report(
    options: argparse.Namespace, cases: Sequence[Case], columns: Sequence[str], within: tuple[Array, Array]
) -> int:
    from benchmarks.harness.listwise import fitted

    fits = [left_out(cases, within, l2, options.mild) for l2 in (options.l2 or (L2[1:2] if options.smoke else L2))]
    best = min(fits, key=lambda fit: fit.loss)
    lost = sum(case.lost > 0 for case in cases)
    figures: dict[str, object] = {"instances": len(cases), "some gold is no candidate": lost}
    parts = sorted({case.part for case in cases})
    for fit in fits:
        figures[f"l2 {fit.l2:g}, loss left out"] = round(fit.loss, 4)
        for part in parts:
            hits = [hit for case, hit in zip(cases, fit.hits, strict=True) if case.part == part]
            figures |= {f"l2 {fit.l2:g}, {part}, {key}": interval(hits, key) for key in hits[0][1]}
    weights = fitted(cases, within, best.l2, options.mild)
    if options.against:
        figures |= _against(options, cases, columns, best)
    if options.ablate:
        figures |= _ablation(options, cases, columns, within, best)
    print(f"# l2 = {best.l2:g}, mild = {options.mild:g}\n{table(options.unit, columns, weights)}")
    found = interval(best.hits, "@5")[0]
    goals = {"the planted feature is found, @5": at_least(90, found)} if options.smoke else {}
    return finish("fit_ranking", figures, goals, as_json=options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", nargs="?", type=Path, metavar="FEATURES.jsonl")
    parser.add_argument("--unit", choices=("files", "functions"), default="files")
    parser.add_argument("--l2", type=float, action="append", metavar="X")
    parser.add_argument("--mild", type=float, default=0.0, metavar="Q", help="how little lost cases count; 0: as much")
    parser.add_argument("--against", type=Path, metavar="WEIGHTS.toml", help="weights that are there, by unit")
    parser.add_argument("--without", action="append", default=[], metavar="FEATURE")
    parser.add_argument("--unbounded", action="store_true", help="any weight may have any sign")
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
    before = [(case.repo, hits_of(case, given)) for case in cases]
    figures: dict[str, object] = {f"{options.against.name}, {key}": interval(before, key) for key in before[0][1]}
    gain = [
        (repo, {key: new[key] - old[key] for key in new})
        for (repo, new), (_, old) in zip(best.hits, before, strict=True)
    ]
    return figures | {f"left out - {options.against.name}, {key}": interval(gain, key) for key in gain[0][1]}


def _ablation(
    options: argparse.Namespace,
    cases: Sequence[Case],
    columns: Sequence[str],
    within: tuple[Array, Array],
    best: Fitted,
) -> dict[str, object]:
    """Loss and hits left out when a feature is not there, as differences."""
    figures: dict[str, object] = {}
    whole = {key: interval(best.hits, key)[0] for key in ("@1", "@5", "@10")}
    for feature in sorted({part.removesuffix("_rank") for name in columns for part in name.split("*")}):
        kept = [number for number, name in enumerate(columns) if not belongs(name, feature)]
        fewer = [replace(case, rows=case.rows[:, kept]) for case in cases]
        fit = left_out(fewer, (within[0][kept], within[1][kept]), best.l2, options.mild)
        change = {key: round(interval(fit.hits, key)[0] - value, 1) for key, value in whole.items()}
        figures[f"without {feature}"] = {"loss": round(fit.loss - best.loss, 4), **change}
    return figures


def made_up() -> tuple[list[Case], list[str]]:
    """Cases in which one column tells the gold, one says the contrary, and one is noise."""
    import numpy as np

    from benchmarks.harness.listwise import Case

    dice = np.random.default_rng(1)
    cases = []
    for number in range(24):
        gold = np.zeros(20)
        gold[dice.integers(20)] = 1.0
        told = np.stack([gold + 0.2 * dice.random(20), 0.5 - gold * 0.4 + 0.2 * dice.random(20), dice.random(20)], 1)
        names = [f"file{n}" for n in range(20)]
        repo = f"made/up{number // 6}"
        cases.append(Case(id=str(number), repo=repo, part="all", names=names, rows=told, gold=gold, lost=0))
    return cases, ["told", "aside", "noise"]


if __name__ == "__main__":
    sys.exit(main())

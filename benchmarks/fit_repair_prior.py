#!/usr/bin/env python3
"""The recipe for the repair engine's prior: what people wrote, against what the templates offered there.

    python benchmarks/fit_repair_prior.py DIR... [--most N] [--keep FOLDER] [--out FILE]

DIR is a bare git directory (or the folder `owner+name` that holds one as `repo`). Of each, the small fixes of
`harness/repair_fixes.py` are looked at, those of one place with tests first, N at most. Where one of the engine's
candidates is what the person wrote, all candidates of the changed function are counted, by template and kind of edit.
The counts go to FILE as TOML (default: where the engine reads them); with --keep, what was found in a repository is
kept in FOLDER, and not looked for again.

Figures: the place of the person's edit among the candidates of its function, with the costs that the templates set by
hand and with the prior, fitted without the repository (and some others); the same with what is usual in the file.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean, median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness.chosen_edits import Chosen, Context, chosen
from benchmarks.harness.repair_fixes import fixes
from benchmarks.harness.report import DATA_MISSING, finish, parser
from benchmarks.harness.trees import contents, git
from swe_agent.repair.generate import USUAL_WEIGHT
from swe_agent.repair.prior import GROUPS, WEIGHT, ratio

MOST, ROUNDS, TOPS, SEED, PARTS = 80, 3, (10, 50, 200), 5, 6
LEAST = 0.5
"""Rows with less in both counts change nothing."""
OUT = Path(__file__).resolve().parents[1] / "swe_agent/repair/prior.toml"
HEAD = """\
# How often an edit was what a person wrote, and how often it would have been by the costs that templates set by hand:
# see prior.py. Counted by benchmarks/fit_repair_prior.py from {hits} of {fixes} small fixes in the histories of these
# repositories, as of these commits.
"""
Table = Mapping[str, Mapping[str, Sequence[float]]]
Rank = Callable[[Context], float]


@dataclass(frozen=True, kw_only=True)
class Mined:
    name: str
    commit: str
    fixes: int
    found: tuple[Chosen, ...]


def mined(directory: Path, most: int, keep: Path | None) -> Mined:
    name = directory.name.replace("+", "/")
    kept = keep / f"{directory.name}.json" if keep is not None else None
    if kept is not None and kept.exists():
        return read(json.loads(kept.read_text("utf-8")))
    bare = directory / "repo" if (directory / "repo").is_dir() else directory
    found = fixes(bare)
    random.Random(SEED).shuffle(found)
    found = sorted(found, key=lambda fix: (not (fix.alone and fix.tests), not fix.alone, not fix.tests))[:most]
    texts = contents(bare, [oid for fix in found for oid in (fix.place.old, fix.place.new)])
    said = [chosen(fix, *fix.texts(next(texts), next(texts))) for fix in found]
    commit = git(bare, "rev-parse", "HEAD").decode().strip()
    told = Mined(name=name, commit=commit, fixes=len(found), found=tuple(one for one in said if one is not None))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(written(told)), "utf-8")
    return told


def written(told: Mined) -> dict[str, object]:
    rows = [
        {"offered": [[*astuple(c), n] for c, n in one.offered.items()], "right": [astuple(c) for c in one.right]}
        for one in told.found
    ]
    return {"name": told.name, "commit": told.commit, "fixes": told.fixes, "found": rows}


def read(row: dict[str, list[dict[str, list[list[str]]]]]) -> Mined:
    names = tuple(Context.__dataclass_fields__)

    def context(values: Sequence[str]) -> Context:
        return Context(**dict(zip(names, values, strict=True)))  # type: ignore[arg-type]  # as they were written

    found = [
        Chosen(
            offered=Counter({context(values[:-1]): int(values[-1]) for values in one["offered"]}),
            right=tuple(map(context, one["right"])),
        )
        for one in row["found"]
    ]
    return Mined(name=str(row["name"]), commit=str(row["commit"]), fixes=int(str(row["fixes"])), found=tuple(found))


def keys_of(context: Context) -> tuple[str, str]:
    return context.template, context.kind


def fitted(found: Iterable[Chosen]) -> Table:
    """Group → key → how often chosen, and how often expected by the costs and by the other groups."""
    cases = [[(keys_of(c), c.cost, n, c in one.right) for c, n in one.offered.items()] for one in found]
    table: dict[str, dict[str, tuple[float, float]]] = {group: {} for group in GROUPS}
    for _ in range(ROUNDS):
        for at, group in enumerate(GROUPS):
            others = [{key: ratio(*counts) for key, counts in table[name].items()} for name in GROUPS]
            others[at] = {}
            hits, expected = Counter[str](), defaultdict[str, float](float)
            for case in cases:
                weights = [_weight(keys, cost, others) for keys, cost, _, _ in case]
                total = sum(weight * n for weight, (_, _, n, _) in zip(weights, case, strict=True))
                best = max((weight, row[0][at]) for weight, row in zip(weights, case, strict=True) if row[3])
                hits[best[1]] += 1
                for weight, (keys, _, n, _) in zip(weights, case, strict=True):
                    expected[keys[at]] += weight * n / total
            table[group] = {key: (hits[key], expected[key]) for key in expected}
    return table


def _weight(keys: tuple[str, ...], cost: float, known: Sequence[Mapping[str, float]]) -> float:
    return math.exp(sum(table.get(key, 0.0) for key, table in zip(keys, known, strict=True)) - cost / WEIGHT)


def by_hand(context: Context) -> float:
    return context.cost


def with_usual(cost: Rank) -> Rank:
    return lambda context: cost(context) - USUAL_WEIGHT * context.usual


def with_prior(table: Table) -> Rank:
    known = [{key: ratio(*counts) for key, counts in table[group].items()} for group in GROUPS]

    def cost(context: Context) -> float:
        return context.cost - WEIGHT * sum(
            rows.get(key, 0.0) for key, rows in zip(keys_of(context), known, strict=True)
        )

    return cost


def rank_of(one: Chosen, cost: Rank) -> float:
    """Of equals, the middle."""
    costs = {context: round(cost(context), 6) for context in one.offered}
    best = min(costs[context] for context in one.right)
    before = sum(n for context, n in one.offered.items() if costs[context] < best)
    return before + (sum(n for context, n in one.offered.items() if costs[context] == best) + 1) / 2


def told(ranks: Sequence[float]) -> str:
    if not ranks:
        return "none"
    shares = ", ".join(f"top {top} {100 * fmean(rank <= top for rank in ranks):.1f} %" for top in TOPS)
    return f"median {median(ranks):.1f}, geometric mean {math.exp(fmean(map(math.log, ranks))):.1f}, {shares}"


def toml(table: Table, repositories: Sequence[Mined]) -> str:
    hits = sum(len(one.found) for one in repositories)
    lines = [HEAD.format(hits=hits, fixes=sum(one.fixes for one in repositories)), "[sources]"]
    lines += [f'"{one.name}" = "{one.commit}"' for one in repositories]
    for group in GROUPS:
        rows = sorted(table[group].items())
        lines += ["", f"[{group}]"]
        lines += [f"{json.dumps(key)} = [{n:.0f}, {e:.1f}]" for key, (n, e) in rows if max(n, e) >= LEAST]
    return "\n".join(lines) + "\n"


def main() -> int:
    options = parser(__doc__)
    options.add_argument("directories", nargs="*", type=Path, metavar="DIR")
    options.add_argument("--most", type=int, default=MOST)
    options.add_argument("--keep", type=Path)
    options.add_argument("--out", type=Path, default=OUT)
    given = options.parse_args()
    if not given.directories:
        print("fit_repair_prior: name the git directories whose fixes are to be counted", file=sys.stderr)
        return DATA_MISSING
    repositories = [mined(directory, given.most, given.keep) for directory in sorted(given.directories)]
    ranks: dict[str, list[float]] = {name: [] for name in ("by hand", "with what is usual", "with the prior", "both")}
    for part in range(PARTS):
        others = [other for at, other in enumerate(repositories) if at % PARTS != part]
        cost = with_prior(fitted(one for other in others for one in other.found))
        costs = (by_hand, with_usual(by_hand), cost, with_usual(cost))
        for one in (one for left_out in repositories[part::PARTS] for one in left_out.found):
            for name, rank in zip(ranks, costs, strict=True):
                ranks[name].append(rank_of(one, rank))
    print(f"{len(ranks['both'])} of {sum(one.fixes for one in repositories)} fixes are among the candidates")
    given.out.write_text(toml(fitted(one for other in repositories for one in other.found), repositories), "utf-8")
    return finish("fit_repair_prior", {name: told(own) for name, own in ranks.items()}, {}, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())

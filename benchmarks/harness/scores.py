"""Rankings scored by the data's own scorer, and what a map shows of the gold files."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.harness.workers import Row

KEYS = ("@1", "@3", "@5", "@10", "@50", "mrr")
Figure = list[float]
"""Per cent: value, and a 95 % interval by bootstrap over repositories."""


def score(
    scorer: Path, data: Path, ranked: Path, *, unit: str, part: str = "", against: Path | None = None
) -> dict[str, Figure]:
    """By key; with `against` the paired difference. Empty where no instance has gold of this unit."""
    argv = [sys.executable, str(scorer), str(ranked), "--data", str(data), "--unit", unit, "--json"]
    argv += [*(["--part", part] if part else []), *(["--against", str(against)] if against else [])]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode == 2 and "no instance" in done.stderr:
        return {}
    if done.returncode:
        raise RuntimeError(f"{scorer.name}: {done.stderr}")
    answer = json.loads(done.stdout)
    return {key: [round(100 * answer[key][end], 1) for end in ("value", "low", "high")] for key in KEYS}


def write_rows(path: Path, rows: Iterable[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def shown(text: str) -> dict[str, bool]:
    """The files of a map, and whether anything of them is shown below their names. Ours and aider's are written alike:
    a path at the margin, a colon behind it or not, and lines that are indented or drawn below it.

    >>> shown("a.py\\n  1: def f():\\n\\nb.py:\\n⋮\\n│class B:\\n\\nc.py\\n")
    {'a.py': True, 'b.py': True, 'c.py': False}
    """
    found: dict[str, bool] = {}
    last = ""
    for line in text.split("\n"):
        if line[:1] in (" ", "\t", "│", "⋮"):
            if last and line[:1] != "⋮":
                found[last] = True
        elif line.strip():
            last = line.strip().removesuffix(":")
            found.setdefault(last, False)
    return found


def in_map(instances: Sequence[Row], rows: Mapping[str, Row], tokens: int) -> dict[str, Figure]:
    """How often all gold files stand in the map at all, and with a signature."""
    listed, signed = [], []
    for instance in instances:
        files = shown(rows.get(instance["instance_id"], {}).get("maps", {}).get(str(tokens), ""))
        gold = instance["gold_files"]
        listed.append((instance["repo"], all(path in files for path in gold)))
        signed.append((instance["repo"], all(files.get(path, False) for path in gold)))
    return {"listed": _share(listed), "with a signature": _share(signed)}


def _share(flags: Sequence[tuple[str, bool]], rounds: int = 2_000) -> Figure:
    groups: dict[str, list[bool]] = {}
    for repo, flag in flags:
        groups.setdefault(repo, []).append(flag)
    dice, names, means = random.Random(1), sorted(groups), []
    for _ in range(rounds):
        chosen = [flag for name in dice.choices(names, k=len(names)) for flag in groups[name]]
        means.append(sum(chosen) / len(chosen))
    means.sort()
    mean = sum(flag for _, flag in flags) / len(flags)
    return [round(100 * x, 1) for x in (mean, means[int(0.025 * rounds)], means[int(0.975 * rounds)])]


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 3), "max": round(max(values), 3)} if values else {}

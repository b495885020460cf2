"""The recipe for the ranking's weights finds weights that were planted, on a repository that it has not seen.

It is run as a program, for numpy lives in the environment of a peer.
"""

from __future__ import annotations

import importlib.util
import json
import random
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PROGRAM = TOP / "benchmarks/fit_ranking.py"
PEER = TOP / ".peers/bm25s/bin/python"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numpy") is None and not PEER.exists(), reason="numpy is not here: `make peers`"
)


def _write(path: Path, *, unit: str = "files") -> Path:
    """Gold is what `good` tells, `bad` denies and `noise` knows nothing of; two in five answers have two gold names."""
    dice = random.Random(3)
    lines = []
    for number in range(30):
        gold = dice.sample(range(15), 1 + (number % 5 < 2))
        candidates = []
        for place in range(15):
            features = {"noise": dice.random(), "bad": dice.random() * 0.5 + (0.0 if place in gold else 0.3)}
            if place in gold:
                features["good"] = 0.6 + 0.4 * dice.random()
            candidates.append({"name": f"f{place}", "features": features})
        head = {"instance_id": f"i{number}", "repo": f"r{number % 3}", "unit": unit}
        lines.append(json.dumps({**head, "gold": [f"f{place}" for place in gold], "candidates": candidates}))
    path.write_text("\n".join(lines))
    return path


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120)


def test_planted_weights_are_found_and_hold_where_they_were_not_fitted(tmp_path: Path) -> None:
    done = _run(_write(tmp_path / "features.jsonl"), "--l2", "0.01", "--unbounded", "--json")
    assert done.returncode == 0, done.stderr
    *text, last = done.stdout.strip().splitlines()
    weights = tomllib.loads("\n".join(text))["files"]
    assert weights["good"] > 1 > 0 > weights["bad"]
    assert abs(weights.get("noise", 0.0)) < weights["good"] / 4
    figures = json.loads(last)["figures"]
    assert figures["l2 0.01, all, @3"] == [100.0, 100.0, 100.0]
    assert figures["instances"] == 30


def test_what_speaks_for_a_candidate_never_speaks_against_it(tmp_path: Path) -> None:
    done = _run(_write(tmp_path / "features.jsonl"), "--l2", "0.01")
    assert done.returncode == 0, done.stderr
    weights = tomllib.loads(done.stdout)["files"]
    assert weights["good"] > 1
    assert "bad" not in weights


def test_gold_that_is_no_candidate_is_a_miss_and_a_feature_can_be_left_out(tmp_path: Path) -> None:
    path = _write(tmp_path / "features.jsonl", unit="functions")
    first, *rest = path.read_text().splitlines()
    item = json.loads(first)
    item["gold"] = [*item["gold"], "elsewhere"]
    path.write_text("\n".join([json.dumps(item), *rest]))
    done = _run(path, "--unit", "functions", "--l2", "0.01", "--without", "bad", "--json")
    assert done.returncode == 0, done.stderr
    *text, last = done.stdout.strip().splitlines()
    assert "bad" not in tomllib.loads("\n".join(text))["functions"]
    figures = json.loads(last)["figures"]
    assert figures["some gold is no candidate"] == 1
    assert figures["l2 0.01, all, @10"][0] == 96.7


def test_without_features_it_says_what_to_do() -> None:
    done = _run()
    assert done.returncode == 3
    assert "--features" in done.stderr

"""What people's fixes say of a candidate before any test has run, and the recipe that counts them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from swe_agent.repair.prior import GROUPS, doubt, kind_of_edit
from swe_agent.testing.repository import RepoBuilder

TOP = Path(__file__).resolve().parents[2]
TABLE = TOP / "swe_agent/repair/prior.toml"
PROGRAM = TOP / "benchmarks/fit_repair_prior.py"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("<", "<=", "-< +<="),
        ("value", "value is not None", "+None +is +not"),
        ("x", "'y'", "-n +$"),
        ("a + 17", "a + 18", ""),
        ("0", "1", "-0 +1"),
        ("", "return x", "+n +return"),
    ],
)
def test_kinds_of_edits_are_the_words_that_go_and_come(old: str, new: str, kind: str) -> None:
    assert kind_of_edit(old, new) == kind


def test_what_nobody_counted_says_nothing() -> None:
    assert doubt("no such template", "-no +such") == 0.0


def test_the_table_is_small_and_holds_counts_alone() -> None:
    table = tomllib.loads(TABLE.read_text("utf-8"))
    assert set(table) == {"sources", *GROUPS}
    assert TABLE.stat().st_size < 30_000
    assert all(len(commit) == 40 for commit in table["sources"].values())
    for group in GROUPS:
        assert all(chosen >= 0 and expected >= 0 for chosen, expected in table[group].values())


def test_the_recipe_counts_what_people_chose(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "some+thing")
    names = ["first", "second", "third"]
    wrong = {f"{name}.py": f"def {name}(a, b):\n    if a < b:\n        return a\n    return b\n" for name in names}
    repo.commit("start", wrong)
    for name in names:
        right = wrong[f"{name}.py"].replace("<", "<=")
        repo.commit(f"Fix the bound that {name} leaves out", {f"{name}.py": right})
    out = tmp_path / "prior.toml"
    argv = [sys.executable, str(PROGRAM), str(repo.path / ".git"), "--out", str(out)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    table = tomllib.loads(out.read_text("utf-8"))
    chosen, expected = table["template"]["comparison"]
    assert chosen == 3 > expected
    assert table["kind"]["-< +<="][0] == 3
    assert all(times == 0 for name, (times, _) in table["template"].items() if name != "comparison")
    assert "3 of 3 fixes are among the candidates" in done.stdout

"""A search that is killed goes on where it was: what was tried is not tried again, and the end is the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from program import TIER, Program, kill, wait_for
from tmux import Pane, missing

from swe_agent.testing.repository import ALONE, RepoBuilder, tree_digest

LIB = '''def low(values):
    """Nothing that is tried makes this a tree."""
    first, second = values[0], values[1]
    return first if first < second else second


def far(x, y):
    return x - y
'''
FILES = {
    "lib.py": LIB,
    "test_lib.py": (
        "from lib import far, low\n\n\n"
        "def test_tree():\n    assert low([1, 2]) == 'a tree'\n\n\n"
        "def test_far():\n    assert far(1, 2) == 3\n\n\n"
        "def test_low():\n    assert low([2, 1]) == 1\n"
    ),
    "pyproject.toml": f'[tool.pytest.ini_options]\npythonpath = ["."]\n{ALONE}',
    ".gitignore": "__pycache__/\n",
}


def trials(state: Path) -> list[str]:
    """The keys of all that any job here has tried."""
    files = state.glob("swe-agent/*/boxes/*/trials.jsonl")
    return [json.loads(line)["key"] for file in files for line in file.read_text().splitlines() if line.endswith("}")]


def test_killed_while_it_searches(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "repo")
    repo.commit("two faults", FILES)
    state = tmp_path / "state"
    env = {"XDG_STATE_HOME": str(state)}
    program, before = Program(repo.path), tree_digest(repo.path, leave_out=(".git/swe-agent",))
    process = program.start("run", "make the tests pass", "--engine", "repair", "--sandbox", TIER, "--json", env=env)
    wait_for(lambda: len(trials(state)) > 30)
    kill(process)
    made = trials(state)

    resumed = program.run("resume", "--sandbox", TIER, "--json", env=env)
    assert resumed.code == 1, "one test still fails"
    (found,) = [event for event in resumed.events if event["type"] == "FixesFound"]
    assert [fix["edit"]["after"] for fix in found["fixes"]] == ["    return x + y"]
    assert (found["unfixed"], found["ended"]) == (["test_lib.py::test_tree"], "exhausted")
    after = trials(state)
    assert after[: len(made)] == made
    assert len(after) > len(made)
    assert len(set(after)) == len(after), "nothing was tried twice"
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before


# On CI there has to be one; elsewhere tmux may be missing, and nobody can be made to install it.
@pytest.mark.skipif(bool(missing()), reason=missing())
def test_it_says_how_far_it_is(tmp_path: Path) -> None:
    repo = RepoBuilder(tmp_path / "repo")
    repo.commit("two faults", FILES)
    command = Program(repo.path).command("run", "make the tests pass", "--engine", "repair", "--sandbox", TIER)
    with Pane(command, cwd=repo.path, size=(120, 24), folder=tmp_path, env={}) as pane:
        pane.until(re.compile(r"searching: \d+ edits tried, \d+ to go; now lib.py:\d").search)
        pane.until(re.compile(r"searching: \d+ edits tried, \d+ to go, \d+ s at most; now lib.py:\d").search)
        assert pane.status() == 1

"""Notes of git-ai taken into the books: their lines are followed through what git-ai itself loses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from noting import kit_of
from program import Program

from swe_agent.jobs.lines import blame
from swe_agent.testing.repository import RepoBuilder

BEFORE = "def total(prices):\n    return sum(prices)\n"
AGENTS = "def mean(prices):\n    kept = [price for price in prices if price]\n    return total(kept) / len(kept)\n"
PEOPLES = "def largest(prices):\n    return max(prices, default=0)\n"


def note_of(path: str, first: int, last: int, *, tool: str = "cursor") -> str:
    agent = {"tool": tool, "id": "talk-1", "model": "maker/model-1"}
    told = {
        "schema_version": "authorship/3.0.0",
        "base_commit_sha": "0" * 40,
        "prompts": {},
        "sessions": {"s_1": {"agent_id": agent}},
    }
    return f"{path}\n  s_1::t_1 {first}-{last}\n---\n{json.dumps(told)}"


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    repo = RepoBuilder(tmp_path / "project")
    repo.commit("first", {"shop.py": BEFORE})
    return repo


def kinds(repo: RepoBuilder, path: str = "shop.py") -> list[tuple[str, str]]:
    (file,) = blame(kit_of(repo.path), "HEAD", [path])
    return [(one.kind, one.via) for one in file.origins if one.kind != "unknown"]


def test_lines_of_a_note_are_followed_and_told_once(repo: RepoBuilder) -> None:
    commit = repo.commit("mean", {"shop.py": BEFORE + AGENTS + PEOPLES})
    repo.git("notes", "--ref=ai", "add", "-m", note_of("shop.py", 3, 5), commit)
    program = Program(repo.path)
    first = program.run("stats", "ingest", "--git-ai", "--json").object
    assert {key: first[key] for key in ("type", "commits", "blocks", "lines", "known", "lost")} == {
        "type": "GitAiTaken", "commits": 1, "blocks": 1, "lines": 3, "known": 0, "lost": 0,
    }  # fmt: skip
    again = program.run("stats", "ingest", "--git-ai")
    assert "on 0 commits taken in: 0 lines of agents; 1 were known already" in again.stdout
    assert kinds(repo) == [("ai", "git-ai")] * 3
    repo.commit("moved", {"shop.py": BEFORE + PEOPLES, "lib/means.py": AGENTS.replace("    ", "\t")})
    assert kinds(repo, "lib/means.py") == [("ai", "git-ai")] * 3
    assert kinds(repo) == []
    assert "no proposal was decided" in program.run("stats", "acceptance").stdout, "a note tells no decisions"


def test_notes_that_say_nothing_new_are_passed_over(repo: RepoBuilder) -> None:
    ours = repo.commit("ours", {"ours.py": AGENTS})
    torn = repo.commit("torn", {"torn.py": AGENTS})
    beyond = repo.commit("beyond", {"beyond.py": PEOPLES})
    repo.git("notes", "--ref=ai", "add", "-m", note_of("ours.py", 1, 3, tool="swe-agent"), ours)
    repo.git("notes", "--ref=ai", "add", "-m", "no log at all", torn)
    repo.git("notes", "--ref=ai", "add", "-m", note_of("beyond.py", 90, 99), beyond)
    ran = Program(repo.path).run("stats", "ingest", "--git-ai")
    assert ran.code == 0, ran.stderr
    assert "notes of git-ai on 0 commits taken in" in ran.stdout
    assert "1 note in another format than authorship/3.0.0" in ran.stderr
    assert kinds(repo, "ours.py") == kinds(repo, "beyond.py") == []


def test_two_sources_at_once_are_refused(repo: RepoBuilder) -> None:
    assert Program(repo.path).run("stats", "ingest", "--git-ai", "--decisions", "-").code == 2

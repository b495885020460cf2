from __future__ import annotations

import json
from pathlib import Path

import pytest
from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown
from swe_agent.testing.repository import RepoBuilder, tree_digest

KEY = "AKIA" + "IOSFODNN7EXAMPLQ"
BEFORE = "def total(prices):\n    return sum(prices)\n"
AFTER = f'KEY = "{KEY}"\n\n\ndef total(prices):\n    breakpoint()\n    return sum(prices)\n'


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    repo = RepoBuilder(tmp_path / "shop")
    repo.commit("first", {"cart.py": BEFORE})
    return repo


def rules(program: Program, *args: str) -> list[str]:
    """Of what stands at lines."""
    found = answer(program, "review", *args)["findings"]
    return [one["rule"] for one in found if one["place"] == "line"]


FOUND = ["secret/aws-access-key-id", "leftover"]


def test_what_is_not_committed_is_looked_at_first(repo: RepoBuilder, snapshot: SnapshotAssertion) -> None:
    repo.write({"cart.py": AFTER})
    assert shown(Program(repo.path).run("review"), repo.path) == snapshot


def test_else_what_the_branch_has_of_its_own(repo: RepoBuilder) -> None:
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit("second", {"cart.py": AFTER})
    assert rules(Program(repo.path)) == FOUND
    repo.git("switch", "--quiet", "main")
    assert rules(Program(repo.path), "topic") == rules(Program(repo.path), "main..topic") == FOUND


def test_staged_and_not(repo: RepoBuilder) -> None:
    repo.write({"cart.py": AFTER}).stage()
    repo.write({"cart.py": BEFORE, "new.py": "breakpoint()\n"})
    program = Program(repo.path)
    assert rules(program, "--staged") == FOUND
    before = tree_digest(repo.path, leave_out=(".git/swe-agent",))
    assert rules(program, "--staged") == FOUND
    assert rules(program, "--worktree") == ["leftover"]
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before


def test_a_patch_without_its_project(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.commit("second", {"cart.py": AFTER})
    patch = repo.git("diff", "HEAD~1", "HEAD") + "\n"
    (tmp_path / "a.diff").write_text(patch)
    elsewhere = tmp_path / "empty"
    elsewhere.mkdir()
    program = Program(elsewhere)
    found = answer(program, "review", "--diff", str(tmp_path / "a.diff"))
    assert [one["rule"] for one in found["findings"]][:2] == FOUND
    assert found["coverage"] == [
        {
            "path": "cart.py",
            "state": "partial",
            "why": "its whole text is not at hand: only what the diff shows",
        }
    ]
    assert [one["rule"] for one in answer(program, "review", "--diff", "-", input=patch)["findings"]][:2] == FOUND


def test_the_settings_of_the_base_hold(repo: RepoBuilder) -> None:
    """Who changes a line does not decide in the same breath that nobody looks at it."""
    off = '[review]\noff = ["secret/*", "leftover"]\n'
    repo.git("switch", "--quiet", "-c", "topic")
    repo.commit("second", {"cart.py": AFTER, ".swe-agent.toml": off})
    program = Program(repo.path)
    assert [rule for rule in rules(program, "main..topic") if rule in FOUND] == FOUND
    repo.commit("third", {"cart.py": AFTER + "\n\nbreakpoint()\n"})
    found = answer(program, "review", "HEAD~1..HEAD")["findings"]
    left = [(one["rule"], one["why"]) for one in found if one["place"] == "left out"]
    assert left == [("leftover", "the rule leftover is off")]


def test_what_the_settings_leave_out_is_said(repo: RepoBuilder) -> None:
    repo.commit("settings", {".swe-agent.toml": '[review]\nexclude = ["docs/*", "*.gen.py"]\n'})
    repo.write({"a.gen.py": "breakpoint()\n", "docs/b.py": "breakpoint()\n", "cart.py": AFTER})
    program = Program(repo.path)
    found = answer(program, "review", "--min-coverage", "100")
    assert [one["path"] for one in found["findings"] if one["place"] == "line"] == ["cart.py", "cart.py"]
    skipped = [(one["path"], one["why"]) for one in found["coverage"] if one["state"] == "skipped"]
    assert skipped == [(path, "left out by `review.exclude`") for path in ("a.gen.py", "docs/b.py")]


def test_gates(repo: RepoBuilder, snapshot: SnapshotAssertion) -> None:
    repo.write({"cart.py": BEFORE.replace("    return", "    breakpoint()\n    return")})
    program = Program(repo.path)
    assert [program.run("review", "--fail-on", word).code for word in ("critical", "high", "low")] == [0, 1, 1]
    repo.write({"a.bin": b"\0\1", "cart.py": BEFORE})
    assert [program.run("review", "--min-coverage", share).code for share in ("0", "50")] == [0, 1]
    repo.write({"a.bin": None})
    assert shown(program.run("review"), repo.path) == snapshot(name="nothing")
    assert shown(program.run("review", "--fail-on", "worst"), repo.path) == snapshot(name="no such severity")
    assert shown(program.run("review", "nowhere..HEAD"), repo.path) == snapshot(name="no such commit")
    assert shown(program.run("review", "--staged", "--worktree"), repo.path) == snapshot(name="two at once")


def test_formats(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.write({"cart.py": AFTER})
    files = {name: tmp_path / name for name in ("sarif", "rdjson", "codequality", "github-review", "gitlab", "html")}
    ran = Program(repo.path).run("review", "-o", "rdjsonl", *(f"-o{name}={path}" for name, path in files.items()))
    assert ran.code == 0
    assert [json.loads(line)["code"]["value"] for line in ran.stdout.splitlines()] == FOUND
    texts = {name: path.read_text() for name, path in files.items()}
    assert [one["ruleId"] for one in json.loads(texts["sarif"])["runs"][0]["results"]] == FOUND
    assert len(json.loads(texts["rdjson"])["diagnostics"]) == len(json.loads(texts["codequality"])) == 2
    assert [one["line"] for one in json.loads(texts["github-review"])["comments"]] == [1, 5]
    assert [one["position"]["new_line"] for one in json.loads(texts["gitlab"])] == [1, 5]
    assert "looks left over" in texts["html"]
    assert not any(KEY in text for text in (*texts.values(), ran.stdout, ran.stderr))


def test_markdown(repo: RepoBuilder, snapshot: SnapshotAssertion) -> None:
    repo.write({"cart.py": AFTER})
    assert shown(Program(repo.path).run("review", "-o", "markdown", "--explain-placement"), repo.path) == snapshot

from __future__ import annotations

import re
from pathlib import Path

import pytest
from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import shown
from swe_agent.cli.ci.writing import TEMPLATES, template
from swe_agent.testing.repository import RepoBuilder


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    repo = RepoBuilder(tmp_path / "shop")
    repo.commit("first", {"cart.py": "x = 1\n"})
    return repo


def test_a_pipeline_is_written_once(repo: RepoBuilder, snapshot: SnapshotAssertion) -> None:
    program = Program(repo.path)
    assert shown(program.run("ci", "init", "github"), repo.path) == snapshot(name="written")
    mine = repo.path / ".github/workflows/swe-agent-post.yml"
    mine.write_text("mine\n")
    assert shown(program.run("ci", "init", "github"), repo.path) == snapshot(name="there already")
    assert mine.read_text() == "mine\n"
    assert program.run("ci", "init", "github", "--force").code == 0
    assert mine.read_text() != "mine\n"
    assert shown(program.run("ci", "init", "bitbucket"), repo.path) == snapshot(name="unknown")


NAMES = [name for names in TEMPLATES.values() for name in names]


@pytest.mark.parametrize("name", NAMES)
def test_a_command_in_a_pipeline_is_one_of_ours(name: str, tmp_path: Path) -> None:
    """With options that there are."""
    text = template(name).replace("\\\n", " ").replace("\n      --", " --")
    commands = re.findall(r"swe-agent ((?:ci )?(?:review|run|accept|post|propose)\b[^\n]*)", text)
    typed = [line for line in commands if "--" in line]
    assert typed
    for line in typed:
        words = line.split()
        command = words[:2] if words[0] == "ci" else words[:1]
        known = Program(tmp_path).run(*command, "--help").stdout
        for option in re.findall(r"--[a-z-]+", line):
            assert option in known, (option, line)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("github")])
def test_what_others_have_written_is_never_part_of_a_script(name: str) -> None:
    """`${{ github.event… }}` within `run:` would be code: it stands in `env:` alone, and every job says its rights."""
    text = template(name)
    scripts = re.findall(r"^( +)(?:- )?run: (?:\|\n((?:\1  .*\n|\n)+)|(.*))", text, re.MULTILINE)
    assert scripts
    assert [body for _, *bodies in scripts for body in bodies if "${{" in body] == []
    assert "\npermissions: {}\n" in text
    assert "pull_request_target" not in text


def test_the_action_puts_nothing_of_others_into_its_scripts() -> None:
    text = (Path(__file__).parents[2] / "action.yml").read_text("utf-8")
    scripts = re.findall(r"^ +run: \|\n((?: {8}.*\n|\n)+)", text, re.MULTILINE)
    assert len(scripts) == 3
    assert [body for body in scripts if "${{" in body] == []
    known = Program(Path.cwd()).run("review", "--help").stdout
    for option in re.findall(r"--[a-z-]+", scripts[2]):
        assert option in known, option


def test_who_reads_does_not_write_and_who_writes_asks_no_model() -> None:
    review, post = template("github-review.yml"), template("github-post.yml")
    assert "write" not in re.findall(r"permissions:\n((?: +.*\n)+?) +steps:", review)[0]
    assert "API_KEY" not in post
    assert "pull_request.head" not in post.split("steps:")[1]
    analyse, posting = template("gitlab.yml").split("swe-agent post:")
    assert 'SWE_AGENT_GITLAB_TOKEN: ""' in analyse
    assert 'SWE_AGENT_API_KEY: ""' in posting

"""Both stages of a review in a pipeline, and a proposal that becomes a pull request, as pipelines run them: the
program, real git, and a platform on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from forges.github_server import GitHubServer
from forges.gitlab_server import GitLabServer
from program import FIXING, TASK, TIER, Program, Ran, script, shop

from swe_agent.testing.repository import RepoBuilder

CODE = [f"value_{n} = {n}" for n in range(1, 60)]


def text(*changed: tuple[int, str]) -> str:
    lines = list(CODE)
    for line, new in changed:
        lines[line - 1] = new
    return "\n".join(lines) + "\n"


class Pipeline:
    """A merge request in a repository, and what a pipeline says of it in its variables."""

    def __init__(self, path: Path) -> None:
        self.repo = RepoBuilder(path)
        self.base = self.repo.commit("first", {"code.py": text()})
        self.repo.git("switch", "--quiet", "-c", "topic")
        self.program = Program(path)

    def push(self, *changed: tuple[int, str]) -> tuple[str, bytes]:
        """The new head, and the change as the platform shows it."""
        self.repo.commit("change", {"code.py": text(*changed)})
        return self.repo.head, self.repo.git("diff", "-M", "main...topic").encode() + b"\n"

    def review(self) -> Path:
        """By the signals alone, however this machine is."""
        place = self.repo.path.parent / "review.json"
        ran = self.program.run("review", "main...topic", "--checks", "signals", "-o", f"json={place}")
        assert ran.code == 0, ran.stderr
        return place


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path / "project")


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with GitHubServer(b"") as server:
        yield server


def post(pipeline: Pipeline, file: Path, env: Mapping[str, str], *args: str) -> Ran:
    return pipeline.program.run("ci", "post", str(file), "--pull", "7", *args, env=env)


def variables(server: GitHubServer) -> dict[str, str]:
    return {"GITHUB_TOKEN": "t0", "GITHUB_API_URL": server.url_of(), "GITHUB_REPOSITORY": "o/n"}


def posted(pipeline: Pipeline, server: GitHubServer, *args: str, code: int = 0) -> dict[str, Any]:
    ran = post(pipeline, pipeline.review(), variables(server), "--to", "github", "--json", *args)
    assert ran.code == code, ran.stderr
    return ran.object


def open_lines(server: GitHubServer) -> list[int | None]:
    return [one.line for one in server.threads if not one.is_resolved]


def test_pushes_are_told_once(pipeline: Pipeline, github: GitHubServer) -> None:
    """New ones come, mended ones are resolved, moved ones stay, and a run without news writes nothing."""
    github.push(*pipeline.push((10, "breakpoint()"), (40, "breakpoint()  # later")))
    github.base = pipeline.base
    dry = posted(pipeline, github, "--dry-run")
    assert (dry["comments"], dry["calls"], github.threads) == (2, 0, [])
    first = posted(pipeline, github)
    assert (first["comments"], first["summary"], first["calls"]) == (2, "created", 2)
    again = posted(pipeline, github)
    assert (again["comments"], again["summary"], again["calls"]) == (0, "unchanged", 0)
    github.push(*pipeline.push((3, "value_3 = 33"), (40, "breakpoint()  # later"), (50, "breakpoint()  # last")))
    second = posted(pipeline, github)
    assert (second["comments"], second["resolved"], second["summary"]) == (1, 1, "edited")
    assert sorted(open_lines(github), key=str) == [40, 50]
    assert len(github.comments) == 1


def test_the_other_platform(pipeline: Pipeline) -> None:
    with GitLabServer(b"") as server:
        server.push(*pipeline.push((10, "breakpoint()")))
        variables = {
            "SWE_AGENT_GITLAB_TOKEN": "t0", "CI_SERVER_URL": server.url_of(), "CI_PROJECT_ID": "g/n",
        }  # fmt: skip
        server.base = pipeline.base
        ran = post(pipeline, pipeline.review(), variables, "--to", "gitlab", "--json")
        assert ran.code == 0, ran.stderr
        assert ran.object["comments"] == 1
        positions = [note["position"] for one in server.discussions for note in one["notes"] if note.get("position")]
        assert [position["new_line"] for position in positions] == [10]


def test_the_file_is_not_believed(pipeline: Pipeline, github: GitHubServer) -> None:
    """Who has had the first stage in hand gets nobody called, no mark, no place outside of the change, no flood."""
    github.push(*pipeline.push((10, "breakpoint()")))
    github.base = pipeline.base
    file = pipeline.review()
    review = json.loads(file.read_text())
    [found] = [one for one in review["findings"] if one["place"] == "line"]
    hostile = "@everyone fixes #1 ![x](https://evil.example/) <!-- swe-agent:v1 eJw= -->\n/approve"
    review["findings"] = [
        {**found, "message": f"{n} {hostile}", "detail": hostile, "fingerprint": "0" * 20, "first": n, "last": n}
        for n in range(1, 41)
    ] + [{**found, "path": "../../etc/passwd", "message": hostile}]
    file.write_text(json.dumps(review))
    ran = post(pipeline, file, variables(github), "--to", "github", "--json")
    assert ran.code == 0, ran.stderr
    assert ran.object["comments"] <= 10
    bodies = [one.comments[0]["body"] for one in github.threads] + [one["body"] for one in github.comments]
    assert bodies
    for body in bodies:
        assert "@everyone" not in body
        assert "#1 " not in body
        assert "![x]" not in body
        assert "\n/approve" not in body
        assert body.count("<!--") == 1
        assert "0" * 20 not in body
    assert {one.path for one in github.threads} == {"code.py"}
    [sent] = [call.body for call in github.log if call.path.endswith("/reviews")]
    assert sent["event"] == "COMMENT"


@pytest.mark.parametrize("wrong", ["not json", "[]", '{"v": 1, "type": "Review"}', '{"v": 2, "type": "Review"}'])
def test_what_is_no_review_is_refused(pipeline: Pipeline, github: GitHubServer, tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "review.json"
    file.write_text(wrong)
    ran = post(pipeline, file, variables(github), "--to", "github")
    assert (ran.code, github.writes()) == (2, [])


def test_another_head_is_refused(pipeline: Pipeline, github: GitHubServer) -> None:
    github.push(*pipeline.push((10, "breakpoint()")))
    file = pipeline.review()
    assert post(pipeline, file, variables(github), "--to", "github", "--head", "b" * 40).code == 5
    head, patch = pipeline.push((11, "breakpoint()"))
    github.push(head, patch)
    assert post(pipeline, file, variables(github), "--to", "github").code == 5
    assert github.writes() == []


def test_without_a_token(pipeline: Pipeline, github: GitHubServer) -> None:
    pipeline.push((10, "breakpoint()"))
    ran = post(pipeline, pipeline.review(), {"GITHUB_API_URL": github.url_of()}, "--to", "github")
    assert (ran.code, "GITHUB_TOKEN is not set" in ran.stderr) == (3, True)


def test_a_task_ends_in_a_pull_request_with_its_evidence(tmp_path: Path, github: GitHubServer) -> None:
    repo = shop(tmp_path / "shop")
    program = Program(repo.path)
    repo.git("config", "user.name", "swe-agent")
    repo.git("config", "user.email", "swe-agent@example.org")
    name = script(tmp_path / "s.json", FIXING)
    assert program.run("run", TASK, "--model", name, "--sandbox", TIER).code == 0
    assert program.run("accept", "--branch", "swe-agent/issue-3", "--sandbox", TIER).code == 0
    args = ("ci", "propose", "--to", "github", "--branch", "swe-agent/issue-3", "--issue", "3", "--json")
    first, again = (program.run(*args, env=variables(github)) for _ in range(2))
    assert (first.code, again.code) == (0, 0), first.stderr
    assert (first.object["is_new"], again.object["is_new"]) == (True, False)
    [pull] = github.pulls
    assert (pull["title"], pull["head"], pull["base"]) == (TASK, {"ref": "swe-agent/issue-3"}, {"ref": "main"})
    assert pull["body"].startswith("For #3.\n\n")
    assert "| fixed | 1 | `tests/test_cart.py::test_discount` |" in pull["body"]
    assert "pytest" in pull["body"]


def test_what_was_dismissed_is_learned(pipeline: Pipeline, github: GitHubServer, tmp_path: Path) -> None:
    """In a file that people read and commit; a model sees it as it is at the base of a change."""
    github.push(*pipeline.push((10, "breakpoint()"), (40, "breakpoint()  # too")))
    github.base = pipeline.base
    posted(pipeline, github)
    github.threads[0].comments.append({"id": 1, "user": {"login": "ann"}, "body": "Our shell stops there on purpose."})
    github.threads[0].is_resolved, github.threads[0].resolved_by = True, "ann"
    learn = ("ci", "learn", "--from", "github", "--pull", "7", "--json")
    assert [pipeline.program.run(*learn, env=variables(github)).object["new"] for _ in range(2)] == [1, 0]
    text = (pipeline.repo.path / ".swe-agent-learnings.md").read_text()
    assert "- `leftover` in `code.py`: This looks left over from looking for a fault: a breakpoint." in text
    assert text.endswith(" Why not: Our shell stops there on purpose.\n")
    assert posted(pipeline, github)["calls"] == 0
    pipeline.repo.git("switch", "--quiet", "main")
    pipeline.repo.commit("learned")
    pipeline.repo.git("switch", "--quiet", "-c", "next")
    pipeline.repo.commit("next", {"code.py": text + "x = 1\n"})
    name = script(tmp_path / "s.json", [{"content": "[]"}] * 3)
    assert pipeline.program.run("review", "main..next", "--checks", "model", "--model", name).code == 0
    assert "on purpose" in pipeline.program.run("show", "--trajectory").stdout


def test_what_was_rejected_is_learned(tmp_path: Path) -> None:
    repo = shop(tmp_path / "shop")
    program = Program(repo.path)
    name = script(tmp_path / "s.json", FIXING)
    assert program.run("run", TASK, "--model", name, "--sandbox", TIER).code == 0
    assert program.run("reject", "--reason", "we round down here").code == 0
    assert program.run("ci", "learn", "--json").object["new"] == 1
    assert "Why not: we round down here" in (repo.path / ".swe-agent-learnings.md").read_text()


def test_a_model_is_asked_once_about_the_same_change(pipeline: Pipeline, github: GitHubServer, tmp_path: Path) -> None:
    """What it has said of a file stays, as long as the file's change is the same."""
    github.push(*pipeline.push((10, "total = 1 / 0")))
    github.base = pipeline.base
    file = tmp_path / "review.json"
    found = {
        "path": "code.py", "quote": "total = 1 / 0", "severity": "high", "category": "correctness",
        "message": "It divides by zero.", "confidence": 1,
    }  # fmt: skip
    verdict = {"number": 1, "stands": True, "scenario": "To load it raises ZeroDivisionError.", "confidence": 1}
    turns = [{"content": json.dumps([found])}, *[{"content": "[]"}] * 2, {"content": json.dumps([verdict])}]
    asked = ("review", "main...topic", "--model", script(tmp_path / "s.json", turns), "--pull", "7")
    calls = []
    for _ in range(2):
        ran = pipeline.program.run(*asked, "-o", f"json={file}", env=variables(github))
        assert ran.code == 0, ran.stderr
        calls.append(json.loads(file.read_text())["calls"])
        assert post(pipeline, file, variables(github), "--to", "github").code == 0
    assert calls == [4, 0]
    pipeline.repo.commit("another file", {"other.py": "x = 1\n"})
    github.push(pipeline.repo.head, pipeline.repo.git("diff", "-M", "main...topic").encode() + b"\n")
    assert open_lines(github) == [10]
    ran = pipeline.program.run(*asked, "-o", f"json={file}", env=variables(github))
    assert ran.code == 0, ran.stderr
    review = json.loads(file.read_text())
    [check] = [one for one in review["checks"] if one["name"] == "model"]
    assert (check["paths"], check["before"]) == (["other.py"], ["code.py"])
    assert post(pipeline, file, variables(github), "--to", "github").code == 0
    assert open_lines(github) == [10]

"""`review --pull`: a pull request by its number or address, fetched without a trace, and posted where it is wanted."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from forges.faulty import Fault
from forges.github_server import GitHubServer
from forges.gitlab_server import GitLabServer
from program import script
from pulls import World

from swe_agent.core.errors import RepositoryError
from swe_agent.repo.git import Git, GitFailed
from swe_agent.testing.repository import RepoBuilder


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def github(world: World) -> Iterator[GitHubServer]:
    with GitHubServer(b"") as server:
        world.on(server)
        yield server


@pytest.fixture
def gitlab(world: World) -> Iterator[GitLabServer]:
    with GitLabServer(b"") as server:
        world.on(server)
        yield server


def of_github(server: GitHubServer, **more: str) -> dict[str, str]:
    return {"GITHUB_TOKEN": "t0", "GITHUB_API_URL": server.url_of(), "GITHUB_REPOSITORY": "o/n", **more}


def of_gitlab(server: GitLabServer) -> dict[str, str]:
    return {"SWE_AGENT_GITLAB_TOKEN": "t0", "CI_SERVER_URL": server.url_of()}


def address(server: GitHubServer) -> str:
    return f"{server.url_of()}/o/n/pull/7/files#diff-1"


def rewritten(world: World, address: str) -> None:
    """As if the remote were to be found there, too."""
    world.clone.git("config", f"url.{world.bare}.insteadOf", address)


def told(text: str) -> list[tuple[str, str]]:
    review = json.loads(text.splitlines()[0])
    return [(one["path"], one["rule"]) for one in review["findings"]]


FOUND = [("cart.py", "leftover")]


# ---- which pull request


def test_a_number_and_what_the_pipeline_says(world: World, github: GitHubServer) -> None:
    ran = world.review("--pull", "7", "--json", env=of_github(github))
    review = json.loads(ran.stdout)
    assert told(ran.stdout) == FOUND
    assert (review["base"], review["head"]) == (world.parted, world.head)
    assert f"pull request 7 ({world.parted[:12]}...{world.head[:12]})" in world.review(
        "--pull", "7", env=of_github(github)
    ).stdout  # fmt: skip


@pytest.mark.parametrize("url", ["ssh://git@localhost:22/o/n.git", "git@localhost:o/n.git", "localhost:o/n"])
def test_a_number_and_what_the_remote_says(world: World, github: GitHubServer, url: str) -> None:
    world.clone.git("remote", "set-url", "origin", url)
    world.clone.git("remote", "add", "fork", "git@github.com:me/n.git")
    (world.there / "o/n").symlink_to(world.bare)
    env = {**world.ssh(), "GITHUB_TOKEN": "t0", "GITHUB_API_URL": github.url_of()}
    assert told(world.review("--pull", "7", "--json", env=env).stdout) == FOUND
    assert "-o BatchMode=yes" in (world.root / "ssh.log").read_text()


def test_an_address(world: World, github: GitHubServer) -> None:
    rewritten(world, f"{github.url_of()}/o/n.git")
    env = {"GITHUB_TOKEN": "t0", "GITHUB_API_URL": github.url_of()}
    assert told(world.review("--pull", address(github), "--json", env=env).stdout) == FOUND


def test_the_other_platform(world: World, gitlab: GitLabServer) -> None:
    """By a number in its pipelines, by an address, and what a remote says where `--platform` names it."""
    pipeline = {**of_gitlab(gitlab), "CI_PROJECT_ID": "g/n"}
    assert told(world.review("--pull", "7", "--json", env=pipeline).stdout) == FOUND
    rewritten(world, f"{gitlab.url_of()}/g/n.git")
    merge = f"{gitlab.url_of()}/g/n/-/merge_requests/7/diffs"
    ran = world.review("--pull", merge, env=of_gitlab(gitlab))
    assert "merge request 7" in ran.stdout
    world.clone.git("remote", "set-url", "origin", f"{gitlab.url_of()}/g/n.git")
    world.clone.git("config", "--unset", f"url.{world.bare}.insteadOf")
    assert told(world.review("--pull", "7", "--platform", "gitlab", "--json", env=of_gitlab(gitlab)).stdout) == FOUND


def test_the_settings_of_the_base_hold(world: World, github: GitHubServer) -> None:
    world.author.checkout("topic")
    off = '[review]\noff = ["leftover"]\n'
    world.head = world.author.commit("off", {"cart.py": "x = 1\nbreakpoint()\n", ".swe-agent.toml": off})
    world.author.git("push", "--quiet", str(world.bare), "HEAD:refs/pull/7/head")
    world.on(github)
    assert ("cart.py", "leftover") in told(world.review("--pull", "7", "--json", env=of_github(github)).stdout)


# ---- nothing of the user's changes


def test_nothing_changes_but_objects(world: World, github: GitHubServer) -> None:
    """Whatever the settings of the repository are, and whatever hooks it has."""
    world.clone.git("fetch", "--quiet", "--no-tags", "origin", "HEAD")
    assert (world.clone.path / ".git/FETCH_HEAD").exists()
    for name, value in {
        "fetch.prune": "true", "fetch.pruneTags": "true", "fetch.writeCommitGraph": "true", "remote.origin.tagOpt":
        "--tags", "fetch.recurseSubmodules": "true", "core.logAllRefUpdates": "always",
    }.items():  # fmt: skip
        world.clone.git("config", name, value)
    hook = world.clone.path / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\necho ran >>'{world.root / 'hook.log'}'\n")
    hook.chmod(0o755)
    world.clone.write({"cart.py": "x = 2\n", "mine.py": "mine\n"}).stage("cart.py")
    world.author.git("push", "--quiet", str(world.bare), "main:refs/heads/another")
    before = world.state()
    for _ in range(2):
        assert told(world.review("--pull", "7", "--json", env=of_github(github)).stdout) == FOUND
        assert world.state() == before
    assert not (world.root / "hook.log").exists()
    assert world.clone.git("cat-file", "-t", world.head) == "commit"


def test_a_partial_clone_gets_the_texts(world: World, github: GitHubServer) -> None:
    """Of commits that are new to it; and stays one."""
    world.author.git("push", "--quiet", str(world.bare), ":refs/tags/v2")
    world.author.git("-C", str(world.bare), "config", "uploadpack.allowFilter", "true")
    clone = ["git", "clone", "--quiet", "--filter=blob:none", f"file://{world.bare}", str(world.root / "partial")]
    subprocess.run(clone, check=True)
    world.clone = RepoBuilder(world.root / "partial")
    world.program.cwd = world.clone.path
    before = world.state()
    assert told(world.review("--pull", "7", "--json", env=of_github(github)).stdout) == FOUND
    assert world.state() == before


def test_what_is_here_is_not_fetched(world: World, github: GitHubServer) -> None:
    world.review("--pull", "7", env=of_github(github))
    world.clone.git("remote", "set-url", "origin", str(world.root / "gone"))
    assert told(world.review("--pull", "7", "--json", env=of_github(github)).stdout) == FOUND


def test_who_hands_out_nothing_by_id_is_asked_by_refs(world: World, github: GitHubServer) -> None:
    world.clone.git("config", "protocol.version", "0")
    before = world.state()
    world.author.git("push", "--quiet", str(world.bare), ":refs/tags/v2", ":refs/merge-requests/7/head")
    world.author.checkout("topic")
    later = world.author.commit("later", {"cart.py": "x = 3\n"})
    world.author.git("push", "--quiet", str(world.bare), f"{later}:refs/pull/7/head")
    assert told(world.review("--pull", "7", "--json", env=of_github(github)).stdout) == FOUND
    assert world.state() == before


def test_a_head_that_is_gone(world: World, github: GitHubServer) -> None:
    github.head = "0123456789" * 4
    before = world.state()
    assert (
        "has another head than 012345678901 by now" in world.review("--pull", "7", env=of_github(github), code=5).stderr
    )
    assert world.state() == before


@pytest.mark.parametrize("id_", ["+refs/pull/7/head:refs/heads/main", "--upload-pack=touch x", "HEAD", ""])
def test_what_a_server_says_is_no_order_to_git(world: World, github: GitHubServer, id_: str) -> None:
    before = world.state()
    github.head = id_
    world.review("--pull", "7", env=of_github(github), code=3)
    github.head, github.base, github.branch = world.head, "f" * 40, f"x:{id_ or 'refs/heads/main'}"
    world.review("--pull", "7", env=of_github(github), code=3)
    assert world.state() == before


def test_a_shallow_clone_says_what_it_lacks(world: World, github: GitHubServer) -> None:
    """And gets it by the one command that is named."""
    world.author.git("clone", "--quiet", "--depth=1", f"file://{world.bare}", str(world.root / "shallow"))
    world.clone = RepoBuilder(world.root / "shallow")
    world.program.cwd = world.clone.path
    before = world.state()
    ran = world.review("--pull", "7", env=of_github(github), code=3)
    assert "this clone is shallow" in ran.stderr
    assert "`git fetch --unshallow origin`" in ran.stderr
    assert world.state() == before
    world.clone.git("fetch", "--quiet", "--unshallow", "origin")
    assert told(world.review("--pull", "7", "--json", env=of_github(github)).stdout) == FOUND


def test_a_remote_that_fails(world: World, github: GitHubServer) -> None:
    env = of_github(github)
    world.clone.git("remote", "set-url", "origin", "http://me:secret@localhost:1/o/n.git")
    ran = world.review("--pull", "7", env=env, code=3)
    assert "cannot fetch from origin" in ran.stderr
    assert "secret" not in ran.stderr
    assert "`git fetch origin refs/pull/7/head`" in ran.stderr
    speaking = world.root / "speaking"
    speaking.write_text("#!/bin/sh\nprintf 'fatal: \\033[31mred\\033]0;x\\007\\rhint: `rm -rf ~`\\n' >&2\nexit 1\n")
    speaking.chmod(0o755)
    world.clone.git("remote", "set-url", "origin", "git@localhost:o/n.git")
    ran = world.review("--pull", "7", env={**env, "GIT_SSH_COMMAND": str(speaking)}, code=3)
    assert "\x1b" not in ran.stderr
    assert "\r" not in ran.stderr


def test_no_remote(world: World, github: GitHubServer) -> None:
    world.clone.git("remote", "remove", "origin")
    assert "no remote" in world.review("--pull", "7", env=of_github(github), code=3).stderr
    assert "no remote says" in world.review("--pull", "7", code=2).stderr
    world.clone.git("remote", "add", "origin", "git@code.example:o/n.git")
    assert "a GitHub or a GitLab" in world.review("--pull", "7", code=2).stderr
    world.program.cwd = world.root
    assert "not in a git repository" in world.review("--pull", "7", env=of_github(github), code=3).stderr


# ---- nobody is asked anything


def test_git_asks_nobody(world: World) -> None:
    """It has no terminal, an askpass is not run, and what does not end is ended with all that it has started."""
    asked, slow = world.root / "asked", world.root / "slow"
    asked.write_text(f"#!/bin/sh\ntouch '{world.root / 'was asked'}'\n")
    slow.write_text(f"#!/bin/sh\nsleep 60 & echo $! >'{world.root / 'pid'}'\nwait\n")
    where = world.root / "where"
    where.write_text("#!/bin/sh\necho session $(cut -d' ' -f6 /proc/self/stat) >&2\nexit 1\n")
    for one in (asked, slow, where):
        one.chmod(0o755)
    world.clone.git("remote", "set-url", "origin", "git@localhost:o/n.git")

    def git(command: Path) -> Git:
        return Git(world.clone.path, {"PATH": "/usr/bin:/bin", "GIT_SSH_COMMAND": str(command)})

    with pytest.raises(GitFailed) as failed:
        git(where).unattended("fetch", "origin", seconds=60)
    assert f"session {os.getsid(0)}\n" not in failed.value.stderr
    assert "session " in failed.value.stderr
    start = time.monotonic()
    with pytest.raises(RepositoryError, match="took longer than 1 s"):
        git(slow).unattended("fetch", "origin", seconds=1)
    assert time.monotonic() - start < 20
    sleeping = Path(f"/proc/{(world.root / 'pid').read_text().strip()}/stat")
    end = time.monotonic() + 10
    while sleeping.exists() and sleeping.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < end:
        time.sleep(0.05)
    assert not sleeping.exists() or sleeping.read_text().rpartition(")")[2].split()[0] == "Z"
    with GitHubServer(b"") as server:
        server.faults[0] = Fault("who are you", 401, {"WWW-Authenticate": 'Basic realm="x"'})
        asking = {"PATH": "/usr/bin:/bin", "GIT_ASKPASS": str(asked), "SSH_ASKPASS": str(asked), "DISPLAY": ":0"}
        with pytest.raises(GitFailed, match="terminal prompts disabled"):
            Git(world.clone.path, asking).unattended("fetch", f"{server.url}/o/n.git", seconds=60)
    assert not (world.root / "was asked").exists()


# ---- tokens stay at home


def test_without_a_token_what_is_public_is_read(world: World, github: GitHubServer, gitlab: GitLabServer) -> None:
    github.is_public = gitlab.is_public = True
    ran = world.review("--pull", "7", "--json", env=of_github(github, GITHUB_TOKEN=""))
    assert told(ran.stdout) == FOUND
    assert "there is no token (GITHUB_TOKEN is not set)" in ran.stderr
    assert "what was posted on it is not known" in ran.stderr
    rewritten(world, f"{gitlab.url_of()}/g/n.git")
    ran = world.review("--pull", f"{gitlab.url_of()}/g/n/-/merge_requests/7", "--json")
    assert told(ran.stdout) == FOUND
    assert [(call.verb, call.token) for call in (*github.log, *gitlab.log)] == [("GET", "")] * 2


def test_a_token_is_not_sent_to_another_host(world: World, github: GitHubServer) -> None:
    with GitHubServer(b"") as other:
        world.on(other)
        other.is_public = True
        rewritten(world, f"{other.url_of()}/o/n.git")
        tokens = of_github(github, GH_ENTERPRISE_TOKEN="t1", GH_TOKEN="t1")
        for env in (tokens, {**tokens, "GH_HOST": "code.example"}, {**tokens, "GITHUB_API_URL": ""}):
            ran = world.review("--pull", address(other), "--json", env=env)
            assert told(ran.stdout) == FOUND
            named = other.url_of().removeprefix("http://")
            assert f"no variable names one for {named}" in ran.stderr
            count = len(other.log)
            ran = world.review("--pull", address(other), "--post", env=env, code=3)
            assert f"GH_HOST={named}" in ran.stderr
            assert len(other.log) == count
        assert {call.token for call in other.log} == {""}
        assert github.log == []
        there = {**tokens, "GH_HOST": other.url_of().removeprefix("http://")}
        assert told(world.review("--pull", address(other), "--json", env=there).stdout) == FOUND
        assert {call.token for call in other.log[count:]} == {"t1"}
        assert github.log == []


def test_nor_is_that_of_the_other_platform(world: World, gitlab: GitLabServer) -> None:
    gitlab.is_public = True
    rewritten(world, f"{gitlab.url_of()}/g/n.git")
    merge = f"{gitlab.url_of()}/g/n/-/merge_requests/7"
    env = {**of_gitlab(gitlab), "CI_SERVER_URL": "https://gitlab.example", "CI_PROJECT_ID": "1", "GITHUB_TOKEN": "t0"}
    world.review("--pull", merge, env=env)
    ran = world.review("--pull", merge, "--post", env=env, code=3)
    assert f"set CI_SERVER_URL={gitlab.url_of()}" in ran.stderr
    assert {call.token for call in gitlab.log} == {""}


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_server_that_leads_elsewhere_does_not_take_it_along(
    world: World, github: GitHubServer, gitlab: GitLabServer, status: int
) -> None:
    with GitHubServer(b"") as other:
        led = Fault("led away", status, {"Location": f"{other.url_of('127.0.0.1')}/api/v4/user"})
        github.faults[0] = gitlab.faults[0] = led
        world.review("--pull", "7", env=of_github(github), code=3)
        world.review("--pull", "7", env={**of_gitlab(gitlab), "CI_PROJECT_ID": "g/n"}, code=3)
        assert other.log == []


def test_plain_http_to_other_machines(world: World) -> None:
    ran = world.review("--pull", "http://code.example/o/n/pull/7", env={"GITHUB_TOKEN": "t0"}, code=2)
    assert "not encrypted" in ran.stderr


# ---- words


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--pull", "0"), "neither a number nor an address"),
        (("--pull", "https://github.com/o/n"), "neither a number nor an address"),
        (("--pull", "x", "main..main"), "neither a number nor an address"),
        (("--pull", "7", "--staged"), "a pull request holds commits"),
        (("--pull", "7", "--worktree"), "a pull request holds commits"),
        (("--pull", "7", "--diff", "-"), "a pull request holds commits"),
        (("--pull", "https://github.com/o/n/pull/7", "--platform", "gitlab"), "no address of gitlab's"),
        (("--post",), "needs a pull request"),
        (("--post", "main..main"), "needs a pull request"),
        (("--dry-run",), "only what is posted"),
        (("--dry-run", "--pull", "7"), "only what is posted"),
    ],
)
def test_what_does_not_go_together(world: World, args: tuple[str, ...], said: str) -> None:
    assert said in world.review(*args, code=2).stderr


def test_a_number_that_there_is_not(world: World, github: GitHubServer) -> None:
    ran = world.review("--pull", "8", env=of_github(github), code=3)
    assert "GitHub refuses: 404 Not Found" in ran.stderr
    assert "are the project and the number right" in ran.stderr


def test_where_nothing_is_changed(world: World, github: GitHubServer) -> None:
    github.head = world.base
    assert "nothing is changed: pull request 7" in world.review("--pull", "7", env=of_github(github), code=1).stderr


# ---- posting


def test_posting(world: World, github: GitHubServer) -> None:
    """By the same way as the second stage: nothing twice, and first it can be seen."""
    env = of_github(github)
    dry = world.review("--pull", "7", "--post", "--dry-run", env=env)
    assert "1 new, 0 as before, 0 resolved" in dry.stdout
    assert github.writes() == []
    first = world.review("--pull", "7", "--post", "--json", env=env)
    assert [json.loads(line)["type"] for line in first.stdout.splitlines()] == ["Review", "Posted"]
    assert (first.object["comments"], first.object["summary"]) == (1, "created")
    assert [(one.path, one.line) for one in github.threads] == [("cart.py", 2)]
    again = world.review("--pull", "7", "--post", "-o", "sarif", "--fail-on", "low", env=env, code=1)
    assert json.loads(again.stdout)["version"] == "2.1.0"
    assert "0 new, 1 as before, 0 resolved: nothing to write" in again.stderr
    assert len(github.writes()) == 2


def test_posting_a_range(world: World, github: GitHubServer) -> None:
    """Of one's own: it has to end at the head that the platform names."""
    world.review("--pull", "7", env=of_github(github))
    world.review(f"{world.base}...{world.head}", "--pull", "7", "--post", env=of_github(github))
    assert len(github.threads) == 1
    github.log.clear()
    world.review(f"{world.parted}...{world.base}", "--pull", "7", "--post", env=of_github(github), code=5)
    assert github.writes() == []


def test_posting_on_the_other_platform(world: World, gitlab: GitLabServer) -> None:
    world.review("--pull", "7", "--post", env={**of_gitlab(gitlab), "CI_PROJECT_ID": "g/n"})
    positions = [note["position"] for one in gitlab.discussions for note in one["notes"] if note.get("position")]
    assert [(position["new_path"], position["new_line"]) for position in positions] == [("cart.py", 2)]


def test_a_model_is_asked_once_about_the_same_change(world: World, github: GitHubServer, tmp_path: Path) -> None:
    name = script(tmp_path / "s.json", [{"content": "[]"}] * 3)
    calls = []
    for _ in range(2):
        ran = world.review("--pull", "7", "--post", "--checks", "all", "--model", name, "--json", env=of_github(github))
        calls.append(json.loads(ran.stdout.splitlines()[0])["calls"])
    assert calls == [3, 0]


@pytest.mark.parametrize("variable", ["CI", "GITHUB_ACTIONS", "GITLAB_CI"])
def test_in_a_pipeline_who_asks_a_model_does_not_post(
    world: World, github: GitHubServer, tmp_path: Path, variable: str
) -> None:
    name = script(tmp_path / "s.json", [])
    asked = ("--pull", "7", "--post", "--model", name)
    ran = world.review(*asked, "--checks", "all", env=of_github(github, **{variable: "true"}), code=2)
    assert "ci init" in ran.stderr
    assert github.writes() == []
    world.review(*asked, "--checks", "signals", env=of_github(github, **{variable: "true"}))
    assert len(github.threads) == 1

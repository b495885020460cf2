"""The poster against what nobody here wrote: GitHub's own descriptions of its interfaces, and an emulator of it."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import npm_packages
import pytest
from forges.cases import State, Time, changed, push
from forges.faulty import FAULTS, Call, Fault, Forge, Reply
from forges.github_server import GitHubServer
from github import Auth, Github
from jsonschema import Draft202012Validator

from swe_agent.bot.forge import Target
from swe_agent.bot.github import GitHub
from swe_agent.bot.github_reading import RESOLVE, THREADS, UNRESOLVE
from swe_agent.review.identity import Made
from swe_agent.review.marker import mark_comment
from swe_agent.review.platforms import GITHUB

OPENAPI, GRAPHQL, EMULATOR = "@octokit/openapi@23.0.2", "@octokit/graphql-schema@15.26.1", "emulate@0.11.2"
STATE = State(changed((10, "ten"), (11, "eleven"), (40, "forty")))
BODIES = {
    "/repos/{owner}/{repo}/pulls/{pull_number}/reviews": "post",
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": "post",
    "/repos/{owner}/{repo}/issues/comments/{comment_id}": "patch",
    "/repos/{owner}/{repo}/check-runs": "post",
    "/repos/{owner}/{repo}/check-runs/{check_run_id}": "patch",
}


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    archive = npm_packages.packed(OPENAPI, tmp_path_factory.mktemp("openapi"))
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            if member.name.endswith("/api.github.com.json"):
                file = members.extractfile(member)
                assert file is not None
                return json.load(file)
    raise AssertionError("the package holds no description")


def schema(description: dict[str, Any], path: str) -> dict[str, Any]:
    """Of a body, with all that it refers to. Nobody may send what it does not name."""
    found = description["paths"][path][BODIES[path]]["requestBody"]["content"]["application/json"]["schema"]
    return {**closed(found), "components": description["components"]}


def closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(one) for name, one in schema.items()}
    if "properties" in schema and "oneOf" not in schema and not schema.get("additionalProperties"):
        made["additionalProperties"] = False
    return made


def sent() -> list[Call]:
    """All that is written in two pushes, of which the second adds to what the first said."""
    beside = [STATE.told(70, rule=f"rule{n}") for n in range(70)]
    with GitHubServer(STATE.patch) as server:
        poster = GitHub(Target(api=server.url_of(), token="t0", project="o/n", number=7), Time().pace())
        push(poster, GITHUB, STATE, STATE.told(10), STATE.told(10, rule="range", last=11), *beside)
        push(poster, GITHUB, STATE, STATE.told(40))
        return [call for call in server.writes() if call.path != "/graphql"]


def test_bodies_are_what_github_describes(description: dict[str, Any]) -> None:
    paths = {
        "/repos/o/n/pulls/7/reviews": "/repos/{owner}/{repo}/pulls/{pull_number}/reviews",
        "/repos/o/n/issues/7/comments": "/repos/{owner}/{repo}/issues/{issue_number}/comments",
        "/repos/o/n/check-runs": "/repos/{owner}/{repo}/check-runs",
    }
    seen = set()
    for call in sent():
        path = paths.get(call.path) or next(
            one
            for one in BODIES
            if call.path.rpartition("/")[0].replace("/o/n/", "/{owner}/{repo}/") == one.rpartition("/")[0]
        )
        assert BODIES[path].upper() == call.verb
        errors = list(Draft202012Validator(schema(description, path)).iter_errors(call.body))
        assert errors == [], path
        seen.add(path)
    assert seen == set(BODIES)


def test_the_judge_sees_what_is_wrong(description: dict[str, Any]) -> None:
    judge = Draft202012Validator(schema(description, "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"))
    right = {"path": "a", "line": 1, "side": "RIGHT", "body": "b"}
    assert judge.is_valid({"event": "COMMENT", "body": "b", "comments": [right]})
    for wrong in (
        {"event": "COMMENTED"},
        {"comments": [{**right, "line": "1"}]},
        {"comments": [{"body": "b"}]},
        {"x": 1},
    ):
        assert not judge.is_valid(wrong)


def test_questions_are_valid_graphql(tmp_path: Path) -> None:
    npm_packages.installed(tmp_path, GRAPHQL)
    program = (
        "import { validate } from '@octokit/graphql-schema';"
        "console.log(JSON.stringify(JSON.parse(process.argv[1]).map((one) => validate(one).map(String))))"
    )
    questions = [THREADS, RESOLVE, UNRESOLVE, THREADS.replace("diffSide", "noSide")]
    said = npm_packages.run(tmp_path, "node", "--input-type=module", "-e", program, json.dumps(questions))
    *right, wrong = json.loads(said)
    assert right == [[], [], []]
    assert len(wrong) == 1


class Relay(Forge):
    """Before a server of somebody else's: with the log and the faults of ours."""

    def __init__(self, host: str, port: int) -> None:
        self.at = (host, port)
        super().__init__()

    def answer(self, call: Call) -> Reply:
        connection = http.client.HTTPConnection(*self.at, timeout=20)
        query = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in call.query.items())
        body = None if call.body is None else json.dumps(call.body)
        asked = {"Authorization": f"Bearer {call.token}", "Content-Type": "application/json"}
        try:
            connection.request(call.verb, f"{call.path}?{query}", body, asked)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        links = {"Link": answer.headers["Link"]} if answer.headers["Link"] else {}
        try:
            return Reply(answer.status, json.loads(text), links)
        except ValueError:
            return Reply(answer.status, text.decode(), links)


@dataclass(frozen=True)
class Emulated:
    relay: Relay
    token: str
    number: int
    state: State

    def poster(self) -> GitHub:
        return GitHub(
            Target(api=self.relay.url_of(), token=self.token, project="ann/n", number=self.number), Time().pace()
        )

    def client(self, token: str) -> Github:
        """Past the relay: the library asks the addresses that it is told."""
        address = "http://{}:{}".format(*self.relay.at)
        return Github(
            auth=Auth.Token(token), base_url=address, seconds_between_writes=None, seconds_between_requests=None
        )


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    where = tmp_path_factory.mktemp("emulate")
    program = npm_packages.installed(where, EMULATOR) / "emulate" / "dist" / "index.js"
    if not program.exists():
        program = where / "node_modules" / ".bin" / "emulate"
    seed = {
        "tokens": {"tann": {"login": "ann", "scopes": ["repo"]}, "trobot": {"login": "robot", "scopes": ["repo"]}},
        "github": {
            "users": [{"login": "ann"}, {"login": "robot"}],
            "repos": [{"owner": "ann", "name": "n", "auto_init": True}],
        },
    }
    (where / "seed.json").write_text(json.dumps(seed))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["node", str(program), "start", "--service", "github", "--port", str(port), "--seed", "seed.json"]
    with (where / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=where, stdout=log, stderr=log)
    try:
        for _ in range(200):
            if process.poll() is not None:
                pytest.skip(f"{EMULATOR} does not start: {(where / 'log').read_text()[-300:]}")
            try:
                socket.create_connection(("localhost", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        with Relay("localhost", port) as relay:
            yield relay
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def emulated(emulator: Relay, request: pytest.FixtureRequest) -> Emulated:
    """A pull request of its own for each test."""
    emulator.log.clear()
    emulator.faults = {}
    client = Emulated(emulator, "", 0, STATE).client("tann")
    repository = client.get_repo("ann/n")
    branch = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    repository.create_git_ref(f"refs/heads/{branch}", repository.get_branch(repository.default_branch).commit.sha)
    repository.create_file(f"{branch}.py", "made", "1\n", branch=branch)
    pull = repository.create_pull(base=repository.default_branch, head=branch, title="t", body="")
    repository.add_to_collaborators("robot", "push")
    emulator.log.clear()
    return Emulated(emulator, "trobot", pull.number, State(STATE.files, pull.head.sha))


def comments(emulated: Emulated) -> list[tuple[str, str]]:
    pull = emulated.client("tann").get_repo("ann/n").get_pull(emulated.number)
    return [(one.user.login, one.body) for one in pull.get_issue_comments()]


def test_pages_and_one_summary_on_the_emulator(emulated: Emulated) -> None:
    pull = emulated.client("tann").get_repo("ann/n").get_pull(emulated.number)
    for n in range(120):
        pull.create_issue_comment(f"I say {n}")
    emulated.relay.log.clear()
    told = [emulated.state.told(70, rule=f"rule{n}") for n in range(60)]
    done = push(emulated.poster(), GITHUB, emulated.state, *told)
    assert (done.summary, done.annotations, done.calls) == ("created", 60, 3)
    done = push(emulated.poster(), GITHUB, emulated.state, *told)
    assert (done.calls, done.summary) == (0, "unchanged")
    done = push(emulated.poster(), GITHUB, emulated.state, *told[1:])
    assert (done.summary, done.calls) == ("edited", 3)
    assert [login for login, _ in comments(emulated)] == ["ann"] * 120 + ["robot"]


@pytest.mark.parametrize("fault", [FAULTS[at] for at in (0, 5, 8, 10, 11, 12)], ids=lambda fault: fault.name)
def test_a_summary_is_made_once_on_the_emulator(emulated: Emulated, fault: Fault) -> None:
    """The call that makes it is the fifth of its run, after what was read twice."""
    posted = emulated.poster().read()
    emulated.relay.log.clear()
    plan = emulated.state.plan(GITHUB, posted, [])
    poster = emulated.poster()
    poster.read()
    emulated.relay.log.clear()
    emulated.relay.faults = {5: fault}
    poster.carry_out(plan, posted, emulated.state.index)
    assert emulated.relay.log[4].fault == fault.name
    assert emulated.relay.log[4].verb == "POST"
    assert [login for login, _ in comments(emulated)] == ["robot"]


def test_a_thread_is_known_again_on_the_emulator(emulated: Emulated) -> None:
    """By the old kind of position, which is all that the emulator takes, and without GraphQL, which it has not."""
    made = Made(fingerprint="ab" * 10, path="one.py")
    for token in ("tann", "trobot"):
        pull = emulated.client(token).get_repo("ann/n").get_pull(emulated.number)
        body = {"event": "COMMENT", "body": "b", "comments": [
            {"path": "one.py", "position": 1, "body": f"said\n\n{mark_comment(made)}"}
        ]}  # fmt: skip
        pull.requester.requestJsonAndCheck("POST", f"{pull.url}/reviews", input=body)
    posted = emulated.poster().read()
    assert [(thread.made, thread.state) for thread in posted.threads] == [(made, "open")]


def test_what_the_emulator_refuses_is_told_in_the_summary(emulated: Emulated) -> None:
    """It takes no lines, and says that it shows no files."""
    done = push(emulated.poster(), GITHUB, emulated.state, emulated.state.told(10))
    assert [why for _, why in done.refused] == ["diff hunk can't be blank"]
    [(login, body)] = comments(emulated)
    assert (login, "wrong: ten" in body) == ("robot", True)
    assert push(emulated.poster(), GITHUB, emulated.state, emulated.state.told(10)).calls == 0

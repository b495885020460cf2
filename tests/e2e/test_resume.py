"""A job that is killed at any event goes on to the same end, and costs add up whichever way it went."""

from __future__ import annotations

import itertools
import json
import os
import signal
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from program import BUG, FIX, TASK, TIER, Program, kill, shop, wait_for

from swe_agent.core.message import ModelReply
from swe_agent.core.usage import Usage
from swe_agent.testing.faults import stall
from swe_agent.testing.loopback import LoopbackOpenAI, Step
from swe_agent.testing.repository import RepoBuilder, tree_digest
from swe_agent.testing.scripted import call, say

STEPS = (
    call("read", path="shop/cart.py"),
    call("edit", path="shop/cart.py", old=BUG, new=FIX),
    call("run", command="echo done > made-by-a-command.txt"),
    call("tests"),
    call("finish", summary="Subtracted."),
)
EVENTS = 20
"""Of an undisturbed run, without its end."""
FULL = os.environ.get("HYPOTHESIS_PROFILE") == "full"


def policy(body: Mapping[str, Any]) -> Step:
    """Says what belongs at this place of the conversation, whoever asks and however often."""
    if not body.get("tools"):
        return say("Subtract it.\n1. In `shop/cart.py`")
    turn = sum(1 for message in body["messages"] if message["role"] == "assistant")
    return STEPS[turn]


@pytest.fixture
def server() -> Iterator[LoopbackOpenAI]:
    with LoopbackOpenAI(policy) as server:
        yield server


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    return shop(tmp_path / "shop")


def arguments(server: LoopbackOpenAI) -> list[str]:
    return ["run", TASK, "--model", "loopback", "--base-url", server.base_url, "--sandbox", TIER, "--json"]


def tree_of(events: list[dict[str, Any]]) -> str:
    return str([event for event in events if event["type"] == "ProposalReady"][-1]["proposal"]["tree"])


class Undisturbed:
    """A job that nobody kills, in a repository of its own; run where the first test asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def tree(self) -> str:
        with LoopbackOpenAI(policy) as server:
            whole = Program(shop(self._folder / "shop").path).run(*arguments(server))
        assert whole.code == 0, whole.stderr
        assert len(whole.events) >= EVENTS
        return tree_of(whole.events)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.parametrize("number", range(1, EVENTS) if FULL else (8, 18))
def test_killed_at_an_event_it_comes_to_the_same_end(
    number: int, undisturbed: Undisturbed, repo: RepoBuilder, server: LoopbackOpenAI
) -> None:
    program = Program(repo.path)
    before = tree_digest(repo.path, leave_out=(".git/swe-agent",))

    process = program.start(*arguments(server))
    assert process.stdout is not None
    for _ in range(number):
        line = process.stdout.readline()
    kill(process)
    job = json.loads(line)["job"]
    resumed = program.run("resume", job, "--sandbox", TIER, "--json")

    assert resumed.code == 0, resumed.stderr
    assert tree_of(resumed.events) == undisturbed.tree
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before
    assert not survivors(repo.path)


def survivors(path: Path) -> list[str]:
    """Processes that still have something of this test on their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = entry.read_bytes()
        except OSError:
            continue
        if os.fsencode(path.parent) in command and entry.parent.name != str(os.getpid()):
            found.append(command.decode(errors="replace"))
    return found


def test_costs_are_the_sum_of_answers(repo: RepoBuilder, tmp_path: Path) -> None:
    def priced(body: Mapping[str, Any]) -> Step:
        reply = policy(body)
        assert isinstance(reply, ModelReply)
        used = Usage(input_tokens=1000, cached_tokens=200, output_tokens=50)
        return ModelReply(
            content=reply.content, tool_calls=reply.tool_calls, finish=reply.finish, usage=used, model="loopback"
        )

    settings = tmp_path / "config" / "swe-agent"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text('[prices."loopback"]\ninput = 3.0\ncached = 0.3\noutput = 15.0\n')
    program = Program(repo.path)
    with LoopbackOpenAI(priced) as server:
        ran = program.run(*arguments(server), env={"XDG_CONFIG_HOME": str(tmp_path / "config")})
        asked = len(server.asked)
    answers = ran.of("ModelAnswered")
    assert len(answers) == asked == len(STEPS) + 1
    one = 1000 * 3000 + 200 * 300 + 50 * 15000
    assert [answer["cost"]["nano_usd"] for answer in answers] == [one] * asked
    assert program.run("list", "--json").object["jobs"][0]["cost_nano_usd"] == one * asked


def test_a_budget_is_a_hard_stop_that_can_be_resumed(repo: RepoBuilder, server: LoopbackOpenAI) -> None:
    program = Program(repo.path)
    stopped = program.run(*arguments(server), "--budget-tokens", "8500")
    assert stopped.code == 4
    assert stopped.of("LimitHit")[0]["limit"] == "tokens"
    assert "swe-agent resume" in stopped.stderr
    resumed = program.run("resume", "--sandbox", TIER, "--budget-tokens", "10000000", "--json")
    assert resumed.code == 0, resumed.stderr
    asked = [event["call"] for event in stopped.of("ModelAnswered") + resumed.of("ModelAnswered")]
    assert len(asked) == len(set(asked))


def test_money_cannot_be_limited_without_a_price(repo: RepoBuilder, server: LoopbackOpenAI) -> None:
    ran = Program(repo.path).run(*arguments(server), "--budget-usd", "1")
    assert ran.code == 2
    assert '[prices."loopback"]' in ran.stderr
    assert "--budget-tokens" in ran.stderr
    assert not server.asked


def test_max_turns_is_a_limit(repo: RepoBuilder, server: LoopbackOpenAI) -> None:
    ran = Program(repo.path).run(*arguments(server), "--max-turns", "2")
    assert ran.code == 4
    assert ran.of("LimitHit")[0]["limit"] == "turns"


def test_cancel_and_ctrl_c_keep_everything(repo: RepoBuilder) -> None:
    def slow(body: Mapping[str, Any]) -> Step:
        return stall(30) if body.get("tools") else policy(body)

    program = Program(repo.path)
    before = tree_digest(repo.path, leave_out=(".git/swe-agent",))
    with LoopbackOpenAI(slow) as server:
        for stop in ("cancel", "interrupt"):
            process = program.start(*arguments(server))
            asked = len(server.asked)
            wait_for(lambda known=asked: len(server.asked) >= known + 2)
            running = [job for job in program.run("list", "--json").object["jobs"] if job["state"] == "running"]
            assert [job["pid"] for job in running] == [process.pid]
            if stop == "cancel":
                assert program.run("cancel", running[0]["job"]).code == 0
            else:
                process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            assert process.returncode == 130, err
            assert json.loads(out.splitlines()[-1])["type"] in ("TaskEnded", "Error")
            assert "resume" in err
    assert tree_digest(repo.path, leave_out=(".git/swe-agent",)) == before
    with LoopbackOpenAI(policy) as server:
        resumed = program.run("resume", "--sandbox", TIER, "--base-url", server.base_url, "--json")
    assert resumed.code == 0, resumed.stderr


def test_two_runs_at_once_are_two_boxes(repo: RepoBuilder, server: LoopbackOpenAI) -> None:
    program = Program(repo.path)
    both = [program.start(*arguments(server)) for _ in range(2)]
    ends = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    trees = [tree_of([json.loads(line) for line in out.splitlines()]) for out, _ in ends]
    assert trees[0] == trees[1]
    assert len(program.run("list", "--json").object["jobs"]) == 2
    assert program.run("accept", "--sandbox", TIER).code == 0


def test_the_prompt_prefix_is_byte_stable(repo: RepoBuilder, server: LoopbackOpenAI) -> None:
    Program(repo.path).run(*arguments(server))
    turns = [asked.body for asked in server.asked if asked.body.get("tools")]
    assert len(turns) == len(STEPS)
    for earlier, later in itertools.pairwise(turns):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]
        assert json.dumps(later["tools"]) == json.dumps(earlier["tools"])

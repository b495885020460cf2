from __future__ import annotations

import pytest
from program import TASK, TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.conftest import MODEL
from cli.shown import conforms, shown
from swe_agent.cli.running import changed
from swe_agent.core.errors import ConfigError
from swe_agent.core.task import RunOptions


def test_what_a_run_says(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("run", TASK, "--model", MODEL, "--sandbox", TIER), fresh.cwd) == snapshot


def test_every_line_of_json_is_an_event_of_the_shipped_schema(fresh: Program) -> None:
    ran = fresh.run("run", TASK, "--model", MODEL, "--sandbox", TIER, "--json", "--yes")
    assert ran.code == 0, ran.stderr
    assert [wrong for line in ran.events for wrong in conforms(line)] == []
    assert len(ran.events) == len(ran.stdout.splitlines())
    assert [event["type"] for event in ran.events[-3:]] == ["ProposalReady", "TaskEnded", "LandingDone"]


def test_words_that_make_no_task(fresh: Program, snapshot: SnapshotAssertion) -> None:
    wrong = (
        (),
        (TASK, "--engine", "magic"),
        (TASK, "--engine", "model"),
        (TASK, "--max-time", "soon"),
        (TASK, "--sandbox", "soft"),
        (TASK, "--effort", "huge"),
        (TASK, "--budget-usd", "much"),
        (TASK, "--budget-usd", "-3"),
        (TASK, "--bogus"),
        (TASK, "--", "nowhere.py"),
        ("--file", "nowhere.md"),
        (TASK, "--model", "scripted:nowhere.json"),
    )
    told = [f"run {' '.join(args)}\n" + shown(fresh.run("run", *args), fresh.cwd) for args in wrong]
    assert "\n\n".join(told) == snapshot


def test_a_mistyped_option_is_json_too(fresh: Program) -> None:
    ran = fresh.run("run", TASK, "--bogus", "--json")
    assert (ran.code, ran.object["type"], ran.object["exit_code"]) == (2, "Error", 2)
    assert conforms(ran.object) == []


def test_secrets_that_are_typed_are_not_recorded(fresh: Program) -> None:
    key, password = "AKIA" + "ABCDEFGHIJKLMNOP", "hunter-2-secret"
    ran = fresh.run("run", f"{TASK} for {key}", "--model", MODEL, "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    assert ran.of("TaskStarted")[0]["task"]["text"] == f"{TASK} for [redacted: aws access key id]"
    url = f"http://ada:{password}@127.0.0.1:9/v1"
    refused = fresh.run("run", TASK, "--model", MODEL, "--base-url", url)
    assert (refused.code, "SWE_AGENT_API_KEY" in refused.stderr) == (2, True)
    assert password not in refused.stdout + refused.stderr
    with pytest.raises(ConfigError, match="holds a user's name or password"):  # as `resume` takes it
        changed(RunOptions(), base_url=url)
    kept = [path.read_bytes() for path in (fresh.cwd / ".git/swe-agent").rglob("*") if path.is_file()]
    assert kept
    assert [data for data in kept if key.encode() in data or password.encode() in data] == []

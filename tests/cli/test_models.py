from __future__ import annotations

import pytest
from program import TASK, TIER, Program
from syrupy.assertion import SnapshotAssertion

from cli.conftest import MODEL
from cli.shown import answer, shown
from swe_agent.testing.loopback import LoopbackOpenAI


def test_nothing_usable(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("models", "--no-local"), fresh.cwd) == snapshot
    assert answer(fresh, "models", "--no-local")["models"] == []


def test_the_configured_one(fresh: Program) -> None:
    config = fresh.cwd / ".git/swe-agent/config.toml"
    with LoopbackOpenAI(()) as server:
        config.parent.mkdir(exist_ok=True)
        config.write_text(
            f'model = "mine"\nbase_url = "{server.base_url}"\n[prices."mine"]\ninput = 2.0\noutput = 4.0\n'
        )
        (row,) = answer(fresh, "models", "--no-local")["models"]
    assert (row["name"], row["usd_per_million_input"], row["usd_per_million_output"]) == ("mine", 2.0, 4.0)


CONFIG = """model = "cheap"
base_url = "http://127.0.0.1:9/v1"
effort = "max"
fallbacks = ["gpt-5.2"]
[models]
planner = "anthropic/claude-opus-99"
critic = "anthropic/claude-sonnet-4-5-20990101"
cascade = ["cheap", "gpt-5.2@https://api.openai.com/v1"]
[prices."cheap"]
input = 0.1
output = 0.4
"""


def configure(program: Program, text: str) -> None:
    config = program.cwd / ".git/swe-agent/config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(text)


def test_who_answers_for_which_role(fresh: Program, snapshot: SnapshotAssertion) -> None:
    configure(fresh, CONFIG)
    told = fresh.run("models", "--no-local").stdout
    assert told[told.index("planner:") :] == snapshot
    planner, editor, critic, rest = answer(fresh, "models", "--no-local")["roles"]
    assert (planner["models"], planner["effort"]) == (
        ["anthropic/claude-opus-99", "gpt-5.2"],
        {"reasoning_effort": "max"},
    )
    assert (editor["models"], editor["usd_per_million_output"]) == (["cheap", "gpt-5.2"], 0.4)
    assert critic["effort"] == {"thinking.type": "enabled", "thinking.budget_tokens": 16384}
    assert rest["roles"] == ["summariser", "reviewer", "completer", "guard"]
    assert rest["why"] == "`model` names it"


def test_what_auto_would_choose_and_why(fresh: Program) -> None:
    configure(fresh, 'model = "auto"\n[models]\nchoices = ["one@http://127.0.0.1:9/v1", "gpt-5.2"]\n')
    listed = answer(fresh, "models", "--no-local")
    assert listed["models"] == []
    (row,) = listed["roles"]
    assert row["models"] == ["one", "gpt-5.2"]
    assert row["why"].startswith("the first of `models.choices`: one has 0 decided blocks")


def test_local_only_shows_what_it_refuses(fresh: Program) -> None:
    (fresh.cwd / ".swe-agent.toml").write_text("local_only = true\n")
    configure(fresh, CONFIG)
    whys = [row["why"] for row in answer(fresh, "models", "--no-local")["roles"]]
    assert whys[0] == "refused by `local_only`: anthropic/claude-opus-99 is not on this machine"
    assert all(why.startswith("refused by `local_only`") for why in whys), "the fallback stands behind all of them"


@pytest.mark.parametrize("how", ["flag", "variable", "committed file"])
def test_a_run_refuses_models_elsewhere_before_anything_else(fresh: Program, how: str) -> None:
    if how == "committed file":
        (fresh.cwd / ".swe-agent.toml").write_text("local_only = true\n")
    ran = fresh.run(
        "run",
        "fix it",
        "--model",
        "anthropic/claude-opus-99",
        *(["--local-only"] if how == "flag" else []),
        env={"SWE_AGENT_LOCAL_ONLY": "yes"} if how == "variable" else {},
    )
    assert ran.code == 2
    assert "only models on this machine may be asked (`local_only`)" in ran.stderr


def test_a_model_that_was_typed_is_meant_alone(fresh: Program) -> None:
    """The configured cascade reaches beyond this machine; the typed script does not use it."""
    configure(
        fresh, 'model = "cheap@http://127.0.0.1:9/v1"\n[models]\ncascade = ["cheap", "gpt-5.2@https://x.example"]\n'
    )
    typed = ("run", "fix it", "--local-only", "--sandbox", TIER, "--model", MODEL)
    assert "only models on this machine" not in fresh.run(*typed).stderr
    assert "only models on this machine" in fresh.run(*typed, "--cascade", f"{MODEL},gpt-5.2").stderr
    assert "only models on this machine" in fresh.run(*typed[:-2]).stderr


def test_auto_says_what_it_comes_to(fresh: Program) -> None:
    configure(fresh, f'model = "auto"\n[models]\nchoices = ["{MODEL}", "gpt-5.2"]\n')
    ran = fresh.run("run", TASK, "--sandbox", TIER, "--json")
    assert ran.code == 0, ran.stderr
    assert f"`auto` is {MODEL}: the first of `models.choices`" in ran.stderr
    assert ran.of("TaskStarted")[0]["options"]["model"] == MODEL

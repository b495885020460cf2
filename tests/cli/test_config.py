from __future__ import annotations

from program import Program
from syrupy.assertion import SnapshotAssertion

from cli.shown import answer, shown


def test_what_holds(fresh: Program, snapshot: SnapshotAssertion) -> None:
    assert shown(fresh.run("config"), fresh.cwd) == snapshot


def test_where_each_value_comes_from(fresh: Program) -> None:
    (fresh.cwd / ".swe-agent.toml").write_text('effort = "low"\n[limits]\nturns = 9\n')
    ran = fresh.run("config", "show", "--origin", "--json", env={"SWE_AGENT_LIMITS_TOKENS": "5000"})
    rows = {row["name"]: (row["value"], row["origin"]) for row in ran.object["settings"]}
    committed = str(fresh.cwd / ".swe-agent.toml")
    assert rows["effort"] == ("low", committed)
    assert rows["limits.turns"] == (9, committed)
    assert rows["limits.tokens"] == (5000, "SWE_AGENT_LIMITS_TOKENS")
    assert rows["test.seconds"] == (600.0, "default")


def test_a_committed_file_may_not_loosen(fresh: Program, snapshot: SnapshotAssertion) -> None:
    (fresh.cwd / ".swe-agent.toml").write_text('model = "theirs"\n')
    assert shown(fresh.run("config"), fresh.cwd) == snapshot
    assert answer(fresh, "config", code=2)["type"] == "Error"


def test_json(fresh: Program) -> None:
    names = [setting["name"] for setting in answer(fresh, "config")["settings"]]
    assert {"model", "effort", "limits.usd", "sandbox.tier", "test.command"} <= set(names)
    assert answer(fresh, "config", "edit", code=2)["type"] == "Error"

from __future__ import annotations

from program import Program
from syrupy.assertion import SnapshotAssertion

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

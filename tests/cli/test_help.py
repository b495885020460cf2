"""Help is complete, documentation names every command, and completion can be installed as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main
from program import Program

from swe_agent.cli.main import COMMANDS, app, register

TOP = Path(__file__).parents[2]
NAMES = [name for names in COMMANDS.values() for name in names]
register()
COMMAND = typer.main.get_command(app)
DOCUMENTS = "\n".join(path.read_text("utf-8") for path in [TOP / "README.md", *(TOP / "docs").glob("*.md")])


def test_every_command_is_there() -> None:
    assert sorted(COMMAND.commands) == sorted(NAMES)  # type: ignore[attr-defined]  # typer does not export its group


@pytest.mark.parametrize("name", NAMES)
def test_a_command_explains_itself(name: str) -> None:
    command = COMMAND.commands[name]  # type: ignore[attr-defined]  # as above
    assert command.help
    without = [one.name for one in command.params if one.name != "help" and not getattr(one, "help", "")]
    assert without == []
    # What follows `sandbox` is read by its own program; `ci` and `hooks` alone do nothing (`test_groups_help.py`).
    if name not in ("sandbox", "ci", "hooks"):
        assert {"--json", "-C"} <= {option for one in command.params for option in one.opts}
    assert f"swe-agent {name}" in DOCUMENTS


def test_help_has_examples(tmp_path: Path) -> None:
    ran = Program(tmp_path).run("--help")
    assert ran.code == 0
    assert "Examples:" in ran.stdout
    assert all(f" {name} " in ran.stdout for name in NAMES)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, tmp_path: Path) -> None:
    ran = Program(tmp_path).run("--show-completion", shell)
    assert ran.code == 0, ran.stderr
    assert "_SWE_AGENT_COMPLETE" in ran.stdout
    assert "swe-agent --install-completion" in DOCUMENTS

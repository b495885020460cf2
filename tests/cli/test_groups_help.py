"""Commands of groups explain themselves, option by option, and a page in `docs/` names each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from swe_agent.cli.main import app, register

TOP = Path(__file__).parents[2]
DOCUMENTS = " ".join(
    " ".join(path.read_text("utf-8").split()) for path in [TOP / "README.md", *(TOP / "docs").glob("*.md")]
)
register()


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    inside = getattr(command, "commands", {})
    for word, one in inside.items():
        yield from commands(one, f"{name} {word}")
    if not inside:
        yield name, command


GROUPS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
FOUND = {name: one for group in ("stats", "ci", "hooks") for name, one in commands(GROUPS[group], group)}


def test_they_are_all_there() -> None:
    assert {"stats ingest", "stats export", *(f"stats notes {n}" for n in ("write", "push", "fetch"))} <= FOUND.keys()
    assert {"stats notes import", "stats notes export"} <= FOUND.keys()


@pytest.mark.parametrize("name", FOUND)
def test_a_question_explains_itself(name: str) -> None:
    command = FOUND[name]
    assert command.help
    assert [one.name for one in command.params if one.name != "help" and not getattr(one, "help", "")] == []
    if name != "hooks run":  # a framework starts it where git would, and reads its exit code
        assert {"--json", "-C"} <= {option for one in command.params for option in one.opts}
    assert name in DOCUMENTS

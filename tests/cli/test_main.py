"""What the program says where it ends before it is done: nothing of the user's tree that it does not know."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from swe_agent.cli.main import _bug, _terminated
from swe_agent.core.errors import Terminated

STANDS = "`swe-agent list` and `git status` show what stands"
UNTOUCHED = "Your tree was not touched by this."


@pytest.mark.parametrize(
    ("words", "untouched"),
    [
        (["run", "fix it"], True),
        (["-C", "accept", "run", "fix it"], True),
        (["resume"], True),
        (["replay"], True),
        (["list"], True),
        (["stats", "--json"], True),
        (["run", "fix it", "--yes"], False),
        (["resume", "-y"], False),
        (["accept"], False),
        (["-C", "run", "land"], False),
        (["desk"], False),
        (["undo"], False),
        (["gc"], False),
        ([], False),
    ],
)
def test_a_bug_claims_an_untouched_tree_only_where_that_is_known(
    words: list[str],
    untouched: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["swe-agent", *words])
    assert _bug(ValueError("odd")) == 70
    said = " ".join(capsys.readouterr().err.split())
    assert "a bug in swe-agent: ValueError: odd" in said
    assert (UNTOUCHED in said, STANDS in said) == (untouched, not untouched)


@pytest.mark.parametrize(
    ("command", "hint"),
    [(name, "everything so far is kept; `swe-agent resume` goes on") for name in ("run", "resume", "replay")]
    + [(name, STANDS) for name in ("accept", "land", "desk", "undo", "gc")],
)
def test_who_is_terminated_is_told_what_can_be_typed(command: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["swe-agent", command])
    with pytest.raises(Terminated) as raised:
        _terminated(signal.SIGTERM, None)
    assert raised.value.told.hint == hint

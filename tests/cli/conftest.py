"""The program where a proposal waits, and where it has seen nothing yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from prepared import MODEL as MODEL
from prepared import job as job
from prepared import prepared as prepared
from prepared import ready as ready
from program import FIXING, Program, script, shop


@pytest.fixture
def fresh(tmp_path: Path) -> Program:
    """The program in a repository that it has not seen yet."""
    repo = shop(tmp_path / "shop")
    script(repo.path / ".git/s.json", FIXING)
    return Program(repo.path)

"""`apply_reply` for programs that import us: the same as the command."""

from __future__ import annotations

from pathlib import Path

import pytest

import swe_agent
from swe_agent.core.errors import RepositoryError
from swe_agent.testing.repository import RepoBuilder

BLOCK = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RepoBuilder:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    made = RepoBuilder(tmp_path / "repo")
    made.commit("first", {"a.py": "x = 1\n"})
    return made


def test_a_reply_is_checked_proposed_and_landed(repo: RepoBuilder) -> None:
    file = repo.path / "a.py"
    checked = swe_agent.apply_reply(BLOCK, repo.path, check_only=True)
    assert isinstance(checked, swe_agent.ReplyLanded)
    assert (dict(checked.changes.files), checked.job, checked.landing) == ({"a.py": "x = 2\n"}, "", None)
    proposed = swe_agent.apply_reply(BLOCK, repo.path, propose_only=True)
    assert isinstance(proposed, swe_agent.ReplyLanded)
    assert (bool(proposed.job), proposed.landing, file.read_text()) == (True, None, "x = 1\n")
    landed = swe_agent.apply_reply(BLOCK, str(repo.path))
    assert isinstance(landed, swe_agent.ReplyLanded)
    assert landed.landing is not None
    assert (landed.landing.files, landed.landing.verdict.ran, file.read_text()) == (("a.py",), False, "x = 2\n")


def test_what_does_not_fit_comes_back_as_a_value(repo: RepoBuilder) -> None:
    refused = swe_agent.apply_reply(BLOCK.replace("x = 1", "y"), repo.path)
    assert isinstance(refused, swe_agent.Refused)
    assert (refused.reason, refused.path) == ("missing", "a.py")
    assert (repo.path / "a.py").read_text() == "x = 1\n"
    with pytest.raises(RepositoryError):
        swe_agent.apply_reply(BLOCK, repo.path.parent)

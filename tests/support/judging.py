"""git as the judge of what we make of trees and patches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from swe_agent.core.diff import FileEntry
from swe_agent.testing.repository import RepoBuilder
from swe_agent.workspace.box import JobBox


def judge(folder: Path) -> JobBox:
    """Its git has no configuration but ours, and its attributes win over those of a tree."""
    repo = RepoBuilder(folder / "repo")
    repo.git("config", "core.autocrlf", "true")
    repo.commit("first")
    return JobBox.create(repo.path, folder / "box", lambda: datetime(2026, 1, 1, tzinfo=UTC))


def written(box: JobBox, tree: Mapping[str, tuple[str, bytes]]) -> str:
    """The id of a tree of these files: modes and contents by path."""
    entries = {path: FileEntry(mode=mode, id=box.write_blob(data)) for path, (mode, data) in tree.items()}
    return box.tree_with(box.tree_of(None), entries)

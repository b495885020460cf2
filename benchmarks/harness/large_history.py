"""Decisions as another tool would have told them, made of the commits of a public history."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FILES = 6
"""Of one commit."""


def git(folder: Path, *args: str, data: bytes = b"") -> bytes:
    return subprocess.run(["git", "-C", str(folder), *args], input=data, capture_output=True, check=True).stdout


def lines(folder: Path, *args: str) -> list[str]:
    return git(folder, *args).decode("utf-8", "surrogateescape").split()


def shared_clone(source: Path, folder: Path) -> None:
    """With the source's objects, and no files: nothing here looks at a work tree."""
    subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", str(source), str(folder)], check=True)
    git(folder, "config", "gc.auto", "0")


def main_line(folder: Path, tip: str = "HEAD") -> list[str]:
    """Commits that are no merges, oldest first."""
    return lines(folder, "rev-list", "--first-parent", "--no-merges", tip)[::-1]


def decisions(
    folder: Path, commits: Sequence[str], *, endings: tuple[str, ...], base: str = ""
) -> Iterator[dict[str, Any]]:
    """What a commit made of each of its files, as a proposal that was accepted on top of its parent, or of `base`."""
    for commit in commits:
        told = git(folder, "log", "-1", "--format=%P %cI", commit).decode().split()
        rows = git(folder, "diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", commit).split(b"\0")
        for row, name in list(zip(rows[::2], rows[1::2], strict=False))[:FILES]:
            path = name.decode("utf-8", "surrogateescape")
            old, new = row.decode().split(" ")[2:4]
            if not path.endswith(endings) or not new.strip("0"):
                continue
            try:
                before = git(folder, "cat-file", "blob", old).decode() if old.strip("0") else ""
                after = git(folder, "cat-file", "blob", new).decode()
            except UnicodeDecodeError:
                continue
            yield {
                "id": f"{commit[:12]}/{path}", "session": commit[:12], "path": path, "base": base or told[0],
                "before": before, "after": after, "accepted": True, "author": "agent@example.org", "model": "m",
                "time": told[-1],
            }  # fmt: skip


def write(path: Path, rows: Iterator[dict[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
            count += 1
    return count


def spread(commits: Sequence[str], count: int, seed: int) -> list[str]:
    """Some of the commits, the second one among them, so that nothing of the history lies before the records."""
    dice = random.Random(seed)
    places = sorted({1, *dice.sample(range(1, len(commits)), min(count, len(commits) - 1))})
    return [commits[place] for place in places]

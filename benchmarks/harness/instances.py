"""What is to be localised: the visible issues, and messages of mined commits, in one form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.mine import names_a_file, read, task_of
from benchmarks.harness.trees import find_repository, git
from benchmarks.harness.workers import Row

MINED = Path(__file__).resolve().parent.parent / "data" / "mined.jsonl"


def issues(data: Path, repositories: Path, parts: Sequence[str]) -> tuple[list[Row], list[str]]:
    """The instances of these parts, and the repositories that are missing."""
    rows, missing = [], []
    for line in (data / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if item["part"] not in parts:
            continue
        repository = find_repository(repositories, item["repo"])
        if repository is None:
            missing.append(item["repo"])
            continue
        rows.append(
            {
                "instance_id": item["instance_id"],
                "repo": item["repo"],
                "part": item["part"],
                "repository": str(repository),
                "commit": item["base_commit"],
                "text": item["problem_statement"],
                "language": "python",
                "gold_files": item["gold_files"],
                "gold_functions": item["gold_functions"],
            }
        )
    return rows, sorted(set(missing))


def mined(repositories: Path, only: Sequence[str] = (), *, each: int = 0) -> tuple[list[Row], list[str]]:
    """The mined commits, oldest first in each repository, `each` of one where that is given; and what is missing."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for line in MINED.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if not only or item["repository"] in only:
            wanted.setdefault((item["repository"], item["language"]), []).append(item["commit"])
    rows, missing = [], []
    for (name, language), commits in wanted.items():
        repository = find_repository(repositories, name)
        if repository is None:
            missing.append(name)
            continue
        stride = len(commits) // each if each else 1
        chosen = commits[stride // 2 :: stride][:each] if each and stride else commits
        rows += [_fix(repository, name, language, commit) for commit in chosen]
    return rows, missing


def _fix(repository: Path, name: str, language: str, commit: str) -> Row:
    fix = next(read(repository, language, "-1", commit))
    text = task_of(fix.message)
    return {
        "instance_id": f"{name}@{commit[:12]}",
        "repo": name,
        "part": "lite",
        "repository": str(repository),
        "commit": git(repository, "rev-parse", f"{commit}^").decode().strip(),
        "text": text,
        "language": language,
        "named": names_a_file(text, fix.files),
        "gold_files": list(fix.files),
        "gold_functions": [],
    }

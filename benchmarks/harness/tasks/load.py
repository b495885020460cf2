"""What there is to do: tasks with a gold patch, and pairs of releases, read from a folder into one form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Source = Literal["swe-bench", "mined", "release", "made"]
SOURCES: tuple[Source, ...] = ("swe-bench", "mined", "release")
TASKS, PAIRS = "tasks.jsonl", "release_pairs.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """`base` is a commit of `repository`, or for a release pair the old version of that package and `fix` the new one.

    `statement`, `gold` and `test_patch` are empty where they are still to be read from the repository or the releases.
    `date` is the fix's, "" where nothing says it.
    """

    id: str
    source: Source
    repository: str
    base: str
    fix: str
    date: str
    statement: str = ""
    gold: bytes = b""
    test_patch: bytes = b""
    test_files: tuple[str, ...] = ()
    fail_to_pass: tuple[str, ...] = ()
    pass_to_pass: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    """Of its tests, where the data names some."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Of a made-up task: its whole tree."""


def read(folder: Path) -> list[Task]:
    """All tasks of a folder. Raises FileNotFoundError where it holds neither file."""
    found = [folder / name for name in (TASKS, PAIRS) if (folder / name).is_file()]
    if not found:
        raise FileNotFoundError(f"{folder} holds neither {TASKS} nor {PAIRS}")
    return [task for path in found for task in map(_pair if path.name == PAIRS else _task, _rows(path))]


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _task(row: Mapping[str, Any]) -> Task:
    return Task(
        id=row["instance_id"],
        source=row["source"],
        repository=row["repo"],
        base=row["base_commit"],
        fix=row["fix_commit"],
        date=row["fix_date"][:10],
        statement=row.get("problem_statement", ""),
        gold=row.get("patch", "").encode(),
        test_patch=row.get("test_patch", "").encode(),
        test_files=tuple(row["test_files"]),
        fail_to_pass=_names(row["FAIL_TO_PASS"]),
        pass_to_pass=_names(row["PASS_TO_PASS"]),
    )


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    """A list, or as SWE-bench's own files have it the JSON text of one."""
    return tuple(json.loads(value) if isinstance(value, str) else value)


def _pair(row: Mapping[str, Any]) -> Task:
    return Task(
        id=row["id"],
        source="release",
        repository=row["package"],
        base=row["old"],
        fix=row["new"],
        date="",
        test_files=tuple(row["test_files"]),
        fail_to_pass=tuple(row["FAIL_TO_PASS"]),
        requirements=tuple(row["deps"]),
        statement=failing_statement(row["FAIL_TO_PASS"]),
    )


def failing_statement(names: Sequence[str], most: int = 30) -> str:
    """What a pair asks for: its tests lie in the tree, so their names say all that there is to say."""
    shown = "".join(f"- {name}\n" for name in names[:most])
    more = f"and {len(names) - most} more of the same files\n" if len(names) > most else ""
    return (
        f"These tests fail. Change the code, not the tests, so that they pass and nothing else breaks:\n{shown}{more}"
    )


def select(tasks: Iterable[Task], *, only: Sequence[str] = (), source: str = "", sample: int = 0) -> list[Task]:
    """`only` by name; `sample` so many, evenly from all of them in the order of their repositories."""
    found = [task for task in tasks if (not only or task.id in only) and (not source or task.source == source)]
    if not sample or sample >= len(found):
        return found
    ordered = sorted(found, key=lambda task: (task.source, task.repository, task.id))
    return [ordered[at * len(ordered) // sample] for at in range(sample)]

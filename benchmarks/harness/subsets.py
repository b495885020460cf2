"""Commits as changes, random halves of them, and an independent judge of what a half breaks.

A half is drawn with a seed of the commit's own id, so that a commit is halved alike in whatever list it stands.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.trees import ENVIRONMENT, contents, git
from swe_agent.core.diff import FileChange, FileEntry, diff_file
from swe_agent.syntax.parse import new_faults

SEED = 8
FEWEST, MOST = 4, 60
_CHUNK = 60
_LARGEST = 2_000_000
"""Of a blob, in bytes: lines of more are no text that people write, and both ends of it are kept in memory."""
_NAME = re.compile(r"`([^`]+)`")
Entry = tuple[str, FileEntry | None, FileEntry | None]


@dataclass(frozen=True, kw_only=True)
class Commit:
    id: str
    changes: tuple[FileChange, ...]
    base: Mapping[str, bytes]
    head: Mapping[str, bytes]

    @property
    def blocks(self) -> list[str]:
        return [block.id for change in self.changes for block in change.blocks]

    def half(self) -> dict[str, None]:
        blocks = self.blocks
        return dict.fromkeys(random.Random(f"{SEED} {self.id}").sample(blocks, len(blocks) // 2))


def commits(repository: Path, start: str, wanted: int) -> Iterator[Commit]:
    """The first parents of a commit, it first, that are no merges and have FEWEST to MOST blocks; `wanted` of them."""
    found = 0
    skipped = 0
    while found < wanted:
        records = list(_records(repository, start, skipped, _CHUNK))
        if not records:
            return
        skipped += len(records)
        data = _blobs(repository, [entry for _, entries in records for entry in entries])
        for commit in (_commit(id_, entries, data) for id_, entries in records):
            if commit is not None and found < wanted and FEWEST <= len(commit.blocks) <= MOST:
                found += 1
                yield commit


def _records(repository: Path, start: str, skip: int, count: int) -> Iterator[tuple[str, list[Entry]]]:
    argv = ["log", "--first-parent", "--no-merges", "--raw", "-z", "--no-abbrev", "--no-renames", "--format=%x02%H",
            f"--skip={skip}", f"--max-count={count}", start]  # fmt: skip
    for record in git(repository, *argv).decode("utf-8", "surrogateescape").split("\x02")[1:]:
        id_, *fields = record.split("\0")
        fields = [field.lstrip("\n") for field in fields if field.strip("\n")]
        entries: list[Entry] = []
        for said, path in zip(fields[::2], fields[1::2], strict=True):
            old_mode, new_mode, old, new, _ = said.lstrip(":").split()
            entries.append((path, _entry(old_mode, old), _entry(new_mode, new)))
        yield id_.strip(), entries


def _entry(mode: str, id_: str) -> FileEntry | None:
    return FileEntry(mode=mode, id=id_) if int(mode, 8) else None


def _blobs(repository: Path, entries: Sequence[Entry]) -> dict[str, bytes]:
    """The contents of blobs that are there and are not too large."""
    ids = {e.id for _, *ends in entries for e in ends if e is not None and e.mode != "160000"}
    asked = "".join(f"{id_}\n" for id_ in sorted(ids)).encode()
    argv = ["git", "--git-dir", str(repository), "cat-file", "--batch-check"]
    said = subprocess.run(argv, input=asked, env=ENVIRONMENT, stdout=-1, check=True).stdout.decode().splitlines()
    there = [words[0] for line in said if (words := line.split())[1] == "blob" and int(words[2]) <= _LARGEST]
    return dict(zip(there, contents(repository, there), strict=True))


def _commit(id_: str, entries: Sequence[Entry], data: Mapping[str, bytes]) -> Commit | None:
    """None where a blob is missing or too large, or there are more blocks than MOST."""
    base: dict[str, bytes] = {}
    head: dict[str, bytes] = {}
    changes: list[FileChange] = []
    sizes = {path: sum(len(data.get(end.id, b"")) for end in ends if end) for path, *ends in entries}
    if len(entries) > MOST:
        return None
    # The small first: a thousand changed lines, which are slow to match, are often not the first that are too many.
    for path, old, new in sorted(entries, key=lambda entry: sizes[entry[0]]):
        for entry, end in ((old, base), (new, head)):
            if entry is not None and entry.mode != "160000":
                if entry.id not in data:
                    return None
                end[path] = data[entry.id]
        changes.append(diff_file(path, old, new, base.get(path, b""), head.get(path, b"")))
        if sum(len(change.blocks) for change in changes) > MOST:
            return None
    return Commit(id=id_, changes=tuple(sorted(changes, key=lambda change: change.path)), base=base, head=head)


Files = Mapping[str, bytes | None]
"""By path what a subset makes of it; None where it makes no file."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A commit and what a subset of it makes of its files."""

    key: str
    commit: Commit
    files: Files


@dataclass(frozen=True, kw_only=True)
class Broken:
    """What a subset breaks that neither end has broken."""

    syntax: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.syntax or self.names)


def judge(cases: Sequence[Case]) -> dict[str, Broken]:
    """By case what is broken: Python by ruff (syntax, F821, F811), the rest by what no longer parses."""
    counted = _ruff(cases)
    found: dict[str, Broken] = {}
    for case in cases:
        syntax: list[str] = []
        names: list[str] = []
        for path, data in case.files.items():
            ends = [end.get(path, b"") for end in (case.commit.base, case.commit.head)]
            if data is None or data in ends:
                continue
            if path.endswith(".py"):
                was = [counted.get((case.key, side, path), Counter()) for side in ("base", "head")]
                fresh = counted.get((case.key, "subset", path), Counter()) - (was[0] | was[1])
                for code, name in fresh:
                    (names if code in ("F821", "F811") else syntax).append(f"{path}: {code} {name}")
            elif all(_breaks(path, end, data) for end in ends):
                syntax.append(path)
        found[case.key] = Broken(syntax=tuple(syntax), names=tuple(names))
    return found


def _breaks(path: str, end: bytes, data: bytes) -> bool:
    return bool(new_faults(path, *(each.decode("utf-8", "surrogateescape") for each in (end, data))))


def _ruff(cases: Sequence[Case]) -> dict[tuple[str, str, str], Counter[tuple[str, str]]]:
    found: dict[tuple[str, str, str], Counter[tuple[str, str]]] = {}
    with tempfile.TemporaryDirectory(prefix="subsets-") as name:
        folder = Path(name).resolve()
        places: dict[str, tuple[str, str, str]] = {}
        for case in cases:
            sides: list[tuple[str, Files]] = [
                ("base", case.commit.base), ("head", case.commit.head), ("subset", case.files)
            ]  # fmt: skip
            for path in case.files:
                if not path.endswith(".py") or case.files[path] in (None, *(end.get(path) for _, end in sides[:2])):
                    continue
                for side, files in sides:
                    if data := files.get(path):
                        # A file of the same name, because that decides what some names mean, in a folder of its own.
                        place = folder / str(len(places)) / path.rpartition("/")[2]
                        place.parent.mkdir()
                        place.write_bytes(data)
                        places[str(place)] = (case.key, side, path)
        argv = [sys.executable, "-m", "ruff", "check", "--quiet", "--isolated", "--no-cache", "--no-respect-gitignore",
                "--exit-zero", "--select", "F821,F811,E9", "--output-format", "json", str(folder)]  # fmt: skip
        said = subprocess.run(argv, stdout=-1, check=True).stdout
        for fault in json.loads(said):
            code = fault["code"] if fault["code"] in ("F821", "F811") else "syntax"
            match = _NAME.search(fault["message"]) if code != "syntax" else None
            key = places[str(Path(fault["filename"]).resolve())]
            found.setdefault(key, Counter())[code, match[1] if match else ""] += 1
    return found

"""Small bug fixes in the histories of Python projects: one place of a commit that mends something, before and after.

A commit counts when it is no merge, its subject says that it mends something, and its changes of Python files besides
tests, documentation and tools are at most MOST_PLACES places in files that stay; each place of at most MOST_LINES lines
is one fix, taken alone. What was copied from elsewhere (vendored) is left out, and so are the packages that the repair
engine is measured on, wherever their names stand in a path. The same change of a file of the same name counts once:
fixes are carried over to other branches.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.harness.mine import mends
from benchmarks.harness.packages import PACKAGES
from benchmarks.harness.trees import ENVIRONMENT
from swe_agent.syntax.language import is_test_file

MOST_PLACES, MOST_LINES = 5, 3
HELD_OUT = frozenset((*PACKAGES, "quixbugs", "multipledispatch"))
"""What `repair.py` measures on: nothing of it may be counted."""
_ASIDE = re.compile(
    r"(^|/)(_?vendor(ed)?|third_party|extern(al|als)?|docs?|_docs?|examples?|benchmarks?|asv_bench|tools|scripts|ci|bin"
    r"|build|release|\.github|hacking)/|(^|/)(setup|conf|noxfile|versioneer|ez_setup|conftest)\.py$"
)
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_GREP = "fix|bug|issue|crash|regression"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Lines `at` to `at + removed` of the blob `old`, counted from 0, become `added` lines from `into` of `new`; `text`
    has both, with signs. Where the file comes, goes or changes its kind, it has `moved`, and is no place at all."""

    path: str
    old: str
    new: str
    at: int = 0
    removed: int = 0
    into: int = 0
    added: int = 0
    text: list[str] = field(default_factory=list)
    moved: bool = False


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A place taken alone."""

    place: Place
    tests: bool
    """The commit changes tests as well."""
    alone: bool
    """It is the commit's only place."""

    def texts(self, old: bytes, new: bytes) -> tuple[bytes, bytes]:
        """The file before, and after this change alone."""
        place, before, after = self.place, old.split(b"\n"), new.split(b"\n")
        changed = after[place.into : place.into + place.added]
        return old, b"\n".join([*before[: place.at], *changed, *before[place.at + place.removed :]])


def fixes(directory: Path) -> list[Fix]:
    """Of a bare git directory, the newest first."""
    found: list[Fix] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for subject, lines in _commits(directory):
        if not mends(subject):
            continue
        places = list(_places(lines))
        tests = any(is_test_file(place.path) for place in places)
        ours = [place for place in places if not is_test_file(place.path) and not _ASIDE.search(place.path)]
        if not 0 < len(ours) <= MOST_PLACES or any(place.moved for place in ours):
            continue
        for place in ours:
            key = (place.path.rsplit("/", 1)[-1], tuple(place.text))
            if max(place.removed, place.added) > MOST_LINES or key in seen or _held_out(place.path):
                continue
            seen.add(key)
            found.append(Fix(place=place, tests=tests, alone=len(ours) == 1))
    return found


def _commits(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """Subjects, and the lines of their diffs."""
    argv = ["git", "--git-dir", str(directory), "log", "--no-merges", "--no-renames", "-p", "-U0", "--full-index"]
    argv += ["--no-color", "--no-ext-diff", "--no-textconv", "-i", "-E", f"--grep={_GREP}", "--format=%x02%s"]
    with subprocess.Popen([*argv, "HEAD", "--", "*.py"], env=ENVIRONMENT, stdout=-1) as process:
        assert process.stdout is not None
        subject: str | None = None
        lines: list[str] = []
        for raw in process.stdout:
            line = raw.decode("utf-8", "surrogateescape").rstrip("\n")
            if line.startswith("\x02"):
                if subject is not None:
                    yield subject, lines
                subject, lines = line[1:], []
            else:
                lines.append(line)
        if subject is not None:
            yield subject, lines


def _places(lines: list[str]) -> Iterator[Place]:
    """The hunks of a diff without context; a file that comes or goes is one place that has `moved`."""
    path, old, new, moved = "", "", "", False
    place: Place | None = None
    for line in lines:
        if line.startswith("diff --git "):
            if place is not None:
                yield place
            place, moved = None, False
            path = line.rpartition(" b/")[2]
        elif line.startswith(("new file", "deleted file", "old mode")):
            moved = True
        elif line.startswith("index "):
            old, new = line.split()[1].split("..")
            if moved:
                place = Place(path=path, old=old, new=new, moved=True)
        elif (hunk := _HUNK.match(line)) and not moved:
            if place is not None:
                yield place
            at, removed, into, added = (1 if number is None else int(number) for number in hunk.groups())
            place = Place(
                path=path,
                old=old,
                new=new,
                # Of no lines git names the line before.
                at=at if removed == 0 else at - 1,
                removed=removed,
                into=into if added == 0 else into - 1,
                added=added,
            )
        elif place is not None and line[:1] in "+-" and not moved:
            place.text.append(line)
    if place is not None:
        yield place


def _held_out(path: str) -> bool:
    return any(part.removesuffix(".py").lower() in HELD_OUT for part in path.split("/"))

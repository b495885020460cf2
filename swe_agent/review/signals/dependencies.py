"""What a project depends on: packages that come, manifests without their lock files, lock files without manifests."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from swe_agent.review.change import Reviewed
from swe_agent.review.diff_index import SIDES, FileDiff, Side
from swe_agent.review.findings import Anchor, Finding, Severity
from swe_agent.syntax.made_paths import is_vendored

SHOWN = 6
_APART = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|fixtures?|testdata|examples?|templates?|samples?|playgrounds?)(?:/|$)"
)
"""Folders with projects of their own."""
_NAME = re.compile(r"^\s*([A-Za-z0-9][\w.\-]*)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """As the head of the table explains it."""

    manifests: tuple[str, ...]
    locks: tuple[str, ...]
    tables: tuple[str, ...] = ()
    line: str = ""
    above: bool = False
    by_name: bool = False


@cache
def kinds() -> tuple[Kind, ...]:
    text = resources.files("swe_agent.review.signals").joinpath("packages.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["kind"]
    return tuple(
        Kind(
            manifests=tuple(row["manifests"]),
            locks=tuple(row["locks"]),
            tables=tuple(row.get("tables", ())),
            line=row.get("line", ""),
            above=row.get("above", False),
            by_name=row.get("by_name", False),
        )
        for row in rows
    )


def findings(change: Reviewed) -> Iterator[Finding]:
    changed = {file.path for file in change.index.files}
    present = set(change.around.paths()) | {file.new for file in change.index.files if file.new is not None}
    for file in change.index.files:
        folder, _, name = file.path.rpartition("/")
        if file.new is None or is_vendored(file.path):
            continue
        for kind in kinds():
            if name in kind.manifests:
                yield from _of_manifest(change, file, kind, _lock(folder, kind, present), changed)
            elif name in kind.locks and file.old is not None:
                yield from _of_lock(change, file, kind, present)


def _lock(folder: str, kind: Kind, present: set[str]) -> str:
    """The nearest above the manifest, or beside it; "" for none."""
    while True:
        for name in kind.locks:
            path = f"{folder}/{name}" if folder else name
            if path in present:
                return path
        if not folder or not kind.above or _APART.search(folder):
            return ""
        folder = folder.rpartition("/")[0]


def _of_manifest(change: Reviewed, file: FileDiff, kind: Kind, lock: str, changed: set[str]) -> Iterator[Finding]:
    before, after = (_wanted(kind, change.text(side, file.path_on(side))) for side in SIDES)
    if before is None or after is None or before == after:
        return
    fresh = [name for name in after if name not in before] if file.old is not None else []
    if fresh:
        more = f" and {len(fresh) - SHOWN} more" if len(fresh) > SHOWN else ""
        message = f"The project comes to depend on {', '.join(f'`{name}`' for name in fresh[:SHOWN])}{more}."
        yield _finding("dependency/new", Severity.INFO, message, "", file, fresh[0])
    names = [name for name in after if (name not in before if kind.by_name else before.get(name) != after[name])]
    if lock and lock not in changed and names:
        said = f"Whoever installs by `{lock}` gets what was wanted before, or an error."
        message = "What the project depends on changes here, but its lock file does not."
        yield _finding("dependency/lock-left-behind", Severity.LOW, message, said, file, names[0])


def _of_lock(change: Reviewed, file: FileDiff, kind: Kind, present: set[str]) -> Iterator[Finding]:
    """Locks are renewed by themselves now and then, which is good: it is only said."""
    folder = file.path.rpartition("/")[0]
    below = f"{folder}/" if folder else ""
    named = [path for path in present if path.startswith(below) and path.rpartition("/")[2] in kind.manifests]
    manifests = [path for path in named if kind.above or path.rpartition("/")[0] == folder]
    touched = [one for path in manifests if (one := change.index.file(path)) is not None]
    if not manifests or touched:  # a version of its own, of the language, of a member: locks hold them too
        return
    said = "Somebody should know why other versions are installed from now on."
    message = "This lock file changes, but nothing that is wanted of packages does."
    yield _finding("dependency/lock-alone", Severity.INFO, message, said, file, "")


def _wanted(kind: Kind, text: str) -> Mapping[str, str] | None:
    """Packages with what is wanted of them; None where the manifest cannot be read."""
    if kind.line:
        rows = (re.match(kind.line, line) for line in text.split("\n"))
        return {row[1]: re.sub(r"\s*(?:#|//).*", "", row[2]).strip() for row in rows if row}
    try:
        data = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    for path in kind.tables:
        for table in _at(data, path.split(".")):
            found.update(_packages(table))
    return found


def _at(data: Any, keys: list[str]) -> Iterator[Any]:
    if not keys:
        yield data
    elif isinstance(data, dict):
        below = list(data.values()) if keys[0] == "*" else [data[keys[0]]] if keys[0] in data else []
        for one in below:
            yield from _at(one, keys[1:])


def _packages(table: Any) -> Iterator[tuple[str, str]]:
    """Of `name = version`, of lists of `name>=version`, and of groups of such lists."""
    if isinstance(table, list):
        for said in table:
            if isinstance(said, str) and (match := _NAME.match(said)):
                yield match[1].lower(), match[2].strip()
    elif isinstance(table, dict):
        for name, said in table.items():
            if isinstance(said, list) and all(isinstance(one, str) for one in said):
                yield from _packages(said)
            elif not _is_own(said):
                yield name, json.dumps(said, sort_keys=True, default=str)


def _is_own(said: Any) -> bool:
    """A package of the same project, which no registry has."""
    if isinstance(said, str):
        return said.startswith(("workspace:", "file:", "link:"))
    return isinstance(said, dict) and ("path" in said or said.get("workspace") is True)


def _finding(rule: str, severity: Severity, message: str, detail: str, file: FileDiff, word: str) -> Finding:
    """At the first line of the change that names the package."""
    sides: tuple[Side, Side] = ("right", "left")
    rows = [(side, row) for side in sides for row in file.changed(side)]
    anchor = next(
        (
            Anchor(file.path, side, row.number(side), row.number(side))
            for side, row in rows
            if word.lower() in row.text.lower()
        ),
        None,
    )
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        detail=detail,
        category="dependencies",
        path=file.path,
        anchor=anchor,
        confidence=0.8,
    )

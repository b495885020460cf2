"""Linters that a repository uses: how it is seen that it does, how each is asked, and what its report says. Where and
how they run is the job's business; reports come back here as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swe_agent.review import linter_scope
from swe_agent.review.findings import Severity


@dataclass(frozen=True, slots=True)
class Reported:
    """One diagnostic. `path` as the linter names it, `line` from 1, 0 for the file as a whole."""

    path: str
    line: int
    code: str
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Linter:
    """`settings` are names of files that its settings may stand in, with what such a file has to hold; an empty pattern
    for one that is there for it alone. `ways` to start it, the first that is there counts; files follow."""

    name: str
    endings: tuple[str, ...]
    settings: Mapping[str, str]
    ways: tuple[tuple[str, ...], ...]
    arguments: tuple[str, ...]
    read: Callable[[str], Iterator[Reported]]
    clean: tuple[int, ...] = (0, 1)
    """Exit codes of a run that has come to its end."""
    scope: Callable[[Mapping[str, str]], linter_scope.Scope] = linter_scope.everything
    """By the files of settings, which files it looks at. Everything for one that knows it of files that are named."""

    def is_used(self, files: Mapping[str, str]) -> bool:
        """By what files at the top of the project hold."""
        return any(
            name in files and (not pattern or re.search(pattern, files[name], re.MULTILINE))
            for name, pattern in self.settings.items()
        )


class Unreadable(ValueError):
    """What a linter wrote is no report of it."""


def _array(text: str) -> list[Any]:
    """The JSON array that a report begins with; what a linter says on stderr comes behind it."""
    start = text.find("[")
    try:
        if start < 0:
            raise ValueError("no array")
        rows, _ = json.JSONDecoder().raw_decode(text, start)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if not isinstance(rows, list):
        raise Unreadable("no array")
    return rows


def _ruff(text: str) -> Iterator[Reported]:
    for row in _array(text):
        code = row.get("code") or "syntax"
        yield Reported(row["filename"], row["location"]["row"], code, row["message"], _ruff_severity(code))


def _ruff_severity(code: str) -> Severity:
    if re.match(r"F82|F70|E9|F63|syntax", code):
        return Severity.HIGH
    return Severity.MEDIUM if re.match(r"F(?!401)|B\d|S\d|PLE", code) else Severity.LOW


_MYPY = re.compile(
    r"^(?P<path>[^:\n]+):(?P<line>\d+):(?:\d+:)? error: (?P<message>.*?)(?:  \[(?P<code>[\w-]+)\])?$", re.MULTILINE
)


def _mypy(text: str) -> Iterator[Reported]:
    for row in _MYPY.finditer(text):
        code = row["code"] or "error"
        yield Reported(row["path"], int(row["line"]), code, row["message"], Severity.MEDIUM)


_FLAKE8 = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?P<code>[A-Z]+\d+) (?P<message>.*)$", re.MULTILINE)


def _flake8(text: str) -> Iterator[Reported]:
    for row in _FLAKE8.finditer(text):
        yield Reported(row["path"], int(row["line"]), row["code"], row["message"], _ruff_severity(row["code"]))


def _eslint(text: str) -> Iterator[Reported]:
    for file in _array(text):
        for row in file["messages"]:
            if row.get("ruleId") is None and row["message"].startswith("File ignored "):
                continue  # by its settings: nobody is to hear of it because a file was named
            severity = Severity.MEDIUM if row["severity"] == 2 else Severity.LOW
            code = row.get("ruleId") or "parse"
            yield Reported(file["filePath"], row.get("line") or 0, code, row["message"], severity)


LINTERS = (
    Linter(
        name="ruff",
        endings=(".py", ".pyi"),
        settings={"ruff.toml": "", ".ruff.toml": "", "pyproject.toml": r"^\[tool\.ruff\b"},
        ways=(("ruff",), ("python", "-m", "ruff")),
        arguments=("check", "--output-format", "json", "--no-cache", "--quiet", "--force-exclude", "--exit-zero"),
        read=_ruff,
    ),
    Linter(
        name="mypy",
        endings=(".py", ".pyi"),
        settings={
            "mypy.ini": "", ".mypy.ini": "", "setup.cfg": r"^\[mypy\]", "pyproject.toml": r"^\[tool\.mypy\b",
        },
        ways=(("mypy",), ("python", "-m", "mypy")),
        arguments=(
            "--no-error-summary", "--no-color-output", "--no-pretty", "--hide-error-context", "--show-error-codes",
            "--follow-imports=silent", "--cache-dir=/dev/null",
        ),
        read=_mypy,
        scope=linter_scope.mypy,
    ),
    Linter(
        name="flake8",
        endings=(".py",),
        settings={".flake8": "", "setup.cfg": r"^\[flake8\]", "tox.ini": r"^\[flake8\]"},
        ways=(("flake8",), ("python", "-m", "flake8")),
        arguments=("--format=default", "--color=never"),
        read=_flake8,
        scope=linter_scope.flake8,
    ),
    Linter(
        name="eslint",
        endings=(".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte"),
        settings={
            **dict.fromkeys(
                (f"eslint.config.{ending}" for ending in ("js", "mjs", "cjs", "ts", "mts", "cts")), ""
            ),
            **dict.fromkeys((".eslintrc", *(f".eslintrc.{one}" for one in ("js", "cjs", "json", "yml", "yaml"))), ""),
            "package.json": r'"eslintConfig"\s*:',
        },
        ways=(("node_modules/.bin/eslint",), ("eslint",)),
        arguments=("--format", "json", "--no-error-on-unmatched-pattern"),
        read=_eslint,
    ),
)  # fmt: skip
SETTINGS = frozenset(name for linter in LINTERS for name in linter.settings)
"""Names of files that decide what is reported. At both ends those of the base count."""


def reported(linter: Linter, text: str, paths: Sequence[str]) -> list[Reported]:
    """What a report says of these files, under their names here. Unreadable where it is none."""
    try:
        rows = list(linter.read(text))
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"a report of another shape: {error}") from error
    found = []
    for row in rows:
        path = next((path for path in paths if row.path == path or row.path.endswith(f"/{path}")), None)
        if path is not None:
            found.append(Reported(path, row.line, row.code, row.message, row.severity))
    return found

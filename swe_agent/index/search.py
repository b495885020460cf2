"""Text and regular expressions over the files of a tree, bounded in matches, line length and backtracking."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from swe_agent.core.diff import is_binary

MAX_LINE = 2_000
"""Characters of a line that are looked at."""
MAX_SHOWN = 240
_REPEATED_GROUP = re.compile(r"(?<!\\)\)(?:[*+]|\{\d+,\d*\})")


class BadPattern(ValueError):
    """A regular expression that cannot be run: its message is written for whoever typed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    path: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    found: tuple[Match, ...]
    truncated: bool
    """There are more than `limit`."""


def search(
    files: Iterable[Text], pattern: str, *, regex: bool = False, ignore_case: bool = False, limit: int = 200
) -> Matches:
    """Lines that hold the pattern, in order of files and lines."""
    compiled = compile_pattern(pattern, regex=regex, ignore_case=ignore_case)
    # Most files do not hold a plain text at all, which takes no time to see.
    needle = b"" if regex or ignore_case else pattern.encode("utf-8", "surrogateescape")
    found: list[Match] = []
    for file in files:
        if needle not in file.data or is_binary(file.data):
            continue
        for number, line in enumerate(file.data.decode("utf-8", "surrogateescape").split("\n"), 1):
            hit = compiled.search(line[:MAX_LINE])
            if hit is None:
                continue
            if len(found) == limit:
                return Matches(found=tuple(found), truncated=True)
            found.append(Match(path=file.path, line=number, text=_shown(line.rstrip("\r"), hit.start())))
    return Matches(found=tuple(found), truncated=False)


def compile_pattern(pattern: str, *, regex: bool = False, ignore_case: bool = False) -> re.Pattern[str]:
    if not pattern:
        raise BadPattern("an empty pattern matches every line; name what to look for")
    if regex:
        _refuse_explosive(pattern)
    try:
        return re.compile(pattern if regex else re.escape(pattern), re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPattern(f"not a regular expression: {error}") from error


def _refuse_explosive(pattern: str) -> None:
    """A repeated group that itself repeats or chooses can take exponential time, and `re` cannot be interrupted."""
    for match in _REPEATED_GROUP.finditer(pattern):
        inside = _group_before(pattern, match.start())
        if re.search(r"(?<!\\)(?:[*+|]|\{\d+,)", inside):
            raise BadPattern(
                f"`({inside}){match.group()[1:]}` repeats what repeats or chooses; write it without nesting"
            )


def _group_before(pattern: str, end: int) -> str:
    depth = 0
    for at in range(end, -1, -1):
        if at and pattern[at - 1] == "\\":
            continue
        depth += {")": 1, "(": -1}.get(pattern[at], 0)
        if depth == 0:
            return pattern[at + 1 : end]
    return pattern[:end]


def _shown(line: str, at: int) -> str:
    if len(line) <= MAX_SHOWN:
        return line
    start = max(0, min(at - MAX_SHOWN // 2, len(line) - MAX_SHOWN))
    return ("…" if start else "") + line[start : start + MAX_SHOWN] + ("…" if start + MAX_SHOWN < len(line) else "")

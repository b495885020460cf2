"""What a model is shown of a change: the riskiest files first, each with its changed lines in the functions around
them, and with the lines elsewhere that use what was changed.

Little and well chosen: more context has made reviews worse, not better (SWE-PRBench), and a model that is shown a whole
repository speaks of the repository.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swe_agent.core.secrets import is_secret_file
from swe_agent.core.source import Symbol
from swe_agent.review.change import Mention, Reviewed
from swe_agent.review.diff_index import FileDiff, Row
from swe_agent.syntax.language import is_test_file, language_of
from swe_agent.syntax.made_paths import is_generated, is_vendored
from swe_agent.syntax.outline import outline

AROUND = 160
"""Lines of a function that is shown whole."""
NEAR = 20
"""Lines above and below, where there is no such function."""
USES = 6
"""Lines elsewhere that are shown for a name."""
COMMON = 25
"""Lines elsewhere from which on a name says nothing."""
NAMES = 8
"""Names of a file that others are asked for."""
MOST_LETTERS = 24_000
"""Of one file; more of it is not shown."""
SHARD = 40_000
"""Letters of what one question shows."""
_DEFINES = r"\b(?:def|class|func|function|fn|interface|struct|enum|trait|type|const|module)\s+(?:\([^)]*\)\s*)?"
_CALLED = re.compile(r"\b([A-Za-z_]\w{2,})\s*\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A file as it is shown. `is_whole`: all of its changed lines are."""

    path: str
    text: str
    risk: float
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A file that is not shown, and why."""

    path: str
    why: str


def briefs(change: Reviewed) -> tuple[list[Brief], list[Passed]]:
    """The riskiest first."""
    shown: list[Brief] = []
    passed: list[Passed] = []
    symbols = {file.path: _changed_symbols(change, file) for file in change.index.files}
    names = {name for found in symbols.values() for name in _names(found)}
    called = {path: _calls(change, path) for path in symbols}
    uses = change.around.mentions(sorted(names | {name for found in called.values() for name in found}))
    for file in change.index.files:
        why = _why_not(file)
        if why:
            passed.append(Passed(path=file.path, why=why))
            continue
        text, is_whole = _text(change, file, symbols[file.path])
        elsewhere = _elsewhere(file.path, _names(symbols[file.path]), called[file.path], uses)
        risk = _risk(file, sum(len(uses.get(name, ())) for name in _names(symbols[file.path])))
        shown.append(Brief(path=file.path, text=text + elsewhere, risk=risk, is_whole=is_whole))
    return sorted(shown, key=lambda one: (-one.risk, one.path)), passed


def shards(shown: Iterable[Brief], most: int = SHARD) -> list[list[Brief]]:
    """Files that go into one question together, in their order."""
    found: list[list[Brief]] = []
    size = most
    for one in shown:
        if not found or size + len(one.text) > most:
            found.append([])
            size = 0
        found[-1].append(one)
        size += len(one.text)
    return found


def _why_not(file: FileDiff) -> str:
    if file.is_binary:
        return "it is no text"
    if not file.hunks:
        return "no line of it is changed"
    if is_secret_file(file.path):
        return "it is a file of secrets"
    if is_generated(file.path):
        return "a program has written it"
    return "it was written elsewhere" if is_vendored(file.path) else ""


def _risk(file: FileDiff, uses: int) -> float:
    changed = sum(1 for side in ("left", "right") for _ in file.changed(side))
    kind = 0.4 if is_test_file(file.path) else 1.0 if language_of(file.path) not in _WORDS else 0.2
    return kind * math.log2(2 + changed) * (1 + math.log2(1 + uses) / 4)


_WORDS = frozenset(("", "markdown", "text", "json", "yaml", "toml", "html", "css"))


def _changed_symbols(change: Reviewed, file: FileDiff) -> list[Symbol]:
    """Definitions of the head in which lines have changed, the innermost ones."""
    if file.new is None or not file.hunks or ("right", file.new) not in change.contents:
        return []
    lines = {row.new for row in file.changed("right")} | {_beside(file, row) for row in file.changed("left")}
    found = []
    for symbol in outline(file.new, change.text("right", file.new)):
        touched = [line for line in lines if symbol.span.start <= line <= symbol.span.end]
        if touched:
            found.append(symbol)
    return [one for one in found if not any(_holds(one, other) for other in found if other is not one)]


def _holds(outer: Symbol, inner: Symbol) -> bool:
    return outer.span.start <= inner.span.start and inner.span.end <= outer.span.end and outer.span != inner.span


def _beside(file: FileDiff, row: Row) -> int:
    """Where a line that went would stand in the head."""
    return file.counterpart("left", row.old)


def _names(symbols: Iterable[Symbol]) -> list[str]:
    """Of definitions that others may use; a very short one would be found everywhere."""
    return list(dict.fromkeys(one.name for one in symbols if len(one.name) > 3 and one.name.isidentifier()))[:NAMES]


def _calls(change: Reviewed, path: str) -> list[str]:
    """Names that lines which came call."""
    file = change.index.file(path)
    rows = file.changed("right") if file is not None and not _why_not(file) else ()
    called = dict.fromkeys(name for row in rows for name in _CALLED.findall(row.text))
    return [name for name in called if name not in _KEYWORDS][:NAMES]


_KEYWORDS = frozenset(
    [
        "for",
        "while",
        "switch",
        "catch",
        "return",
        "print",
        "range",
        "super",
        "self",
        "assert",
        "elif",
        "with",
        "match",
        "func",
        "function",
    ]
)


def _text(change: Reviewed, file: FileDiff, symbols: Sequence[Symbol]) -> tuple[str, bool]:
    head = f"{file.path} ({file.status}{f' from {file.old}' if file.status in ('renamed', 'copied') else ''})\n"
    rows = list(_shown(change, file, symbols))
    text = head + "\n".join(rows)
    if len(text) <= MOST_LETTERS:
        return text, True
    return text[:MOST_LETTERS].rpartition("\n")[0] + "\n… the rest of this file is not shown", False


def _shown(change: Reviewed, file: FileDiff, symbols: Sequence[Symbol]) -> Iterator[str]:
    """Changed lines with what stands around them, numbered as in the head; those that went as in the base."""
    lines = change.lines("right", file.new) if file.new is not None else ()
    if not lines:
        for hunk in file.hunks:
            yield f"@@ {hunk.heading}".rstrip()
            yield from (_numbered(row.sign, row.new or row.old, row.text) for row in hunk.rows)
        return
    at = 0
    for start, end in _windows(file, symbols, len(lines)):
        if start > at + 1:
            yield "  …"
        yield from _window(file, lines, start, end)
        at = end


def _window(file: FileDiff, lines: Sequence[str], start: int, end: int) -> Iterator[str]:
    gone: dict[int, list[Row]] = {}
    for hunk in file.hunks:
        new = hunk.new_start if hunk.new_size else hunk.new_start + 1
        for row in hunk.rows:
            if row.sign == "-":
                gone.setdefault(new, []).append(row)
            else:
                new += 1
    came = {row.new for row in file.changed("right")}
    for number in range(start, end + 2):
        if number <= end or number > len(lines):
            yield from (_numbered("-", row.old, row.text) for row in gone.get(number, ()))
        if number <= min(end, len(lines)):
            yield _numbered("+" if number in came else " ", number, lines[number - 1])


def _numbered(sign: str, number: int, text: str) -> str:
    return f"{number:5d} {sign} {text}"


def _windows(file: FileDiff, symbols: Sequence[Symbol], size: int) -> list[tuple[int, int]]:
    """Ranges of lines of the head, one after the other."""
    wanted: list[tuple[int, int]] = []
    for hunk in file.hunks:
        start, end = max(1, hunk.new_start), max(1, hunk.new_start + hunk.new_size - 1)
        around = [one.span for one in symbols if one.span.start <= end and start <= one.span.end]
        small = [span for span in around if span.end - span.start < AROUND]
        first = min([start - NEAR, *(span.start for span in small)])
        last = max([end + NEAR, *(span.end for span in small)])
        wanted.append((max(1, first), min(size, last)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(wanted):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _is_like(path: str, other: str) -> bool:
    return language_of(path) == language_of(other)


def _elsewhere(path: str, names: Sequence[str], called: Sequence[str], uses: Mapping[str, Sequence[Mention]]) -> str:
    rows: list[str] = []
    for name in names:
        others = [one for one in uses.get(name, ()) if one.path != path and _is_like(one.path, path)]
        if len(others) > COMMON:
            continue
        rows += [f"  {one.path}:{one.line}: {one.text.strip()[:160]}" for one in others[:USES]]
    for name in called:
        defines = re.compile(_DEFINES + re.escape(name) + r"\b")
        there = [one for one in uses.get(name, ()) if one.path != path and defines.search(one.text)]
        if len(there) > 2:
            continue
        rows += [f"  {one.path}:{one.line}: {one.text.strip()[:160]}" for one in there[:2]]
    rows = list(dict.fromkeys(rows))
    rows.sort(key=lambda row: is_test_file(row.strip().partition(":")[0]))
    return "\n  elsewhere in the project:\n" + "\n".join(rows) if rows else ""

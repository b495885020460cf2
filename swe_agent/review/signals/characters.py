"""Characters that make a text look like another one: turned around, unseen, or letters of another script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from sandbox.hazard_rules import CONTENT_RULES
from swe_agent.review.change import Reviewed, here
from swe_agent.review.diff_index import FileDiff, Row
from swe_agent.review.findings import Finding, Severity
from swe_agent.review.signals.grammar import rows_of
from swe_agent.syntax.language import language_of
from swe_agent.syntax.made_paths import is_generated, is_vendored

_RULES = {kind: pattern for kind, _, pattern in CONTENT_RULES}
_MARKS = "\u200e\u200f\u061c"
"""Marks of direction, which texts in scripts that are written from the right need now and then."""
_WORD = re.compile(r"[^\W\d_]+")
_ALIKE = frozenset("асеорхуіјѕһԁԛԝАВЕКМНОРСТХУІЈЅԌоνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")  # noqa: RUF001
"""Letters of Cyrillic and Greek that look like Latin ones."""


def findings(change: Reviewed) -> Iterator[Finding]:
    for file in change.index.files:
        if is_generated(file.path) or is_vendored(file.path):
            continue
        is_code = rows_of(language_of(file.path)) is not None
        for row in file.changed("right"):
            if row.text.isascii() or file.is_moved(row):
                continue
            finding = _turned(file, row) or _unseen(file, row, is_code) or (is_code and _mixed(change, file, row))
            if finding:
                yield finding


def _turned(file: FileDiff, row: Row) -> Finding | None:
    found = _RULES["bidi"].search(row.text)
    if found is None:
        return None
    is_mark = not any(character not in _MARKS for character in _RULES["bidi"].findall(row.text))
    return _finding(
        "characters/bidi",
        Severity.INFO if is_mark else Severity.HIGH,
        "This line has characters that change the direction of text, so that it reads otherwise than it runs.",
        file,
        row,
    )


def _unseen(file: FileDiff, row: Row, is_code: bool) -> Finding | None:
    """Between letters of scripts that join, and in pictures made of several, they are at home."""
    for found in _RULES["invisible"].finditer(row.text):
        around = row.text[max(0, found.start() - 1) : found.start()] + row.text[found.end() : found.end() + 1]
        is_start = row.new == 1 and found.start() == 0
        if not is_start and (not around or around.isascii()):
            return _finding(
                "characters/invisible",
                Severity.MEDIUM if is_code else Severity.INFO,
                "This line has characters that cannot be seen.",
                file,
                row,
            )
    return None


def _mixed(change: Reviewed, file: FileDiff, row: Row) -> Finding | None:
    for word in _WORD.finditer(row.text):
        if word[0].isascii() or not any(character in _ALIKE for character in word[0]):
            continue
        is_latin = any(character.isalpha() and _is_latin(character) for character in word[0])
        if is_latin and _is_name(change, file, row, word.start()):
            message = "A name on this line mixes letters of several scripts that look alike."
            return _finding("characters/mixed-scripts", Severity.HIGH, message, file, row)
    return None


def _is_latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN ")


def _is_name(change: Reviewed, file: FileDiff, row: Row, at: int) -> bool:
    parsed = change.parsed("right", file.new)
    if parsed is None:
        return False
    column = len(row.text[:at].encode("utf-8", "replace"))
    node = parsed.root.descendant_for_point_range((row.new - 1, column), (row.new - 1, column))
    return node is not None and (node.type in parsed.language.references or node.is_error or "identifier" in node.type)


def _finding(rule: str, severity: Severity, message: str, file: FileDiff, row: Row) -> Finding:
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        detail="What a reader sees is not what a program reads.",
        category="security",
        path=file.path,
        anchor=here(file, row),
        confidence=0.9,
    )

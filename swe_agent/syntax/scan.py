"""Definitions and imports by regular expression: quick, rough, and good enough until the file has been parsed.

    scan_definitions("python", data)  -> (("Cart", 3), ("total", 7))
    scan_imports("python", data)      -> (("shop.tax", ("rate", "Rate")), ("os", ()))

The patterns stand in the tables. They know nothing of strings and comments, so a line that only looks like a definition
is taken for one. The time that they take grows with the length of the text and not faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from swe_agent.syntax.language import languages

_FROM = re.compile(rb"\bfrom\s*$")
_WORDS = re.compile(r"[\w.$@*\\/:-]+")


def scan_definitions(language: str, data: bytes) -> tuple[tuple[str, int], ...]:
    """Names with their lines, counted from 1, in order; empty where the language is unknown or has no patterns."""
    return tuple((name, line) for name, line, _ in definition_places(language, data))


def definition_places(language: str, data: bytes) -> Iterator[tuple[str, int, int]]:
    """Names with their lines, and where in `data` the first line of each begins (a byte order mark not counted)."""
    pattern = languages()[language].scan.definition if language in languages() else None
    if pattern is None:
        return
    text = _lines(data)
    line, counted = 0, 0
    for match in pattern.finditer(text):
        assert match.lastindex is not None
        start = match.start(match.lastindex)
        line += text.count(b"\n", counted, start)
        counted = start
        # The newline that the pattern begins with stands where, without the one in front, its line begins.
        yield match[match.lastindex].decode("utf-8", "replace"), line, match.start()


def scan_imports(language: str, data: bytes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Modules as they are written, each with the names that are taken from it, in order and without repetition."""
    if language not in languages():
        return ()
    text = _lines(data)
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for pattern, near in languages()[language].scan.statements:
        for match in pattern.finditer(text):
            before = bool(pattern.groupindex)
            module = match["module" if before else 1].decode("utf-8", "replace").strip()
            if pattern.groups == 2:
                said = _FROM.sub(b"", match["names"]) if before else match[2]
                pairs = [(module, _names(said or b""))]
            else:  # `import a, b as c`
                pairs = [(part.split()[0], ()) for part in module.split(",") if part.strip()]
            found += [(match.start(), f"./{name.lstrip('/')}" if near else name, names) for name, names in pairs]
    return tuple(dict.fromkeys((module, names) for _, module, names in sorted(found)))


def _lines(data: bytes) -> bytes:
    """With a newline in front, which makes the first line a line like any other, and without a byte order mark."""
    return b"\n" + data.removeprefix(b"\xef\xbb\xbf")


def _names(text: bytes) -> tuple[str, ...]:
    """`(a, b as c)` -> ("a", "b")."""
    lines = text.decode("utf-8", "replace").splitlines()
    said = " ".join(line.partition("#")[0].partition("//")[0].rstrip("\\") for line in lines)
    names = []
    for part in re.split(r"[,;(){}]", said):
        words = _WORDS.findall(part)
        # TypeScript: `import { type Line } from …`
        names += words[1:2] if words[:1] == ["type"] and len(words) == 2 else words[:1]
    return tuple(names)

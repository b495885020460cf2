"""Files that stand in no figure of lines: generated, vendored, locked and minified ones, and prose and data of a kind
of which nothing was recorded.

What the project says of a file in `.gitattributes` (`linguist-generated`, `linguist-vendored`, see `repo.attributes`)
goes before what its path looks like, in both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import splitext

from swe_agent.syntax.made_paths import is_generated, is_vendored

PROSE_AND_DATA = frozenset((
    "adoc", "asciidoc", "csv", "geojson", "json", "jsonl", "log", "map", "markdown", "md", "mo", "ndjson", "org", "po",
    "pot", "rst", "svg", "tex", "tsv", "txt", "xlf", "xliff",
))  # fmt: skip
"""Endings of files that are no code. GitHub's linguist leaves them out of its figures, too: "prose" and "data"."""


def unread_endings(recorded: Iterable[str]) -> frozenset[str]:
    """Endings of prose and data that none of these paths has: whoever lets an agent write documents wants them counted,
    and for anybody else translations outweigh the code.

    >>> sorted({"md", "txt", "po"} - unread_endings(["shop/cart.py", "README.md"]))
    ['md']
    """
    paths = list(recorded)
    return PROSE_AND_DATA - {ending_of(path) for path in paths} if all(paths) else frozenset()


def ending_of(path: str) -> str:
    return splitext(path)[1][1:].lower()


def is_excluded(path: str) -> bool:
    """By its path alone.

    >>> is_excluded("vendor/left.go"), is_excluded("shop/cart.py")
    (True, False)
    """
    return is_generated(path) or is_vendored(path)


def excluded(paths: Iterable[str], said: Mapping[str, bool]) -> frozenset[str]:
    """Those of the paths that are left out; `said` is what the attributes say, True for made by somebody else.

    >>> sorted(excluded(["dist/a.js", "dist/b.js", "c.js"], {"dist/a.js": False, "c.js": True}))
    ['c.js', 'dist/b.js']
    """
    return frozenset(path for path in paths if (said[path] if path in said else is_excluded(path)))

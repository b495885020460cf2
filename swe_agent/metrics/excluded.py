"""Files that stand in no figure of lines: generated, vendored, locked and minified ones.

What the project says of a file in `.gitattributes` (`linguist-generated`, `linguist-vendored`, see `repo.attributes`)
goes before what its path looks like, in both directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from swe_agent.syntax.made_paths import is_generated, is_vendored


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

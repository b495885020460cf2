"""Which lines count: blank lines, brackets and lines of three letters are nobody's work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"\w")
_WORD_BYTES = re.compile(rb"\w")
_WHITE = b" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
"""What `str.split` takes for white space, of ASCII."""
MORE_THAN = 3
"""Characters that are not white space."""


def is_effective(line: str) -> bool:
    """At least one word, and more than three characters that are not white space (the rule of Claude Code's
    contribution metrics: lines are rather under-counted than over-counted).

    >>> [is_effective(line) for line in ("    x=1", "    });", "  fi  ", "-----", "")]
    [False, False, False, False, False]
    >>> is_effective("total += price")
    True
    """
    return _WORD.search(line) is not None and len("".join(line.split())) > MORE_THAN


def is_effective_bytes(line: bytes) -> bool:
    """The same of a line as git gives it: UTF-8, or whatever it is."""
    if line.isascii():
        return len(line.translate(None, _WHITE)) > MORE_THAN and _WORD_BYTES.search(line) is not None
    return is_effective(line.decode("utf-8", "surrogateescape"))


_ASCII = re.compile(rb"(?=.*\w)" + 4 * (rb"[%b]*[^%b]" % (_WHITE, _WHITE)))


def are_effective(lines: Sequence[bytes]) -> Iterable[object]:
    """The same of many lines: something true for each one that counts."""
    if b"".join(lines).isascii():
        return map(_ASCII.match, lines)
    return map(is_effective_bytes, lines)

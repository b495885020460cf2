"""Lines compared whole: all of them counts but what formatters change."""

from __future__ import annotations

from collections.abc import Sequence

_DROPPED = b" \t\r\f\v,;(){}\"'\\`"


def key_of(line: bytes) -> bytes:
    """What of a line counts.

    >>> key_of(b"    print('a', b);")
    b'printab'
    """
    return line.translate(None, _DROPPED)


def keys_of(lines: Sequence[bytes]) -> list[bytes]:
    """Of many lines at once."""
    return b"\n".join(lines).translate(None, _DROPPED).split(b"\n") if lines else []

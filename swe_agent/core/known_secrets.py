"""Secrets whose values are known, found in any dress: as they are, backwards, in hexadecimal, base64 or percent signs.

Shapes (`core.secrets`) find what looks like a key. This finds what a file of secrets holds, whatever it looks like,
after somebody has asked a model to print it in some other way. What is cut into pieces or encrypted is not found: that
is why such files are hidden from commands besides.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote

from swe_agent.core.secret_values import entropy
from swe_agent.core.secrets import find, redact

SHORTEST = 8
"""Characters of a value, below which too much else would be taken out with it."""
NAME = "[redacted: a value of a secret file]"
_ASSIGNED = re.compile(r"""(?:^|[{,;\s])\s*["']?([\w.-]+)["']?\s*[:=]\s*["']?([^\s"'#,]{6,})["']?""", re.MULTILINE)
_NAMED = re.compile(r"key|token|secret|passw|pwd|credential|auth|dsn|private|salt|_url$|_uri$", re.IGNORECASE)
_PLAIN = frozenset({"development", "production", "localhost", "password", "changeme", "undefined"})


def values_of(text: str) -> tuple[str, ...]:
    """What is secret in a text that is known to hold secrets: secret-shaped pieces, and what is assigned to a name that
    says so or looks like chance.

    >>> values_of("DEBUG=true\\nDB_PASSWORD=correct-horse\\n")
    ('correct-horse',)
    """
    found = [text[leak.start : leak.end] for leak in find(text)]
    for name, value in _ASSIGNED.findall(text):
        by_chance = entropy(value) > 3.0 and any(c.isdigit() for c in value) and len(value) >= 12
        if (_NAMED.search(name) or by_chance) and value.lower() not in _PLAIN:
            found.append(value)
    return tuple(dict.fromkeys(value for value in found if len(value) >= SHORTEST))


class KnownSecrets:
    """`redact` takes these values out, and what is shaped like a secret too."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.values = tuple(sorted({value for value in values if len(value) >= SHORTEST}, key=len, reverse=True))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        dresses = dict.fromkeys(dress for value in self.values for dress in _dresses(value))
        return re.compile("|".join(dresses)) if dresses else None

    def redact(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(NAME, text)
        return redact(text)

    def __contains__(self, text: str) -> bool:
        """Whether a text holds one of the values, in any dress."""
        return self._pattern is not None and self._pattern.search(text) is not None


def _dresses(value: str) -> Iterator[str]:
    """Regular expressions for one value. Encodings may be broken into lines anywhere."""
    data = value.encode("utf-8", "surrogateescape")
    yield re.escape(value)
    yield re.escape(value[::-1])
    escaped = (json.dumps(value)[1:-1], quote(value, safe=""), quote(value))
    yield from (re.escape(one) for one in escaped if one != value)
    yield "(?i:" + r"[\s:]*".join(re.escape(f"{byte:02x}") for byte in data) + ")"
    for shift in range(3):
        encoded = b64encode(b"\0" * shift + data).decode()
        # The ends depend on what stands beside the value; what lies between is the same everywhere.
        core = encoded[-(-shift * 8 // 6) :].rstrip("=")[: (len(data) * 8 - (6 - shift * 8 % 6) % 6) // 6]
        if len(core) >= SHORTEST:
            yield r"\s*".join(_either(c) for c in core)


def _either(c: str) -> str:
    """A character of base64, in the plain alphabet and in the one for addresses."""
    return {"+": "[+-]", "/": "[/_]"}.get(c, c)

"""What a value looks like: chance, a word, a placeholder, something encoded. Nothing here knows where it stands."""

from __future__ import annotations

import math
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

_PLACEHOLDER = (
    r"(?i:example|placeholder|change.?me|changeit|redacted|x{6})|(?:your|YOUR|Your)[_-]|[_-](?:your|YOUR)"
    r"|dummy|DUMMY|Dummy|replace|REPLACE|Replace|insert|INSERT|Insert|sample|SAMPLE|Sample|(.)\1{6}|\*{3}|\.\.\.|<|>|\$\{|\{\{|%\("
)
_MADE_UP = (
    r"(?:^|[_-])(?i:fake|test|mock|demo)|(?:^|[_-])(?:foo|bar|baz|abc|xyz)(?:$|[_-])"
    r"|(?i:secret|token|passw|invalid|testing|notreal|deadbeef|cafebabe|lorem|qwerty|abcdef|012345|123456)"
)
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


_COMPILED: dict[str, re.Pattern[str]] = {}


def pattern(text: str) -> re.Pattern[str]:
    """Compiled when it is first wanted; till then not even `re` is loaded, which is half of what a hook loads."""
    found = _COMPILED.get(text)
    if found is None:
        import re

        found = _COMPILED[text] = re.compile(text)
    return found


def entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits a character.

    >>> entropy("aaaa"), entropy("abcd")
    (0.0, 2.0)
    """
    size = len(text)
    counts = [text.count(c) for c in set(text)]
    return -sum(n / size * math.log2(n / size) for n in counts) + 0.0


def is_placeholder(value: str) -> bool:
    """What nobody could take for a secret: `xxxxxx`, `your-key`, AWS's `…EXAMPLE`."""
    return pattern(_PLACEHOLDER).search(value) is not None


def is_by_chance(value: str) -> bool:
    """Whether a value that has the shape of a key looks drawn rather than typed. Of keys that are drawn, one in ten
    thousand is taken for typed.

    >>> is_by_chance("k3Jx9QmZp2LwVt7RbN4c"), is_by_chance("abcdefghij0123456789"), is_by_chance("abababababababababab")
    (True, False, False)
    """
    few = 6 if len(value) < 24 else 8
    if len(set(value)) < few or _steps(value) > 0.4 * (len(value) - 1):
        return False
    return pattern(_MADE_UP).search(value) is None


def _steps(value: str) -> int:
    """How often a character is followed by the next one of its alphabet, or by itself."""
    return sum([0 <= ord(after) - ord(before) <= 1 for before, after in pairwise(value)])


def is_hash(value: str) -> bool:
    """What names something by its content or by number: a digest, a UUID."""
    return pattern(rf"{_UUID}|(?:[0-9a-f]{{32}}|[0-9a-f]{{40}}|[0-9a-f]{{64}})").fullmatch(value) is not None


def decoded(value: str) -> str:
    """What base64 says, in either alphabet; empty where it says nothing that can be read."""
    import binascii  # seldom wanted, and re does not bring it

    plain = value.translate({45: 43, 95: 47}).rstrip("=")
    try:
        data = binascii.a2b_base64(plain + "=" * (-len(plain) % 4))
        text = data.decode("utf-8")
    except ValueError:
        return ""
    return text if text.isprintable() else ""

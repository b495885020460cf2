"""Making untrusted text safe to show on a terminal."""

import re

# C0 and C1 controls but \n and \t, DEL, bidi marks, zero-width and other invisible characters, line and paragraph
# separators, variation selectors (they can carry hidden bytes; one that chooses between text and emoji is let through),
# tags, and lone surrogates (undecodable bytes). Each match is one character, so the time is linear.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ufe00-\ufe0d]|[\ufe0e\ufe0f](?=[\ufe00-\ufe0f])|(?<=[\ufe00-\ufe0f])[\ufe0e\ufe0f]"
)


def safe_text(data: bytes | str) -> str:
    """`data` with every character that could move the cursor, hide or reorder text shown as `<U+XXXX>`.

    >>> safe_text(b"ok\\x1b[2J")
    'ok<U+001B>[2J'
    """
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    return _UNSAFE.sub(lambda found: f"<U+{_shown(ord(found[0])):04X}>", text)


def _shown(code: int) -> int:
    """A byte that is not UTF-8 is shown as that byte, not as the surrogate that carries it."""
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code

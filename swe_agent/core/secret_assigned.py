"""Secrets by what they are assigned to: `api_key = "…"`, in the notation of any language, file or command line.

No shape proves anything here, so a name has to say that its value is a secret, and the value has to look like one. The
text is read once for each of a few words; only where one stands is a pattern tried, at that place alone.
"""

from __future__ import annotations

from swe_agent.core.secret_rules import NAMED
from swe_agent.core.secret_values import entropy, is_by_chance, is_hash, is_placeholder, pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RULE = "assigned secret"
_WORDS = ("key", "token", "secret", "pass", "pwd", "credential", "_pat", "-pat", "extpat")
_LINK = (
    # the rest of the name, what closes it, then `=` and its like, a type and `=`, `value=`, a comma or nothing
    r"""([\w-]{0,32})[\"'`]?[\])]{0,2}[ \t]{0,8}(?::[ \t]?[&\w.<>\[\]']{1,24}[ \t]?=|[:?]=|=>|={1,3}|[:,>(]"""
    r"""|[ \t]value=|[ \t][a-z]{3,8}[ \t]=|(?<=[ \t]))[ \t]{0,8}(?:[brf@]?[\"'`])?"""
    r"""([^\s\"'`<>(){}\[\],;\\]{8,256})(.?)"""
)
_SAYS_SO = (
    r"(?i)(?:api|access|secret|private|auth|encrypt(?:ion)?|signing|account|client|master|license|service|shared|webhook"
    r"|bot|deploy|admin|storage|app(?:lication)?|write|upload|root|session|jwt|hmac)[_.-]?keys?"
    r"|(?:^|[_.-]|[a-z])tokens?|secret|passw(?:or)?d|passphrase|(?:^|[_.-])pass|pwd|credentials?|_pat"
)
_DENIES = (
    r"(?i)public|pub_?key|keyboard|keyword|tokeni[sz]|tokens?_?(?:count|limit|type|ur[li]|name|id|per|in|out|size|len)"
    r"|max_?|csrf|xsrf|next_?page|page_?token|_id$|key_?id|hash|digest|checksum|fingerprint|cache|primary|foreign|sort"
    r"|partition|placeholder|label|prefix|suffix|regex|pattern|format|field|column|header|path|file|dir|ur[li]|endpoint"
    r"|name$|type$"
)
_REST = (
    r"(?i)[_-]?(?:s|key|token|secret|word|phrase|value|base64|b64|hex|prod|production|live|dev|test|default|id)?\d{0,2}"
)
WITHIN = 400
"""More than a pattern takes in behind a word."""
LEAST = 12
"""Characters of a value; what is shorter is a password that people make up, in programs and in tests alike."""


def assigned(text: str, lowered: str) -> Iterator[tuple[int, int, str, bool]]:
    """Start, end, rule and whether it is sure. `lowered` is the same text, character for character."""
    for word in _WORDS:
        at = lowered.find(word)
        while at >= 0:
            at += len(word)
            found = pattern(_LINK).match(text, at) if _may_follow(text, at) else None
            if found is not None and _may_be_drawn(found[2]) and found[3] not in tuple("([{"):
                name = _name_before(text, at) + found[1]
                if said := _named(name, found[2]) or _generic(name, found[1], found[2]):
                    yield (*found.span(2), *said)
            at = lowered.find(word, at)


def _may_follow(text: str, at: int) -> bool:
    """Whether anything so long as a value stands behind the word on its line: no pattern is tried where not."""
    end = text.find("\n", at, at + WITHIN)
    return max(map(len, text[at : at + WITHIN if end < 0 else end].split()), default=0) >= LEAST


def _may_be_drawn(value: str) -> bool:
    """What most values of programs are not, seen without a pattern."""
    if len(value) < LEAST:
        return False
    if any([c in value for c in "0123456789"]):
        return True
    return len(value) >= 24 and value.count(".") < 2 and not value.islower()


def _name_before(text: str, at: int) -> str:
    start, least = at, max(0, at - 40)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in "_.-"):
        start -= 1
    return text[start:at]


def _named(name: str, value: str) -> tuple[str, bool] | None:
    known = "_" + pattern(r"[.-]|(?<=[a-z0-9])(?=[A-Z])").sub("_", name).lower()
    for rule, words, mark, shape in NAMED:
        if mark in value and any([word in known for word in words]) and pattern(shape).fullmatch(value):
            return None if is_placeholder(value) else (rule, is_by_chance(value))
    return None


def _generic(name: str, rest: str, value: str) -> tuple[str, bool] | None:
    if entropy(value) < 3.4 or not any([c in value for c in "0123456789"]) or not _is_word(value):
        return None
    if is_placeholder(value) or not is_by_chance(value) or is_hash(value):
        return None
    if pattern(_REST).fullmatch(rest) is None or pattern(_SAYS_SO).search(name) is None:
        return None
    return None if pattern(_DENIES).search(name) else (RULE, False)


def _is_word(value: str) -> bool:
    """Whether it is one word: no path, address, expression or chain of names."""
    if pattern(r"[A-Za-z0-9/+_.=!@#$%^&*~-]+").fullmatch(value) is None:
        return False
    return pattern(r"^[./~$]|://|[A-Za-z_]{2,}\.[A-Za-z_]{2,}|^[A-Za-z]+[_.-]?[A-Za-z]+$").search(value) is None

"""What is worth a second look: pieces whose shape is no proof, but which say by their contents what they are worth."""

from __future__ import annotations

from swe_agent.core.secret_values import decoded, is_by_chance, is_placeholder, pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Mapping

LEAST_KEY = 64
"""Characters of a private key: the shortest, of Ed25519, has as many; what is shorter was cut short for a page."""
_NO_HOST = (
    r"localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|172\.|host|[^.]*$"
    r"|.*(?:example|test|invalid|local|localhost|internal)(?:\.\w+)?$"
)
_PLAIN = r"(?:[a-z]+|[A-Z]+|[A-Z]?[a-z]+)[\d!_.-]{0,4}|\d{1,6}|[*x.#-]+"
_JUNK = r"\\[nr]|[\s\"',\\#|*>]|(?:Proc-Type|DEK-Info|Version|Comment):[^\n]{0,200}"


def private_key(found: re.Match[str]) -> bool | None:
    body = pattern(_JUNK).sub("", found[1])
    is_whole = found[0].endswith("KEY-----") or found[0].endswith("BLOCK-----")
    if pattern(r"[A-Za-z0-9+/=]{20}").search(body) is None and not (is_whole and pattern(r"\w{6}").match(body)):
        return None
    return len(body) >= LEAST_KEY and len(set(body)) > 20 and "..." not in body


def address(found: re.Match[str]) -> bool | None:
    """A password that anybody would try first, or of a machine of one's own, stops nobody."""
    host, value = found[0].rpartition("@")[2], pattern(r"%[0-9A-Fa-f]{2}").sub("", found[1])
    if is_placeholder(value) or value.startswith(("%", "[", ":", "$")) or len(value) < 3:
        return None
    if pattern(_NO_HOST).match(host) or pattern(_PLAIN).fullmatch(value) or len(value) < 8:
        return False
    return is_by_chance(value) and (any(c.isdigit() for c in value) or value not in _cased(value))


def _cased(value: str) -> tuple[str, str, str]:
    return value.lower(), value.upper(), value.title()


def web_token(found: re.Match[str]) -> bool | None:
    """One of Supabase's service role opens everything and never ends; of others nobody knows whether they still do."""
    head, body = (decoded(part) for part in found[0].split(".")[:2])
    if '"alg"' not in head or not body.startswith("{"):
        return None
    return "service_role" in body and '"supabase"' in body


def credentials(found: re.Match[str]) -> bool | None:
    """Of `name:password` in base64."""
    name, colon, word = decoded(found[1]).partition(":")
    if not colon or not name.isascii() or is_placeholder(word) or is_placeholder(name) or len(word) < 3:
        return None
    return len(word) >= 12 and is_by_chance(word) and any(c.isdigit() for c in word)


def bearer(found: re.Match[str]) -> bool | None:
    value = found[1]
    if is_placeholder(value) or not any(c.isdigit() for c in value) or not is_by_chance(value):
        return None
    return False


def signature(found: re.Match[str]) -> bool | None:
    """Of a shared access signature: with its time and version beside it, it opens what it was made for. One that a user
    delegates (`skoid`) ends within a week, and stands in many a recorded answer."""
    line = found.string[max(0, found.start() - 400) : found.end() + 400]
    return all([one in line for one in ("se=", "sv=")]) and "skoid=" not in line


def netrc(found: re.Match[str]) -> bool | None:
    value = found[1]
    if is_placeholder(value) or value.startswith("$"):
        return None
    return len(value) >= 12 and is_by_chance(value) and not is_placeholder(found[0])


def key_id(found: re.Match[str]) -> bool | None:
    """An address that is signed tells the id to everybody, and opens nothing after a week."""
    before = found.string[max(0, found.start() - 24) : found.start()]
    if is_placeholder(found[0]):
        return None
    return (
        is_by_chance(found[0][4:]) and pattern(r"(?i)(?:amz-credential|accesskeyid)(?:=|%3d)$").search(before) is None
    )


JUDGES: Mapping[str, Callable[[re.Match[str]], bool | None]] = {
    "aws access key id": key_id,
    "private key": private_key,
    "password in an address": address,
    "json web token": web_token,
    "docker login": credentials,
    "basic authentication": credentials,
    "bearer token": bearer,
    "azure signature": signature,
    "password in a netrc": netrc,
}
"""By rule: None for no secret, else whether it is one for sure."""

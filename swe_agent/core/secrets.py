"""Shapes of secrets: find them in text, take them out, and know files that hold them by name.

The rules are data (`secret_rules`). Nothing here tells anybody a secret: a Leak says which rule matched and where. A
git hook reads this module at every commit, with the standard library alone: it loads no `re`, and compiles no pattern,
before a text holds what such a secret begins with.
"""

from __future__ import annotations

from swe_agent.core.secret_assigned import assigned
from swe_agent.core.secret_judges import JUDGES
from swe_agent.core.secret_rules import EXAMPLES, FILES, MARKED, SAMPLES, TOKENS
from swe_agent.core.secret_values import is_by_chance, is_placeholder, pattern

TYPE_CHECKING = False  # typing would cost the hook more than all its rules
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Set


class Leak:
    """A secret-shaped piece of a text: `start` and `end` are character offsets, `line` is counted from 1. It is sure
    where shape or place is proof and the value looks drawn; what is not may be made up for a test."""

    __slots__ = ("end", "is_sure", "line", "rule", "start")

    def __init__(self, rule: str, start: int, end: int, line: int, is_sure: bool = False) -> None:
        self.rule = rule
        self.start = start
        self.end = end
        self.line = line
        self.is_sure = is_sure

    def _all(self) -> tuple[str, int, int, int, bool]:
        return self.rule, self.start, self.end, self.line, self.is_sure

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Leak) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return f"Leak{self._all()}"


_Piece = tuple[int, int, str, bool]
STRONG = frozenset([rule for rule, *_, is_proof in (*TOKENS, *MARKED) if is_proof])
"""Rules whose shape alone says that it is a secret, wherever it stands."""
_BEFORE = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt]))"
"""A token is no part of a longer word, but an escaped line may end right before it."""
_AFTER = r"(?![A-Za-z0-9_-])"
_RUN = bytes(c if (chr(c).isalnum() and c < 128) or c in b"_-" else 32 for c in range(256))
_SHORTEST = 16
"""Characters of a token, or of its first part where it has points in it."""


def find(text: str, allowed: Set[str] = frozenset()) -> tuple[Leak, ...]:
    """Secret-shaped pieces, in order and apart; of those that overlap the sure one, or else the first. Those whose
    fingerprint is allowed are left out."""
    leaks, at, line = [], 0, 1
    for start, end, rule, is_sure in _apart(sorted(_pieces(text), key=lambda piece: (piece[0], -piece[1]))):
        line, at = line + text.count("\n", at, start), start
        leak = Leak(rule, start, end, line, is_sure)
        if fingerprint(leak, text) not in allowed | EXAMPLES:
            leaks.append(leak)
    return tuple(leaks)


def is_sure(leak: Leak) -> bool:
    """Whether to stop for it."""
    return leak.is_sure


def _apart(pieces: Iterable[_Piece]) -> list[_Piece]:
    kept: list[_Piece] = []
    for piece in pieces:
        if not kept or piece[0] >= kept[-1][1]:
            kept.append(piece)
        elif piece[3] and not kept[-1][3]:
            kept[-1] = piece
    return kept


def _pieces(text: str) -> Iterator[_Piece]:
    yield from _tokens(text)
    yield from _marked(text)
    yield from assigned(text, text.replace("\u0130", "I").lower())  # the one letter that grows when it is made small


def _tokens(text: str) -> Iterator[_Piece]:
    heads = _heads(text)
    for rule, keywords, shape, is_proof in TOKENS:
        for keyword in keywords:
            if keyword[:3] in heads:
                for found in _at(text, keyword, f"{_BEFORE}(?:{shape}){_AFTER}"):
                    yield from _judged(rule, found, found[0][len(keyword) :], is_proof)


def _heads(text: str) -> set[str]:
    """How the words begin that are long enough for a token. Of bytes, which is the fastest way to come by them."""
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:
        for escaped in (b"\\n", b"\\r", b"\\t"):
            data = data.replace(escaped, b"  ")
    return {head.decode() for head in {word[:3] for word in data.translate(_RUN).split() if len(word) >= _SHORTEST}}


def _marked(text: str) -> Iterator[_Piece]:
    for rule, marks, before, shape, is_proof in MARKED:
        for mark in marks:
            if mark not in text:
                continue
            for found in _at(text, mark, shape, before):
                yield from _judged(rule, found, found[found.re.groups].replace(mark, ""), is_proof)


def _at(text: str, mark: str, shape: str, before: int = 0) -> Iterator[re.Match[str]]:
    """Matches around each place of a mark, and no two over one another: nothing is looked at more than twice."""
    at = text.find(mark)
    while at >= 0:
        end = at + len(mark)
        starts = range(max(0, at - before), at + 1)
        found = next((one for start in starts if (one := pattern(shape).match(text, start))), None)
        if found is not None:
            yield found
            end = max(end, found.end())
        at = text.find(mark, end)


def _judged(rule: str, found: re.Match[str], value: str, is_proof: bool) -> Iterator[_Piece]:
    start, end = found.span(found.re.groups)
    if judge := JUDGES.get(rule):
        said = judge(found)
        if said is not None:
            yield *found.span(0 if rule == "private key" else found.re.groups), rule, said
    elif not is_placeholder(value):
        yield start, end, rule, is_proof and is_by_chance(value)


def strong_values(text: str) -> tuple[str, ...]:
    """What is a secret beyond doubt: keys of providers, by their own shapes."""
    pieces = (*_tokens(text), *_marked(text))
    return tuple(dict.fromkeys(text[start:end] for start, end, rule, _ in pieces if rule in STRONG))


def fingerprint(leak: Leak, text: str) -> str:
    """What a secret is known by where it may be told: the same wherever in whatever file it stands."""
    from hashlib import sha256  # four milliseconds, and most commits hold nothing

    said = f"{leak.rule}\0{text[leak.start : leak.end]}"
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def allowed(text: str) -> tuple[frozenset[str], tuple[int, ...]]:
    """Fingerprints in the text of a project's `.swe-agent-allow`, and the lines, from 1, that say none.

    >>> allowed("# of the tests\\n0123456789abcdef  github token in tests/key.py\\noops\\n")
    (frozenset({'0123456789abcdef'}), (3,))
    """
    marks, damaged = [], []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(None, 1)
        if not words or words[0].startswith("#"):
            continue
        if len(words[0]) == 16 and not words[0].strip("0123456789abcdef"):
            marks.append(words[0])
        else:
            damaged.append(number)
    return frozenset(marks), tuple(damaged)


def redact(text: str) -> str:
    """The text with every secret-shaped piece replaced by its rule's name. Idempotent.

    >>> redact("key = AKIAABCDEFGHIJKLMNOP")
    'key = [redacted: aws access key id]'
    """
    while leaks := find(text):
        parts, at = [], 0
        for leak in leaks:
            parts += [text[at : leak.start], f"[redacted: {leak.rule}]"]
            at = leak.end
        text = "".join([*parts, text[at:]])
    return text


def is_secret_file(path: str) -> bool:
    """Whether a file's name says that it holds secrets (`.env`, keys, credentials)."""
    from fnmatch import fnmatchcase  # asked of names alone, which a hook does not do

    name, tail = path.rsplit("/", 1)[-1].lower(), "/".join(path.lower().split("/")[-2:])
    if any(fnmatchcase(name, sample) for sample in SAMPLES):
        return False
    return any(fnmatchcase(name, one) or fnmatchcase(tail, one) for one in FILES)


ALLOW = ".swe-agent-allow"
"""At the top of a project: what is no secret, by fingerprint."""
FOR_TESTS = frozenset(
    ("test", "tests", "testing", "testdata", "fixture", "fixtures", "spec", "specs", "example", "examples", "resources")
)
"""Folders whose private keys are whole and real, and made for the tests that use them."""


def is_for_tests(path: str) -> bool:
    """Whether a file lies in such a folder, or is called a test itself."""
    *folders, name = path.lower().split("/")
    words = name.replace("_", ".").replace("-", ".").split(".")
    return not (FOR_TESTS.isdisjoint(folders) and {"test", "tests", "spec"}.isdisjoint(words))


def is_sure_in(leak: Leak, path: str) -> bool:
    """Whether it is one beyond doubt in this file: keys that are there for tests are whole, and no secrets."""
    return leak.is_sure and not (leak.rule == "private key" and is_for_tests(path))

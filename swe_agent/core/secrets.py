"""Shapes of secrets: find them in text, take them out, and know files that hold them by name.

The rules are data (`secret_rules.toml`). Nothing here tells anybody a secret: a Leak says which rule matched and where.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A secret-shaped piece of a text: `start` and `end` are character offsets, `line` is counted from 1."""

    rule: str
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    name: str
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]
    entropy: float


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files("swe_agent.core").joinpath("secret_rules.toml").read_text("utf-8"))


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(
            name=rule["name"],
            keywords=tuple(rule["keywords"]),
            pattern=re.compile(rule["pattern"]),
            entropy=rule.get("entropy", 0.0),
        )
        for rule in _data()["rule"]
    )


def entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits a character.

    >>> entropy("aaaa"), entropy("abcd")
    (0.0, 2.0)
    """
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts) + 0.0 if text else 0.0


def find(text: str) -> tuple[Leak, ...]:
    """Secret-shaped pieces, in order, overlapping ones merged into the earlier rule's."""
    found = sorted(_matches(text, _rules()), key=lambda leak: (leak.start, -leak.end))
    kept: list[Leak] = []
    for leak in found:
        if not kept or leak.start >= kept[-1].end:
            kept.append(leak)
    return tuple(kept)


def _matches(text: str, rules: Iterable[_Rule]) -> Iterator[Leak]:
    for rule in rules:
        if not any(keyword in text for keyword in rule.keywords):
            continue
        for match in rule.pattern.finditer(text):
            group = 1 if match.re.groups else 0
            if rule.entropy and (entropy(match[group]) < rule.entropy or not any(c.isdigit() for c in match[group])):
                continue
            start, end = match.span(group)
            yield Leak(rule=rule.name, start=start, end=end, line=text.count("\n", 0, start) + 1)


STRONG = frozenset(
    (
        *("private key", "aws access key id", "github token", "gitlab token", "openai key", "anthropic key"),
        *("google api key", "slack token", "slack webhook", "stripe key", "npm token", "pypi token"),
        "hugging face token",
    )
)
"""Rules whose shape alone says that it is a secret, wherever it stands."""


def strong_values(text: str) -> tuple[str, ...]:
    """What is a secret beyond doubt: keys of providers, by their own shapes."""
    rules = tuple(rule for rule in _rules() if rule.name in STRONG)
    return tuple(text[leak.start : leak.end] for leak in _matches(text, rules))


def redact(text: str) -> str:
    """The text with every secret-shaped piece replaced by its rule's name. Idempotent.

    >>> redact("key = AKIAABCDEFGHIJKLMNOP")
    'key = [redacted: aws access key id]'
    """
    parts, at = [], 0
    for leak in find(text):
        parts += [text[at : leak.start], f"[redacted: {leak.rule}]"]
        at = leak.end
    return "".join([*parts, text[at:]])


def is_secret_file(path: str) -> bool:
    """Whether a file's name says that it holds secrets (`.env`, keys, credentials)."""
    files, name = _data()["files"], path.rsplit("/", 1)[-1].lower()
    tail = "/".join(path.lower().split("/")[-2:])
    if any(fnmatchcase(name, pattern) for pattern in files["except"]):
        return False
    return any(fnmatchcase(name, pattern) or fnmatchcase(tail, pattern) for pattern in files["names"])

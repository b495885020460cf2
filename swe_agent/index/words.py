"""Names and prose as comparable terms: `parseHTMLFile` and "parsing of html files" meet."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

NAME = re.compile(r"[^\W\d]\w+")
_ASCII_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_]+")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+|\d+")
_SUFFIXES = ("ations", "ation", "ings", "ing", "edly", "ies", "ied", "ed", "es", "s", "ly")
_STOP_TEXT = """
the a an and or not is are was were be been being have has had do does did will would can could should this that these
those with from for into onto out in on at by of to as if then else when while it its i you we he they she there here
what which who how why so but also just like get got use used using one two new see any all some more most other only
same than too very about after before because between both during each few further once over under again no nor own don
now def class import self none true false return await async break continue del elif except finally global lambda
nonlocal pass raise try yield cls
"""
STOP = frozenset(_STOP_TEXT.split())
MAX_NAME = 80
"""Longer "names" are data (base64, hashes)."""


@lru_cache(maxsize=1 << 16)
def terms_of(name: str) -> tuple[str, ...]:
    """The stemmed words of a name without stop words, and the name itself where it is made of several.

    >>> terms_of("applyDiscounts"), terms_of("the_HTTPServer2")
    (('apply', 'discount', 'applydiscounts'), ('http', 'server', 'the_httpserver2'))
    """
    if len(name) > MAX_NAME:
        return ()
    parts = _PARTS.findall(name)
    terms = [term for part in parts if (term := _term_of(part))]
    if len(parts) > 1 and len(name) > 2:
        terms.append(name.lower())
    return tuple(terms)


@lru_cache(maxsize=1 << 16)
def _term_of(part: str) -> str:
    word = part.lower()
    return stem(word) if len(part) > 1 and word not in STOP else ""


def stem(word: str) -> str:
    """A light stem: enough that one word's forms meet."""
    if len(word) > 5:
        for suffix in _SUFFIXES:
            if word.endswith(suffix) and len(word) - len(suffix) >= 4:
                return word[: -len(suffix)]
    elif len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def count_names(data: bytes) -> Counter[bytes]:
    """The names and words of a text in UTF-8, as they are written, with how often each occurs."""
    if data.isascii():
        return Counter(_ASCII_NAME.findall(data))
    return Counter([name.encode() for name in NAME.findall(data.decode("utf-8", "replace"))])


def terms_in(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, times in Counter(NAME.findall(text)).items():
        for term in terms_of(name):
            counts[term] = counts.get(term, 0) + times
    return counts


def terms(text: str) -> tuple[str, ...]:
    """All terms of a text in order, repeated as they are: what the index makes of it."""
    return tuple(term for name in NAME.findall(text) for term in terms_of(name))

"""Names and prose as comparable terms: `parseHTMLFile` and "parsing of html files" meet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

NAME = re.compile(r"[^\W\d]\w*")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")
_SUFFIXES = ("ingly", "edly", "ations", "ation", "ings", "ing", "ies", "ers", "er", "ed", "es", "s")
_STOP_TEXT = """
the a an and or not of to in on at by for from with without is are was were be been it its this that these those as if
then else when while do does did done can could should would will may must has have had we you they he she i no yes so
but which what who how why there here all any some each other than into out up get set self return def class import none
true false
"""
STOP = frozenset(_STOP_TEXT.split())
MAX_NAME = 80
"""Longer "names" are data (base64, hashes)."""


@lru_cache(maxsize=200_000)
def terms_of(name: str) -> tuple[str, ...]:
    """The stemmed words of a name, without stop words.

    >>> terms_of("applyDiscounts"), terms_of("the_HTTPServer2")
    (('apply', 'discount'), ('http', 'serv', '2'))
    """
    if len(name) > MAX_NAME:
        return ()
    return tuple(stem(word) for part in _PARTS.findall(name) if (word := part.lower()) not in STOP)


def stem(word: str) -> str:
    """A light stem: enough that one word's forms meet, never less than three letters."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3 and not word.endswith("ss"):
            return word[: -len(suffix)] + ("y" if suffix == "ies" else "")
    return word.removesuffix("e") if len(word) > 4 else word


def count_terms(names: Mapping[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, times in names.items():
        for term in terms_of(name):
            counts[term] = counts.get(term, 0) + times
    return counts

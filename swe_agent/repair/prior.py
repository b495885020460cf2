"""How plausible a small edit is before any test has run, by what people wrote when they mended something small.

For fixes in public histories all templates were run on the function that was changed. `prior.toml` holds, by template
and by kind of edit (the words that it takes away and brings), how often an edit was what the person wrote, and how
often it would have been if the costs that templates set by hand told the truth; where these counts come from stands at
its head, `benchmarks/fit_repair_prior.py` is the recipe. After Prophet (Long and Rinard,
"Automatic Patch Generation by Learning Correct Code", POPL 2016), with counts instead of a fitted model.

What was hardly ever offered says nothing: WORTH is added to both counts.
"""

from __future__ import annotations

import keyword
import math
import re
import tomllib
from collections import Counter
from functools import cache, lru_cache
from pathlib import Path

WORTH, WEIGHT = 2.0, 0.5
MOST_WORDS, LONGEST = 4, 200
GROUPS = ("template", "kind")
_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|\"[^\"]*\"|'[^']*'|//|\*\*|<=|>=|==|!=|<<|>>|[+\-*/%<>=&|^~@]")
_CALLS = "get len list sorted abs round max min append str int isinstance self super"
_TELLING = frozenset((*keyword.kwlist, *_CALLS.split()))


def doubt(template: str, kind: str) -> float:
    """To be added to a cost: below 0 for what people write more often than its cost says."""
    keys = zip(GROUPS, (template, kind), strict=True)
    return -WEIGHT * sum(_counts()[group].get(key, 0.0) for group, key in keys)


@lru_cache(maxsize=1 << 15)
def kind_of_edit(old: str, new: str) -> str:
    """The words that an edit takes away and brings, names, texts and most numbers being all alike.

    >>> kind_of_edit("a < 10", "a <= limit")
    '-# -< +<= +n'
    """
    before = Counter(map(_word, _TOKEN.findall(old[:LONGEST])))
    after = Counter(map(_word, _TOKEN.findall(new[:LONGEST])))
    words = [f"-{word}" for word in sorted(before - after)] + [f"+{word}" for word in sorted(after - before)]
    return " ".join(words[:MOST_WORDS])


def ratio(chosen: float, expected: float) -> float:
    return math.log((chosen + WORTH) / (expected + WORTH))


@cache
def _counts() -> dict[str, dict[str, float]]:
    table = tomllib.loads(Path(__file__).with_name("prior.toml").read_text("utf-8"))
    return {group: {key: ratio(*counts) for key, counts in table.get(group, {}).items()} for group in GROUPS}


def _word(token: str) -> str:
    if token in _TELLING:
        return token
    if token[0].isdigit():
        return token if token in ("0", "1") else "#"
    if token[0] in "\"'":
        return "$"
    return "n" if token[0].isidentifier() else token

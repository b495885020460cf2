"""What the signals about code know of languages. The rows are data (`languages.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

ALSO = {"tsx": "typescript"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """As the head of the table explains them."""

    decisions: frozenset[str]
    functions: frozenset[str]
    blocks: frozenset[str]
    ends: frozenset[str]
    declares: frozenset[str]
    calls: Mapping[str, tuple[str, str]]
    wrap: tuple[str, str]


@cache
def rows_of(language: str) -> Rows | None:
    """None for languages that hold no code, or that the signals leave alone."""
    table = _table().get(ALSO.get(language, language))
    if table is None:
        return None
    before, after = table["wrap"]
    return Rows(
        **{key: frozenset(table[key]) for key in ("decisions", "functions", "blocks", "ends", "declares")},
        calls={node: (called, given) for node, (called, given) in table["calls"].items()},
        wrap=(before, after),
    )


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("swe_agent.review.signals").joinpath("languages.toml").read_text("utf-8"))

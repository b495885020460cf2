"""The product's index as the benchmarks use it: the one place that knows its public names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import swe_agent

MAPS = (1_000, 4_000)
"""Tokens of the maps that are asked for."""


@dataclass(frozen=True, kw_only=True)
class Found:
    files: list[str]
    functions: list[str]
    """`path::Qual.name`."""
    maps: dict[str, str]
    """By the tokens that were asked for."""


def open_index(repository: Path, commit: str, cache: Path) -> Any:
    return swe_agent.open_index(repository, commit, cache)


def warm() -> None:
    """Import what opening an index needs."""
    _ = swe_agent.open_index


def localise(index: Any, text: str, *, maps: bool = True) -> Found:
    found = index.localise(text, limit=50)
    return Found(
        files=[one.path for one in found.files],
        functions=list(dict.fromkeys(f"{one.path}::{one.qualified}" for one in found.functions)),
        maps={str(tokens): index.map(text, tokens=tokens).text for tokens in MAPS if maps},
    )


def features(index: Any, text: str) -> dict[str, list[tuple[str, Mapping[str, float]]]]:
    """Of each candidate the features that its rank is made of; files by path, functions by `path::Qual.name`."""
    pools = index.features(text)
    return {"files": list(pools.files), "functions": list(pools.functions)}


def edited(index: Any, path: str, data: bytes) -> Any:
    """The index as it is after an edit that the caller knows of; None where the product has no such way."""
    change = getattr(index, "edited", None)
    return change({path: data}) if change is not None else None


def defines(index: Any, name: str) -> bool:
    return bool(index.symbols_named(name))

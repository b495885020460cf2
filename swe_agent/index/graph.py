"""Which files speak of each other: by names that few files define, and by imports of a file's stem."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from swe_agent.index.symbols import IndexedFile
from swe_agent.index.words import NAME

MAX_DEFINERS = 3
"""A name that more files define says nothing about where it comes from."""
MIN_NAME = 4
IMPORT_WEIGHT = 1.0
Graph = tuple[dict[int, float], ...]
"""For each file by number: its neighbours with weights, in both directions alike."""


def link(files: Sequence[IndexedFile]) -> Graph:
    weights: list[dict[int, float]] = [defaultdict(float) for _ in files]
    definers = _definers(files)
    users = _users(files, definers)
    for name in sorted(definers):
        weight = 1.0 / math.sqrt(1 + len(users[name]))
        for user in users[name]:
            for definer in definers[name]:
                _join(weights, user, definer, weight)
    stems = _stems(files)
    for number, file in enumerate(files):
        for word in sorted({word for text in file.record.imports for word in NAME.findall(text)}):
            for target in stems.get(word, ()):
                _join(weights, number, target, IMPORT_WEIGHT / len(stems[word]))
    return tuple(dict(sorted(row.items())) for row in weights)


def _join(weights: list[dict[int, float]], a: int, b: int, weight: float) -> None:
    if a != b:
        weights[a][b] += weight
        weights[b][a] += weight


def _definers(files: Sequence[IndexedFile]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        for name in {symbol.name for symbol in file.record.symbols if len(symbol.name) >= MIN_NAME}:
            found[name].append(number)
    return {name: places for name, places in found.items() if len(places) <= MAX_DEFINERS}


def _users(files: Sequence[IndexedFile], definers: dict[str, list[int]]) -> dict[str, list[int]]:
    users: dict[str, list[int]] = {name: [] for name in definers}
    for number, file in enumerate(files):
        if file.record.language:
            for name in file.record.names:
                if name in users:
                    users[name].append(number)
    return users


def _stems(files: Sequence[IndexedFile]) -> dict[str, list[int]]:
    stems: dict[str, list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        path = PurePosixPath(file.path)
        # A package is imported by the name of its folder.
        stem = path.parent.name if path.stem in ("__init__", "index", "mod") else path.stem
        if file.record.language and stem:
            stems[stem].append(number)
    return {stem: places for stem, places in stems.items() if len(places) <= MAX_DEFINERS}

"""Every metric, one module each: to add one is to write one file here, and to edit none.

A module defines `METRIC`. What is shown of it on every screen, in `--json` and in docs/metrics.md follows from that:

    METRIC = Metric(
        name="acceptance.strict",
        title="Accepted as proposed",
        question="How many blocks are taken without a change?",
        numerator="blocks accepted as they were proposed, and landed",
        denominator="blocks decided by a person, expired or undone",
        window="by the first decision on the proposal",
        exclusions="what a policy accepted; superseded attempts",
        source="the ledger",
        units="blocks",
        cuts=ANY_CUT,
        measure=measure,
    )

`measure(figures, cut)` gives a row for each group of the cut, in the order of the groups: an `Estimate` for a share,
with its interval; a `Number` for anything else. It takes values and asks nobody: no clock, no file, no ledger.
"""

from __future__ import annotations

import pkgutil
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from swe_agent.metrics.figures import Cell, Dimension, Figures, Group
from swe_agent.metrics.interval import Estimate, Number

__all__ = [
    "ANY_CUT", "JOB_CUT", "Cut", "Measured", "Metric", "Number", "Row", "metric", "metrics", "named", "order", "rows"
]  # fmt: skip

Cut = tuple[Dimension, ...]
JOB_CUT: frozenset[Dimension] = frozenset(
    {"model", "kind", "engine", "prompt", "format", "attempt", "policy", "surface", "size", "month", "author"}
)
"""What is the same for all blocks of a proposal."""
ANY_CUT: frozenset[Dimension] = JOB_CUT | {"language"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`of` tells rows of one group apart, where a metric has several: a percentile, a reason, a horizon."""

    group: Group
    figure: Estimate | Number
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    name: str
    title: str
    question: str
    numerator: str
    denominator: str
    window: str
    exclusions: str
    source: str
    units: str
    cuts: frozenset[Dimension]
    measure: Callable[[Figures, Cut], tuple[Row, ...]]
    interval: str = ""
    """How the interval is made, for docs/metrics.md; empty where there is none."""
    of_lines: bool = False
    """Whether it needs the lines of the default branch, which are looked for in its history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    metric: Metric
    rows: tuple[Row, ...]


@cache
def metrics() -> tuple[Metric, ...]:
    """All of them, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    found: list[Metric] = [import_module(f"{__name__}.{name}").METRIC for name in names]
    return tuple(sorted(found, key=lambda metric: metric.name))


def metric(name: str) -> Metric:
    """Only its own module is loaded: `acceptance.block` stands in `acceptance_block.py`."""
    found: Metric = import_module(f"{__name__}.{name.replace('.', '_')}").METRIC
    return found


def rows(figures: Figures, measured: Callable[[Cell], Estimate | Number | None]) -> tuple[Row, ...]:
    """A row for each group that has something to measure, which is all that most metrics are."""
    found = ((group, measured(cell)) for group, cell in sorted(figures.cells.items(), key=lambda one: order(one[0])))
    return tuple(Row(group=group, figure=figure) for group, figure in found if figure is not None)


def order(group: Group) -> tuple[tuple[int, str], ...]:
    """Groups as people sort them.

    >>> sorted([("10",), ("201+",), ("6-20",), ("go",), ("2",)], key=order)
    [('2',), ('6-20',), ('10',), ('201+',), ('go',)]
    """
    return tuple((int(number[0]) if (number := re.match(r"\d+", name)) else sys.maxsize, name) for name in group)


def named(names: Iterable[str]) -> tuple[Metric, ...]:
    return tuple(metric(name) for name in names)

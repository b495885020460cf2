"""Rows of metrics for programs: as JSON, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from swe_agent.metrics.catalogue import Row
from swe_agent.metrics.interval import Estimate, Number

_COLUMNS = ("value", "low", "high", "n", "unit", "hits", "clusters", "enough", "method", "note")


def figure_fields(figure: Estimate | Number) -> dict[str, Any]:
    """The same names for both, so that one reader serves; `hits` and `clusters` are None where there are none."""
    if isinstance(figure, Estimate):
        own = {
            "unit": figure.units,
            "hits": figure.hits,
            "clusters": figure.clusters,
            "method": figure.method,
            "note": "",
        }
    else:
        own = {"unit": figure.unit, "hits": None, "clusters": None, "method": "", "note": figure.note}
    shared = {name: getattr(figure, name) for name in ("value", "low", "high", "n", "enough")}
    return {name: {**shared, **own}[name] for name in _COLUMNS}


def row_fields(metric: str, cut: Sequence[str], row: Row) -> dict[str, Any]:
    return {
        "metric": metric,
        "group": dict(zip(cut, row.group, strict=False)),
        "of": row.of,
        "figure": figure_fields(row.figure),
    }


def csv_text(cut: Sequence[str], rows: Iterable[tuple[str, Row]]) -> str:
    """With a heading; one line a row, named by its metric. Cells that a spreadsheet would take for a formula begin with
    an apostrophe: names of models are not ours."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["metric", *cut, "of", *_COLUMNS])
    for metric, row in rows:
        names = [*row.group, *[""] * (len(cut) - len(row.group))]
        values = figure_fields(row.figure).values()
        writer.writerow([metric, *map(_plain, names), row.of, *("" if value is None else value for value in values)])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell

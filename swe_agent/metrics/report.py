"""All that a report shows: the four questions, and what stands behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from swe_agent.metrics.catalogue import Cut, Row, metric
from swe_agent.metrics.figures import Cell
from swe_agent.metrics.funnel import Stage, funnel
from swe_agent.metrics.interval import Estimate, Number
from swe_agent.metrics.lifetimes import Lifetimes, lifetimes
from swe_agent.metrics.overview import Overview, Read, overview
from swe_agent.metrics.share import Shares, language, month, share_added, share_at_head

MONTHS = 36
"""The latest ones are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Of the map of models and kinds of task."""

    model: str
    kind: str
    blocks: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What the jobs of a model have cost: in all, for each accepted line, and for each line alive after 30 days."""

    model: str
    total: Number
    accepted: Number | None
    surviving: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    overview: Overview
    made_at: datetime
    first: str
    """The first day of which anything is recorded; empty where nothing is."""
    funnel: tuple[Stage, ...]
    land: Estimate | None
    lifetimes: Lifetimes
    months: tuple[Shares, ...]
    """Of added lines."""
    languages: tuple[Shares, ...]
    """Of lines at HEAD, those with most lines first."""
    squares: tuple[Square, ...]
    prices: tuple[Price, ...]
    reasons: tuple[tuple[str, int], ...]
    """Why blocks were rejected, and how many."""


def report(read: Read) -> Report:
    figures, by_model = read(()), read(("model",))
    cell, lives, now, since = figures.cells.get((), Cell()), figures.lives, figures.now, figures.since
    languages = sorted(share_at_head(lives, now, language), key=lambda one: -one.n)
    return Report(
        overview=overview(read),
        made_at=now,
        first=min([one.at[:10] for one in figures.bills] + [one.at[:10] for one in figures.accepted], default=""),
        funnel=funnel(cell, figures.accepted, lives, now, since),
        land=_share(metric("land").measure(figures, ())),
        lifetimes=lifetimes(figures),
        months=share_added(lives, now, since=since, key=month)[-MONTHS:],
        languages=tuple(languages),
        squares=_squares(read),
        prices=_prices(read, tuple(sorted(by_model.cells))),
        reasons=tuple((row.of, round(row.figure.value or 0)) for row in metric("reject_reasons").measure(figures, ())
                      if isinstance(row.figure, Number)),
    )  # fmt: skip


def _share(rows: tuple[Row, ...]) -> Estimate | None:
    return next((row.figure for row in rows if isinstance(row.figure, Estimate)), None)


def _squares(read: Read) -> tuple[Square, ...]:
    cut: Cut = ("model", "kind")
    rows = metric("acceptance.block").measure(read(cut), cut)
    return tuple(
        Square(model=row.group[0], kind=row.group[1], blocks=row.figure)
        for row in rows
        if isinstance(row.figure, Estimate) and row.figure.n
    )


def _prices(read: Read, groups: tuple[tuple[str, ...], ...]) -> tuple[Price, ...]:
    """Dearest first; models that were never called are left out."""
    cut: Cut = ("model",)
    figures = read(cut)
    names = ("cost.total", "cost.per_accepted_line", "cost.per_surviving_line")
    found = {name: {row.group: row.figure for row in metric(name).measure(figures, cut)} for name in names}
    prices = [
        Price(model=group[0], total=total, accepted=_number(found[names[1]].get(group)),
              surviving=_number(found[names[2]].get(group)))
        for group in groups
        if isinstance(total := found[names[0]].get(group), Number)
    ]  # fmt: skip
    return tuple(sorted(prices, key=lambda price: (-(price.total.value or 0), price.model)))


def _number(figure: Estimate | Number | None) -> Number | None:
    return figure if isinstance(figure, Number) else None

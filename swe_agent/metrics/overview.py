"""The four questions of a lead, answered: what do we accept, does it survive, how much of the code did AI write, and
what did a surviving line cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from swe_agent.metrics.catalogue import Cut, metric
from swe_agent.metrics.figures import Figures
from swe_agent.metrics.interval import Estimate, Number, independent
from swe_agent.metrics.line_groups import landed_since
from swe_agent.metrics.relative import Relative, relative
from swe_agent.metrics.share import Shares, share_added, share_at_head
from swe_agent.metrics.survival import stays, survival

SHOWN_DAYS = (7, 30)

Read = Callable[[Cut], Figures]
"""The figures of a cut; all of one call are of the same moment and the same lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    group: str
    blocks: Estimate
    auto: int
    """Blocks that a policy accepted, which are in no share."""
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    days: int
    ai: Estimate
    unchanged: Estimate
    human: Estimate
    unknown: Estimate
    relative: Relative


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`proposals` are those with anything decided; `since` is the first day that counts, empty for all."""

    since: str
    proposals: int
    accepted: Rate
    languages: tuple[Rate, ...]
    """Those with most blocks first."""
    models: tuple[Rate, ...]
    alive: tuple[Alive, ...]
    """Of SHOWN_DAYS."""
    head: Shares | None
    added: Shares | None
    """None where there are no such lines."""
    cost: Number
    """In US dollars, of an AI line that was alive after 30 days."""
    cost_accepted: Number
    """Of an accepted line."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever recorded: no decision, and no line of which anything is known."""
        of_lines = self.head is not None and bool(self.head.made.hits + self.head.human.hits)
        return not (self.proposals or self.accepted.open or self.accepted.auto or of_lines or self.added)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAnswers:
    """What the overview says of lines: apart, because these are many, and seldom others than the last time."""

    alive: tuple[Alive, ...]
    head: Shares | None
    added: Shares | None
    cost: Number


def line_answers(figures: Figures) -> LineAnswers:
    return LineAnswers(
        alive=_alive(figures),
        head=next(iter(share_at_head(figures.lives, figures.now)), None),
        added=next(iter(share_added(figures.lives, figures.now, since=figures.since)), None),
        cost=_dollars(figures, "cost.per_surviving_line"),
    )


def overview(read: Read, lines: LineAnswers | None = None) -> Overview:
    """With what is known of lines already, `read` need not give any."""
    figures = read(())
    lines = lines or line_answers(figures)
    (accepted, *_) = _rates(figures)
    return Overview(
        since=figures.since,
        proposals=sum(cell.proposals for cell in figures.cells.values()),
        accepted=accepted,
        languages=_ordered(read(("language",))),
        models=_ordered(read(("model",))),
        alive=lines.alive,
        head=lines.head,
        added=lines.added,
        cost=lines.cost,
        cost_accepted=_dollars(figures, "cost.per_accepted_line"),
    )


def _dollars(figures: Figures, name: str) -> Number:
    for row in metric(name).measure(figures, ()):
        if isinstance(row.figure, Number):
            return row.figure
    return Number(value=None, unit="USD", n=0, enough=False, note="no model was asked yet")


def _rates(figures: Figures) -> list[Rate]:
    found = {row.group: row.figure for row in metric("acceptance.block").measure(figures, ())}
    rates = [
        Rate(group=group[0] if group else "all", blocks=one, auto=cell.auto_blocks, open=cell.open_blocks)
        for group, cell in figures.cells.items()
        if isinstance(one := found.get(group), Estimate)
    ]
    return rates or [Rate(group="all", blocks=independent(0, 0, "blocks"), auto=0, open=0)]


def _ordered(figures: Figures) -> tuple[Rate, ...]:
    rates = [rate for rate in _rates(figures) if rate.blocks.n]
    return tuple(sorted(rates, key=lambda rate: (-rate.blocks.n, rate.group)))


def _alive(figures: Figures) -> tuple[Alive, ...]:
    lives = landed_since(figures)
    mine, theirs = stays(lives, "ai", figures.now), stays(lives, "human", figures.now)
    written, unknown = stays(lives, "unchanged", figures.now), stays(lives, "unknown", figures.now)
    return tuple(
        Alive(
            days=days,
            ai=survival(mine, days),
            unchanged=survival(written, days),
            human=survival(theirs, days),
            unknown=survival(unknown, days),
            relative=relative(mine, theirs, days),
        )
        for days in SHOWN_DAYS
    )

"""The values that metrics are made of: tallies of blocks, proposals, tasks and money by group, and the fates of lines.

The ledger adds them up, so that a hundred thousand decisions are a few rows when they come here; nothing in this module
knows where they are kept. A *cell* holds what has the same values in all dimensions that were asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations_with_replacement
from typing import Literal, TypeVar

from swe_agent.core.evidence import Lives
from swe_agent.core.review import ReviewRun
from swe_agent.core.usage import Cost, Usage
from swe_agent.metrics.interval import ClusterSums

Dimension = Literal[
    "language",
    "model",
    "kind",
    "engine",
    "prompt",
    "format",
    "attempt",
    "policy",
    "surface",
    "size",
    "month",
    "author",
]
"""What figures can be cut by. `policy` is the sandbox tier, `size` a bucket of the proposal's effective lines, `author`
a keyed hash of who decided."""

Counted = Literal["accepted_unchanged", "accepted_edited", "rejected", "expired", "undone"]
"""What can become of a block that a person was to decide. `superseded` blocks are in no figure, `auto_accepted` ones
are reported apart."""
COUNTED: tuple[Counted, ...] = ("accepted_unchanged", "accepted_edited", "rejected", "expired", "undone")
ACCEPTED: tuple[Counted, ...] = ("accepted_unchanged", "accepted_edited")
PAIRS = tuple(combinations_with_replacement(range(len(COUNTED)), 2))
"""Of places in COUNTED, in the order of `Outcomes.products`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How many units had which outcome, and the sums over proposals of the products of two such counts: all that the
    clustered interval of any share of outcomes needs."""

    clusters: int = 0
    """Proposals (sessions of another tool) with anything counted."""
    sums: tuple[int, ...] = (0,) * len(COUNTED)
    products: tuple[int, ...] = (0,) * len(PAIRS)

    @classmethod
    def one(cls, counts: Mapping[Counted, int]) -> Outcomes:
        """Of a single proposal."""
        sums = tuple(counts.get(name, 0) for name in COUNTED)
        return cls(clusters=int(any(sums)), sums=sums, products=tuple(sums[i] * sums[j] for i, j in PAIRS))

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(
            clusters=self.clusters + other.clusters,
            sums=tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)),
            products=tuple(a + b for a, b in zip(self.products, other.products, strict=True)),
        )

    def count(self, *names: Counted) -> int:
        return sum(self.sums[COUNTED.index(name)] for name in names)

    def share(self, hits: Iterable[Counted], of: Iterable[Counted]) -> ClusterSums:
        """Those that had one of the outcomes `hits`, among those that had one of `of`."""
        above, below = self._places(hits), self._places(of)
        return ClusterSums(
            clusters=self.clusters,
            hits=sum(self.sums[i] for i in above),
            n=sum(self.sums[i] for i in below),
            hits_hits=self._product(above, above),
            hits_n=self._product(above, below),
            n_n=self._product(below, below),
        )

    def _places(self, names: Iterable[Counted]) -> tuple[int, ...]:
        return tuple(COUNTED.index(name) for name in names)

    def _product(self, left: Sequence[int], right: Sequence[int]) -> int:
        return sum(self.products[_PLACE[min(i, j), max(i, j)]] for i in left for j in right)


_PLACE = {pair: place for place, pair in enumerate(PAIRS)}


MILLI_CENTS = 100_000
"""Of a dollar: the unit of products of costs, which must fit into 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What jobs of one group have cost, failed and rejected ones too. Other tools' decisions come without a price."""

    jobs: int = 0
    calls: int = 0
    unpriced: int = 0
    """Calls without a known price: with one of them the sum is unknown."""
    priced: Cost = Cost()
    """Of the others."""
    usage: Usage = Usage()
    accepted_lines: int = 0
    """Effective lines of these jobs that a person or a policy accepted, landed, and that were not undone."""
    landed_tasks: int = 0
    cost_cost: int = 0
    """Sums over jobs of products, for intervals: of the cost with itself, with accepted lines, with landed tasks (each
    with its last job), and of accepted lines with themselves. Costs are in thousandths of a cent."""
    cost_lines: int = 0
    cost_landed: int = 0
    lines_lines: int = 0

    @property
    def cost(self) -> Cost:
        return Cost(nano_usd=None) if self.unpriced else self.priced

    def __add__(self, other: Money) -> Money:
        return Money(
            jobs=self.jobs + other.jobs,
            calls=self.calls + other.calls,
            unpriced=self.unpriced + other.unpriced,
            priced=self.priced + other.priced,
            usage=self.usage + other.usage,
            accepted_lines=self.accepted_lines + other.accepted_lines,
            landed_tasks=self.landed_tasks + other.landed_tasks,
            cost_cost=self.cost_cost + other.cost_cost,
            cost_lines=self.cost_lines + other.cost_lines,
            cost_landed=self.cost_landed + other.cost_landed,
            lines_lines=self.lines_lines + other.lines_lines,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """Tasks that came to an end. Attempts that follow each other at one task are one chain."""

    ended: int = 0
    landed: int = 0
    landed_first: int = 0
    """From attempt 1."""
    attempts: tuple[tuple[int, int], ...] = ()
    """A number of attempts, and how many of the tasks took it."""

    def __add__(self, other: Tasks) -> Tasks:
        return Tasks(
            ended=self.ended + other.ended,
            landed=self.landed + other.landed,
            landed_first=self.landed_first + other.landed_first,
            attempts=tuple(sorted(_merged(self.attempts, other.attempts))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """All of one group. Money and tasks belong to whole jobs: where blocks of one job are in several groups, as with
    languages, they are empty."""

    blocks: Outcomes = Outcomes()
    lines: Outcomes = Outcomes()
    """Effective lines of the same blocks."""
    auto_blocks: int = 0
    auto_lines: int = 0
    open_blocks: int = 0
    """Undecided, or accepted and not landed, and not expired yet."""
    superseded: int = 0
    proposals: int = 0
    """With anything counted."""
    landed_proposals: int = 0
    waits: tuple[tuple[int, int], ...] = ()
    """Buckets of the time from shown to decided (see `metrics.waits`), and how many blocks are in each."""
    wait_clusters: ClusterSums = field(default_factory=ClusterSums)
    """Of the same blocks; hits are not used."""
    reasons: tuple[tuple[str, int], ...] = ()
    """Why blocks were rejected, in a word or as it was written; empty where nobody said."""
    edits: tuple[tuple[int, int], ...] = ()
    """Twentieths of its tokens that a person has changed in an accepted block, and in how many so many."""
    tasks: Tasks = Tasks()
    money: Money = Money()

    def __add__(self, other: Cell) -> Cell:
        return Cell(
            blocks=self.blocks + other.blocks,
            lines=self.lines + other.lines,
            auto_blocks=self.auto_blocks + other.auto_blocks,
            auto_lines=self.auto_lines + other.auto_lines,
            open_blocks=self.open_blocks + other.open_blocks,
            superseded=self.superseded + other.superseded,
            proposals=self.proposals + other.proposals,
            landed_proposals=self.landed_proposals + other.landed_proposals,
            waits=tuple(sorted(_merged(self.waits, other.waits))),
            wait_clusters=self.wait_clusters + other.wait_clusters,
            reasons=by_number(_merged(self.reasons, other.reasons)),
            edits=tuple(sorted(_merged(self.edits, other.edits))),
            tasks=self.tasks + other.tasks,
            money=self.money + other.money,
        )


def by_number(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The most frequent first."""
    return tuple(sorted(counts, key=lambda one: (-one[1], one[0])))


_Name = TypeVar("_Name", bound=Hashable)


def _merged(left: Iterable[tuple[_Name, int]], right: Iterable[tuple[_Name, int]]) -> tuple[tuple[_Name, int], ...]:
    """Two counts by name as one, in the order in which the names come up."""
    found: dict[_Name, int] = {}
    for name, n in (*left, *right):
        found[name] = found.get(name, 0) + n
    return tuple(found.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Effective lines of one session and language that were accepted, landed in the user's tree, and not undone since;
    a policy's acceptance counts too."""

    session: str
    language: str
    model: str
    at: str
    """When the last of them was accepted: UTC, ISO 8601."""
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What one session has cost, a failed or rejected one too: unknown where a call had no price."""

    session: str
    model: str
    at: str
    """When it began: UTC, ISO 8601."""
    cost: Cost


Group = tuple[str, ...]
"""The values of the dimensions asked for, in their order; `()` is everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a metric is computed from. `cells` are by the cut that was asked for; `lives` are not grouped yet."""

    now: datetime
    since: str = ""
    """The first day (UTC, ISO 8601) that counts; empty for all."""
    cells: Mapping[Group, Cell] = field(default_factory=dict)
    lives: tuple[Lives, ...] = ()
    """Of all lines of the default branch; those that landed before `since` are in it, for what is at HEAD."""
    accepted: tuple[Accepted, ...] = ()
    """Of every session, not cut."""
    bills: tuple[Bill, ...] = ()
    """Of every session, not cut."""
    reviews: tuple[ReviewRun, ...] = ()

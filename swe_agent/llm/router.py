"""Which model answers for a role, which ones after it, and why. Pure, and the same for the same data.

Only `auto` is a choice, and it is made by what people have accepted: the cheapest model that is not clearly worse than
the best one. Clearly worse means that its 95 % interval ends below where the best one's begins. A prompt says little
about how hard a task is; a record of decided blocks says how well a model has done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swe_agent.core.message import ModelRef, ModelRole
from swe_agent.core.task import Effort, TaskKind
from swe_agent.core.usage import Cost
from swe_agent.llm.roles import RolesConfig

Interval = Callable[[int, int], tuple[float, float]]
"""(accepted, decided) to the bounds of the 95 % interval; `metrics.interval.wilson`, which this room cannot see."""

ENOUGH = 20
"""Decided blocks of each model, with fewer of which nothing is concluded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What became of the blocks that a model has proposed, in one kind of task and one language.

    `decided` are accepted, rejected, expired and undone ones. `jobs` and their cost are counted under the language in
    which a job proposed most, so that sums over languages are right. `cost_nano` is None where it is not known.
    """

    model: str
    kind: str
    decided: int
    accepted: int
    cost_nano: int | None
    jobs: int
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    records: tuple[Record, ...]
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a model is wanted for."""

    role: ModelRole = "editor"
    kind: TaskKind = "fix"
    language: str = ""
    effort: Effort | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The model to ask, the ones to ask where it is not available, and the reason in a sentence."""

    models: tuple[ModelRef, ...]
    why: str


def route(asked: Asked, config: RolesConfig, evidence: Evidence | None = None) -> Route:
    own = config.roles.get(asked.role)
    if own is not None:
        return _route((own,), config, f"`models.{asked.role}` names it")
    if not config.choices:
        return _route((config.default,), config, "`model` names it")
    chosen, why = _chosen(asked, config.choices, evidence)
    return _route((chosen, *config.choices), config, why)


def _route(first: Sequence[ModelRef], config: RolesConfig, why: str) -> Route:
    return Route(models=tuple(dict.fromkeys((*first, *config.fallbacks))), why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """A model with all that is known of it within a scope."""

    ref: ModelRef
    decided: int
    accepted: int
    jobs: int
    cost: Cost
    interval: tuple[float, float]

    @property
    def share(self) -> float:
        return self.accepted / self.decided

    @property
    def said(self) -> str:
        low, high = self.interval
        cost = self.cost.nano_usd
        price = f", {Cost(nano_usd=cost // self.jobs)} a job" if cost is not None and self.jobs else ""
        return f"{self.ref.name} {self.accepted} of {self.decided} ({low:.0%} to {high:.0%}{price})".replace("%", " %")


def _chosen(asked: Asked, choices: Sequence[ModelRef], evidence: Evidence | None) -> tuple[ModelRef, str]:
    """By the narrowest scope in which every choice has been decided on often enough."""
    scopes: list[tuple[str, Callable[[Record], bool]]] = [
        (f"of {asked.kind} in {asked.language}", lambda r: r.kind == asked.kind and r.language == asked.language),
        (f"of {asked.kind}", lambda r: r.kind == asked.kind),
        ("of all kinds", lambda _r: True),
    ]
    records = evidence.records if evidence else ()
    for said, within in scopes if asked.language else scopes[1:]:
        if evidence and all(_decided(ref, records, within) >= ENOUGH for ref in choices):
            return _by_record(asked, [_standing(ref, evidence, within) for ref in choices], said)
    least = min(choices, key=lambda ref: _decided(ref, records, lambda _r: True))
    return choices[0], (
        f"the first of `models.choices`: {least.name} has {_decided(least, records, lambda _r: True)} decided blocks, "
        f"and with fewer than {ENOUGH} nothing is concluded"
    )


def _decided(ref: ModelRef, records: Sequence[Record], within: Callable[[Record], bool]) -> int:
    return sum(record.decided for record in records if record.model == ref.name and within(record))


def _by_record(asked: Asked, standings: Sequence[_Standing], scope: str) -> tuple[ModelRef, str]:
    best = max(standings, key=lambda one: one.share)
    known = f"accepted blocks {scope}: " + ", ".join(one.said for one in standings)
    if asked.effort is Effort.MAX:
        return best.ref, f"the best by its record, as the effort is max; {known}"
    taken = next(one for one in standings if one.interval[1] >= best.interval[0])
    if taken is standings[0] is best:
        return taken.ref, f"the cheapest, and none is better; {known}"
    if taken is best:
        return taken.ref, f"the cheaper ones are clearly worse; {known}"
    return taken.ref, f"the cheapest that is not clearly worse than {best.ref.name}; {known}"


def _standing(ref: ModelRef, evidence: Evidence, within: Callable[[Record], bool]) -> _Standing:
    records = [record for record in evidence.records if record.model == ref.name and within(record)]
    decided, accepted = sum(record.decided for record in records), sum(record.accepted for record in records)
    cost = Cost()
    for record in records:
        cost += Cost(nano_usd=record.cost_nano)
    return _Standing(
        ref=ref,
        decided=decided,
        accepted=accepted,
        jobs=sum(record.jobs for record in records),
        cost=cost,
        interval=evidence.interval(accepted, decided),
    )

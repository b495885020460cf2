"""What was spent before, by the books and by the file of the day: caps per day, and what past jobs teach."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from uuid import uuid4

from swe_agent.config.places import state_home
from swe_agent.config.settings import Settings
from swe_agent.core.errors import ConfigError, LimitReached
from swe_agent.core.record import JobBook
from swe_agent.core.usage import Cost, DayLimits, Price
from swe_agent.llm.budget import Reservation, worst_case
from swe_agent.llm.router import Evidence, Record
from swe_agent.metrics.acceptance import counted_as, expired
from swe_agent.metrics.figures import ACCEPTED
from swe_agent.metrics.interval import wilson
from swe_agent.store.spend import DaySpend, DayTotals, SpendLog
from swe_agent.wiring.chance import clock


def today() -> str:
    """The user's calendar day, which is what a cap per day means to a person."""
    return clock().astimezone().date().isoformat()


class DayThrottle:
    """Implements core.ports.Throttle for all jobs of a day. Threads may share it; each holds one call at a time."""

    def __init__(self, log: SpendLog, limits: DayLimits, repository: str, day: Callable[[], str] = today) -> None:
        self._log = log
        self._limits = limits
        self._repository = repository
        self._day = day
        self._calls: dict[int, str] = {}

    def reserve(self, price: Price | None, *, input_tokens: int, output_tokens: int) -> None:
        worst = worst_case(price, input_tokens, output_tokens)
        call = uuid4().hex
        self._log.reserve(
            call,
            day=self._day(),
            repository=self._repository,
            nano_usd=worst.nano_usd if price else None,
            tokens=worst.tokens,
            check=lambda totals: self._check(totals, worst),
        )
        self._calls[threading.get_ident()] = call

    def settle(self, cost: Cost, tokens: int) -> None:
        call = self._calls.pop(threading.get_ident(), None)
        if call is not None:  # none where the reservation was refused
            self._log.settle(call, nano_usd=cost.nano_usd, tokens=tokens)

    def _check(self, totals: DayTotals, worst: Reservation) -> None:
        limits = self._limits
        everywhere, here = totals.everywhere, totals.here
        _check_money(limits.nano_usd, everywhere, worst, "limits.usd_per_day", "all jobs of a day")
        _check_money(
            limits.repository_nano_usd, here, worst, "limits.repository_usd_per_day", "this repository's jobs of a day"
        )
        _check_tokens(limits.tokens, everywhere, worst, "limits.tokens_per_day", "all jobs of a day")
        _check_tokens(
            limits.repository_tokens, here, worst, "limits.repository_tokens_per_day", "this repository's jobs of a day"
        )


def _check_money(limit: int | None, spent: DaySpend, worst: Reservation, name: str, whose: str) -> None:
    if limit is None:
        return
    if spent.unpriced:
        raise ConfigError(
            f"{spent.unpriced} calls of today have no known price, so `{name}` cannot be kept today",
            hint='name prices under `[prices."MODEL"]` for the days to come, or limit tokens a day in its place',
        )
    if spent.nano_usd + worst.nano_usd > limit:
        left = Cost(nano_usd=max(0, limit - spent.nano_usd))
        raise LimitReached(
            f"the next call may cost {Cost(nano_usd=worst.nano_usd)}, and {left} of the {Cost(nano_usd=limit)} that "
            f"{whose} may spend is left",
            limit="money",
            hint=f"go on tomorrow, or with a larger `{name}`",
        )


def _check_tokens(limit: int | None, spent: DaySpend, worst: Reservation, name: str, whose: str) -> None:
    if limit is not None and spent.tokens + worst.tokens > limit:
        raise LimitReached(
            f"the next call may take {worst.tokens:,} tokens, and {max(0, limit - spent.tokens):,} of the {limit:,} "
            f"that {whose} may spend are left",
            limit="tokens",
            hint=f"go on tomorrow, or with a larger `{name}`",
        )


def day_throttle(settings: Settings) -> DayThrottle:
    """Every call is noted, capped or not: a cap that is set at noon counts the morning too."""
    log = SpendLog(state_home(settings.environment) / "spend.jsonl")
    return DayThrottle(log, settings.day_limits, repository_of(settings))


def repository_of(settings: Settings) -> str:
    """A name for the repository that tells nothing of it; all its worktrees have the same."""
    file = settings.clone_file
    return sha256(str(file.parent.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16] if file else ""


def evidence_of(books: Iterable[JobBook], now: datetime) -> Evidence:
    """What the router goes by: what people have decided on each model's blocks, and what its jobs have cost."""
    return Evidence(records=tuple(record for book in books for record in _records(book, now)), interval=wilson)


def _records(book: JobBook, now: datetime) -> Iterable[Record]:
    job = book.job
    lines: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    closed = expired(book, now)
    for block in book.blocks:
        language, outcome = block.language or "unknown", counted_as(block, closed=closed)
        lines[language] += block.lines
        decided[language] += outcome is not None
        accepted[language] += outcome in ACCEPTED
    if not lines:  # it cost something and came to nothing
        yield Record(model=job.model, kind=job.kind, decided=0, accepted=0, cost_nano=book.cost.nano_usd, jobs=1)
    most = max(lines, key=lambda language: lines[language], default="")
    for language in sorted(lines):
        counted = language == most
        yield Record(
            model=job.model,
            kind=job.kind,
            language=language,
            decided=decided[language],
            accepted=accepted[language],
            cost_nano=book.cost.nano_usd if counted else 0,
            jobs=int(counted),
        )

"""Whatever happens in a run, no budget is passed, and the cost is the sum of what was answered.

Random prices, roles, fallbacks, cascades, limits of the job and of the day; answers, failures for good and failures
that a retry heals; several threads at once. In the long form (HYPOTHESIS_PROFILE=full) there are a thousand runs.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.errors import LimitReached, ModelRateLimited, ModelRefused, ModelUnavailable
from swe_agent.core.message import Message, ModelRef, ModelReply, ModelRequest, ModelRole
from swe_agent.core.ports import Model, OnToken
from swe_agent.core.usage import Cost, DayLimits, Limits, Price, Usage
from swe_agent.llm.budget import Budget
from swe_agent.llm.cascade import escalate
from swe_agent.llm.models import Models
from swe_agent.llm.retry import Retrying, RetryPolicy, Transient
from swe_agent.llm.roles import RolesConfig, model_ref
from swe_agent.llm.throttle import Throttled
from swe_agent.store.spend import SpendLog
from swe_agent.wiring.spending import DayThrottle

NAMES = ("cheap", "middle", "strong")
ROLES: tuple[ModelRole, ...] = ("planner", "editor", "critic", "summariser", "guard")
QUESTION = ModelRequest(messages=(Message(role="user", content="x" * 3000),), max_output_tokens=500)
MOST_ASKED = 1000
"""Tokens of the question, at a third of its characters: what the first reservation of a model holds."""


@dataclass
class Unreliable:
    """Implements core.ports.Model as a door does, retries included; notes what each answer was."""

    ref: ModelRef
    price: Price
    random: Random
    trouble: float
    answered: list[Usage] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_tokens: int = 0

    def __post_init__(self) -> None:
        self.asked_tokens = self.random.randint(MOST_ASKED // 2, MOST_ASKED)

    def ask(self, request: ModelRequest, on_token: OnToken) -> ModelReply:
        retrying = Retrying(sleep=lambda _s: None, jitter=lambda: 1.0, policy=RetryPolicy(attempts=2))
        return retrying.run(lambda: self._attempt(request))

    def _attempt(self, request: ModelRequest) -> ModelReply:
        time.sleep(0.0003)  # lets the other parts of the job in, with this call's reservation held
        with self.lock:
            if self.random.random() < self.trouble:
                raise self.random.choice(
                    [
                        Transient(ModelUnavailable("down"), retry_after=0),
                        ModelRateLimited("slow down"),
                        ModelRefused("no"),
                    ]
                )
            usage = self._usage(request)
            self.answered.append(usage)
        return ModelReply(content="ok", tool_calls=(), finish="stop", usage=usage, model=self.ref.name)

    def _usage(self, request: ModelRequest) -> Usage:
        """Often the worst that is possible: all that was asked of one kind, and no room left in the answer."""
        kind = self.random.choice(["input_tokens", "cached_tokens", "cache_write_tokens"])
        of_kind = self.random.choice([self.asked_tokens, self.random.randint(0, self.asked_tokens)])
        usage = Usage(**{kind: of_kind}) + Usage(input_tokens=self.asked_tokens - of_kind)
        most = request.max_output_tokens
        return replace(usage, output_tokens=self.random.choice([most, self.random.randint(0, most)]))


REFS = {name: model_ref(name) for name in NAMES}
SOME = st.lists(st.sampled_from([REFS[name] for name in NAMES]), max_size=3, unique=True).map(tuple)
CONFIGS = st.builds(
    RolesConfig,
    default=st.sampled_from([REFS[name] for name in NAMES]),
    roles=st.dictionaries(st.sampled_from(ROLES), st.sampled_from([REFS[name] for name in NAMES])),
    fallbacks=SOME,
    cascade=SOME,
)
CAPS = ("job", "day", "repository")
KINDS = st.sets(st.tuples(st.sampled_from(CAPS), st.sampled_from(["money", "tokens"])), min_size=1, max_size=3)
"""Which limits there are; how high they are is drawn evenly, as Hypothesis would mostly draw zeros."""


def price_from(random: Random) -> Price:
    return Price(
        input_nano=random.uniform(0, 50),
        output_nano=random.uniform(0, 50),
        cached_nano=random.uniform(0, 50),
        cache_write_nano=random.uniform(0, 50),
        source="test",
    )


def limits_from(random: Random, kinds: Set[tuple[str, str]]) -> tuple[Limits, DayLimits]:
    """Room for a few calls, so that each limit is met while several are under way."""

    def cap(name: str, kind: str) -> int | None:
        most = random.randint(50_000, 400_000) if kind == "money" else random.randint(1_500, 12_000)
        return most if (name, kind) in kinds else None

    return Limits(nano_usd=cap("job", "money"), tokens=cap("job", "tokens")), DayLimits(
        nano_usd=cap("day", "money"),
        tokens=cap("day", "tokens"),
        repository_nano_usd=cap("repository", "money"),
        repository_tokens=cap("repository", "tokens"),
    )


def converse(model: Model, rounds: int, random: Random, told: list[tuple[str, Cost]]) -> None:
    """A part of a job: asks on, moves up now and then, and stops where it must. Cost is told as the agent tells it."""
    for _ in range(rounds):
        try:
            reply = model.ask(QUESTION, str)
        except (LimitReached, ModelUnavailable, ModelRateLimited):
            return
        except ModelRefused:
            continue
        assert model.price is not None
        told.append((reply.model, model.price.of(reply.usage)))
        if random.random() < 0.2:
            escalate(model, "still red")


@given(
    config=CONFIGS,
    kinds=KINDS,
    parts=st.lists(st.tuples(st.sampled_from(ROLES), st.integers(3, 12)), min_size=2, max_size=4),
    trouble=st.sampled_from([0.0, 0.1, 0.5]),
    seed=st.integers(0, 1 << 62),
)
def test_no_budget_is_ever_passed(
    tmp_path_factory: pytest.TempPathFactory,
    config: RolesConfig,
    kinds: set[tuple[str, str]],
    parts: list[tuple[ModelRole, int]],
    trouble: float,
    seed: int,
) -> None:
    random, path = Random(seed), tmp_path_factory.mktemp("day") / "spend.jsonl"
    limits, day_limits = limits_from(random, kinds)
    doors = {ref: Unreliable(ref, price_from(random), Random(random.random()), trouble) for ref in REFS.values()}
    budget, day = Budget(limits), DayThrottle(SpendLog(path), day_limits, "here", lambda: "2026-11-29")
    models = Models(config, {ref: Throttled(Throttled(door, day), budget) for ref, door in doors.items()}, budget)
    told: list[tuple[str, Cost]] = []
    threads = [
        threading.Thread(target=converse, args=(models.of(role), rounds, Random(random.random()), told))
        for role, rounds in parts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    answered = [(door, usage) for door in doors.values() for usage in door.answered]
    money = sum(door.price.of(usage).nano_usd or 0 for door, usage in answered)
    tokens = sum(usage.total for _, usage in answered)
    assert (models.cost, models.tokens) == (Cost(nano_usd=money), tokens)
    day_total = SpendLog(path).totals("2026-11-29", "here")
    assert day_total.here == day_total.everywhere
    assert (day_total.here.nano_usd, day_total.here.tokens, day_total.here.unpriced) == (money, tokens, 0)
    for cap in (limits.nano_usd, day_limits.nano_usd, day_limits.repository_nano_usd):
        assert cap is None or money <= cap
    for cap in (limits.tokens, day_limits.tokens, day_limits.repository_tokens):
        assert cap is None or tokens <= cap
    # What the parts were told follows who has answered, through fallbacks and up the cascade.
    by_model: defaultdict[str, int] = defaultdict(int)
    for name, cost in told:
        by_model[name] += cost.nano_usd or 0
    assert by_model == {
        door.ref.name: sum(door.price.of(usage).nano_usd or 0 for usage in door.answered)
        for door in doors.values()
        if door.answered
    }

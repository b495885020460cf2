"""What may still be spent. Says no before a call, never after it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from swe_agent.core.errors import ConfigError, LimitReached
from swe_agent.core.usage import Cost, Limits, Price


class PriceUnknown(ConfigError):
    """A budget in money cannot be kept with a model that nobody knows the price of."""

    def __init__(self, model: str = "") -> None:
        super().__init__(
            f"the price of {model or 'the model'} is not known, so a budget in money cannot be kept",
            hint=f'name the price under `[prices."{model or "MODEL"}"]` in your configuration, '
            "or limit tokens with `--budget-tokens` in the place of money",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """The worst that a call may come to."""

    nano_usd: int
    tokens: int


class Budget:
    """Implements core.ports.Throttle for one job. Threads may share it; each holds one reservation at a time.

    `cost` and `tokens` are what was settled; what is reserved by calls under way counts against the limits too.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._cost = Cost()
        self._tokens = 0
        self._calls = 0
        self._reserved: dict[int, Reservation] = {}
        self._lock = threading.Lock()

    @property
    def cost(self) -> Cost:
        return self._cost

    @property
    def tokens(self) -> int:
        return self._tokens

    @property
    def calls(self) -> int:
        return self._calls

    def refuse_unpriced(self, price: Price | None, model: str) -> None:
        """For the start of a job: PriceUnknown where money is limited and the price unknown."""
        if price is None and self._limits.nano_usd is not None:
            raise PriceUnknown(model)

    def reserve(self, price: Price | None, *, input_tokens: int, output_tokens: int) -> None:
        self.refuse_unpriced(price, "")
        worst = worst_case(price, input_tokens, output_tokens)
        with self._lock:
            self._check_money(worst)
            self._check_tokens(worst)
            self._reserved[threading.get_ident()] = worst

    def settle(self, cost: Cost, tokens: int) -> None:
        with self._lock:
            self._reserved.pop(threading.get_ident(), None)
            self._cost += cost
            self._tokens += tokens
            self._calls += 1

    def _check_money(self, worst: Reservation) -> None:
        limit = self._limits.nano_usd
        if limit is None:
            return
        if self._cost.nano_usd is None:
            raise PriceUnknown
        taken = self._cost.nano_usd + sum(held.nano_usd for held in self._reserved.values())
        if taken + worst.nano_usd > limit:
            raise LimitReached(
                f"the next call may cost {Cost(nano_usd=worst.nano_usd)}, and {Cost(nano_usd=max(0, limit - taken))} "
                f"of the budget of {Cost(nano_usd=limit)} is left",
                limit="money",
                hint="go on with a larger `--budget-usd`",
            )

    def _check_tokens(self, worst: Reservation) -> None:
        limit = self._limits.tokens
        if limit is None:
            return
        taken = self._tokens + sum(held.tokens for held in self._reserved.values())
        if taken + worst.tokens > limit:
            raise LimitReached(
                f"the next call may take {worst.tokens:,} tokens, and {max(0, limit - taken):,} of the budget of "
                f"{limit:,} are left",
                limit="tokens",
                hint="go on with a larger `--budget-tokens`",
            )


def worst_case(price: Price | None, input_tokens: int, output_tokens: int) -> Reservation:
    """In the worst case all tokens are of the dearest kind: with some providers those that are written to the cache."""
    tokens = input_tokens + output_tokens
    if price is None:
        return Reservation(nano_usd=0, tokens=tokens)
    dearest = max(price.input_nano, price.cache_write_nano, price.cached_nano)
    return Reservation(nano_usd=round(input_tokens * dearest + output_tokens * price.output_nano), tokens=tokens)

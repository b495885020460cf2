"""What figures of money share: a price that is not known is said, and is never 0."""

from __future__ import annotations

import math

from swe_agent.core.usage import NANO
from swe_agent.metrics.catalogue import Number
from swe_agent.metrics.figures import MILLI_CENTS, Cell, Money
from swe_agent.metrics.interval import ENOUGH_UNITS, student_t

WINDOW = "jobs by the day of their first decision; without one, the day on which they expired or ended"
EXCLUSIONS = "other tools' edits, whose price nobody knows, with their lines"
SOURCE = "the ledger: each call's tokens at the price that was known when it was made"
INTERVAL = "the variance of a ratio over jobs, linearised, on the scale of logarithms, with Student's t"


def unknown(cell: Cell, *, n: int) -> Number:
    """For a sum with calls in it whose price is unknown."""
    money = cell.money
    rest = f"; the others cost {money.priced}" if money.unpriced < money.calls else ""
    note = f"the price of {money.unpriced} of {money.calls} calls is unknown{rest}"
    return Number(value=None, unit="USD", n=n, enough=False, note=note)


def per(cell: Cell, n: int, what: str, *, squares: tuple[int, int]) -> Number | None:
    """US dollars for each of `n`; None where no call was made. `squares` are the sums over jobs of each one's part of
    `n` squared, and of the same times its cost."""
    money = cell.money
    if not money.calls:
        return None
    if money.unpriced:
        return unknown(cell, n=n)
    if not n:
        return Number(value=None, unit="USD", n=0, enough=False, note=f"{money.priced} were spent, and no {what} yet")
    value = (money.priced.nano_usd or 0) / NANO / n
    low, high = _interval(money, value, n, squares)
    return Number(value=value, unit="USD", n=n, low=low, high=high, enough=money.jobs >= ENOUGH_UNITS)


def _interval(money: Money, ratio: float, n: int, squares: tuple[int, int]) -> tuple[float | None, float | None]:
    """Of a ratio of two sums over jobs (W. G. Cochran, "Sampling Techniques", 1977, sections 6.3 and 6.4)."""
    if money.jobs < 2 or not ratio:
        return None, None
    cost_cost = money.cost_cost / MILLI_CENTS**2
    own_own, cost_own = squares[0], squares[1] / MILLI_CENTS
    residuals = max(0.0, cost_cost - 2 * ratio * cost_own + ratio * ratio * own_own)
    spread = student_t(money.jobs - 1) * math.sqrt(money.jobs / (money.jobs - 1) * residuals) / (ratio * n)
    return ratio * math.exp(-spread), ratio * math.exp(spread)

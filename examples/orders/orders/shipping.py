"""What it costs to send a parcel, and when it arrives."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from orders.money import ZERO, money

STEPS = ((500, "3.90"), (2000, "5.90"), (10000, "9.90"))
"""Up to so many grams, the price."""
HEAVY = "24.90"
FREE_FROM = Decimal("100.00")
SATURDAY = 5


def shipping_cost(grams: int, subtotal: Decimal) -> Decimal:
    """By weight; free from a subtotal on, unless the parcel is heavy."""
    for limit, price in STEPS:
        if grams <= limit:
            return ZERO if subtotal >= FREE_FROM else money(price)
    return money(HEAVY)


def delivery_date(ordered: date, working_days: int = 2) -> date:
    """The day on which a parcel arrives, weekends not counted."""
    day = ordered
    left = working_days
    while left > 0:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            left -= 1
    return day

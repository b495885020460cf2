"""Discount codes: a share of the subtotal, from a minimum on, for some time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Dict, Iterable, Optional

from orders.money import ZERO, money


@dataclass(frozen=True)
class Discount:
    """`starts` and `ends` both belong to the period, and `minimum` is enough."""

    code: str
    percent: int
    minimum: Decimal
    starts: date
    ends: date

    def applies(self, subtotal: Decimal, on: date) -> bool:
        in_time = self.starts <= on <= self.ends
        return in_time and subtotal <= self.minimum

    def amount(self, subtotal: Decimal) -> Decimal:
        return money(subtotal * self.percent / 100)


CODES: Dict[str, Discount] = {
    discount.code: discount
    for discount in (
        Discount("SPRING", 10, Decimal("50.00"), date(2024, 3, 1), date(2024, 5, 31)),
        Discount("LOYAL", 5, Decimal("0.00"), date(2020, 1, 1), date(2029, 12, 31)),
        Discount("BULK", 20, Decimal("200.00"), date(2023, 1, 1), date(2025, 12, 31)),
    )
}


def find(code: str) -> Optional[Discount]:
    """The discount of a code, however it was typed."""
    return CODES.get(code.strip().upper())


def discount_on(subtotal: Decimal, code: str, on: date) -> Decimal:
    """What a code takes off; nothing if it is unknown or does not apply."""
    discount = find(code)
    if discount is None or not discount.applies(subtotal, on):
        return ZERO
    return discount.amount(subtotal)


def best_code(subtotal: Decimal, on: date, codes: Iterable[str]) -> str:
    """The code that takes off most, "" if none does."""
    best, most = "", ZERO
    for code in codes:
        amount = discount_on(subtotal, code, on)
        if amount > most:
            best, most = code, amount
    return best

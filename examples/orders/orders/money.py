"""Amounts are decimals with two places. Nothing here knows a currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Union

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def money(value: Union[str, int, Decimal]) -> Decimal:
    """An amount, rounded half up to cents.

    >>> money("2.675")
    Decimal('2.68')
    """
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


def percentage(part: Decimal, whole: Decimal) -> Decimal:
    """How many percent of `whole` `part` is, to one place."""
    if not whole:
        return ZERO
    return (part * 100 / whole).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)

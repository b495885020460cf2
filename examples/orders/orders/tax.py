"""Value added tax. Within the union it is due where the buyer is, outside of it there is none."""

from __future__ import annotations

from decimal import Decimal

from orders.money import ZERO, money

RATES = {"DE": 19, "FR": 20, "NL": 21, "LU": 17, "HU": 27}


def in_union(country: str) -> bool:
    return country in RATES


def tax_on(amount: Decimal, seller: str, buyer: str, business: bool = False) -> Decimal:
    """The tax on an amount. A business in another country of the union pays it there itself."""
    if not in_union(buyer):
        return ZERO
    if business and buyer != seller:
        return ZERO
    return money(amount * RATES[seller] / 100)


def gross(amount: Decimal, seller: str, buyer: str, business: bool = False) -> Decimal:
    return amount + tax_on(amount, seller, buyer, business)

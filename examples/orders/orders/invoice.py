"""One order, priced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from orders.cart import Cart
from orders.discounts import discount_on
from orders.money import percentage
from orders.shipping import shipping_cost
from orders.tax import tax_on

PAYMENT_DAYS = 14


@dataclass(frozen=True)
class Invoice:
    number: str
    on: date
    subtotal: Decimal
    discount: Decimal
    tax: Decimal
    shipping: Decimal

    @property
    def net(self) -> Decimal:
        return self.subtotal - self.discount

    @property
    def total(self) -> Decimal:
        return self.net + self.tax + self.shipping

    @property
    def due(self) -> date:
        return self.on + timedelta(days=PAYMENT_DAYS)

    def discount_share(self) -> Decimal:
        """The discount in percent of the subtotal."""
        return percentage(self.subtotal, self.discount)


def make_invoice(
    cart: Cart, seller: str, buyer: str, on: date, code: str = "", business: bool = False, number: str = ""
) -> Invoice:
    """Price a cart on a day. The tax is on what is left after the discount, and not on shipping."""
    subtotal = cart.subtotal()
    discount = discount_on(subtotal, code, on)
    tax = tax_on(subtotal - discount, seller, buyer, business)
    shipping = shipping_cost(cart.weight(), subtotal)
    return Invoice(number, on, subtotal, discount, tax, shipping)

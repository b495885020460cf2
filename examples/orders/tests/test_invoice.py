from datetime import date
from decimal import Decimal

import pytest

from orders.cart import Cart
from orders.invoice import Invoice, make_invoice

MAY = date(2024, 5, 15)


@pytest.fixture
def cart():
    cart = Cart()
    cart.add("pot", quantity=2, price="40.00", grams=900)
    return cart


def test_total_without_a_code(cart):
    assert make_invoice(cart, "DE", "DE", MAY).total == Decimal("101.10")


def test_total_with_a_discount(cart):
    invoice = make_invoice(cart, "DE", "DE", MAY, code="spring")
    assert (invoice.discount, invoice.net) == (Decimal("8.00"), Decimal("72.00"))
    assert invoice.total == Decimal("91.58")


def test_discount_share():
    invoice = Invoice("1", MAY, Decimal("80.00"), Decimal("8.00"), Decimal("0"), Decimal("0"))
    assert invoice.discount_share() == Decimal("10.0")


def test_no_discount_is_no_share(cart):
    assert make_invoice(cart, "DE", "DE", MAY).discount_share() == Decimal("0.0")


def test_due(cart):
    assert make_invoice(cart, "DE", "DE", MAY).due == date(2024, 5, 29)

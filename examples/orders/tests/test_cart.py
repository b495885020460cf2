from decimal import Decimal

import pytest

from orders.cart import Cart


@pytest.fixture
def cart():
    cart = Cart()
    cart.add("mug", quantity=2, price="8.50", grams=400)
    cart.add("tea", quantity=3, price="4.00", grams=100)
    return cart


def test_subtotal(cart):
    assert cart.subtotal() == Decimal("29.00")


def test_subtotal_of_an_empty_cart():
    assert Cart().subtotal() == Decimal("0.00")


def test_adding_again_adds_pieces(cart):
    cart.add("mug", quantity=1, price="9.00", grams=400)
    assert [(line.sku, line.quantity) for line in cart.lines] == [("mug", 3), ("tea", 3)]


def test_adding_nothing_is_refused(cart):
    with pytest.raises(ValueError):
        cart.add("mug", quantity=0)


def test_remove(cart):
    cart.remove("mug")
    cart.remove("no such thing")
    assert [line.sku for line in cart.lines] == ["tea"]


def test_weight(cart):
    assert cart.weight() == 1100


def test_average_price(cart):
    assert cart.average_price() == Decimal("5.80")


def test_average_price_of_an_empty_cart():
    assert Cart().average_price() == Decimal("0.00")


def test_dearest(cart):
    assert cart.dearest().sku == "mug"
    assert Cart().dearest() is None

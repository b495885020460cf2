import pytest

from orders.cart import Cart
from orders.inventory import Inventory, OutOfStock


def cart_of(**pieces):
    cart = Cart()
    for sku, quantity in pieces.items():
        cart.add(sku, quantity=quantity)
    return cart


def test_reserved_pieces_are_not_free():
    stock = Inventory({"mug": 10})
    stock.reserve(cart_of(mug=4))
    assert stock.free("mug") == 6


def test_all_or_nothing():
    stock = Inventory({"mug": 10, "tea": 1})
    with pytest.raises(OutOfStock):
        stock.reserve(cart_of(mug=4, tea=2))
    assert stock.free("mug") == 10


def test_shipping_takes_from_both():
    stock = Inventory({"mug": 10})
    cart = cart_of(mug=4)
    stock.reserve(cart)
    stock.ship(cart)
    assert (stock.on_hand, stock.free("mug")) == ({"mug": 6}, 6)


def test_reorder():
    assert Inventory({"mug": 5, "tea": 6, "jam": 0}).to_reorder() == ["jam", "mug"]

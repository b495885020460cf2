from datetime import date
from decimal import Decimal

import pytest

from orders.shipping import delivery_date, shipping_cost


@pytest.mark.parametrize(
    ("grams", "cost"), [(0, "3.90"), (500, "3.90"), (501, "5.90"), (10000, "9.90"), (10001, "24.90")]
)
def test_cost_by_weight(grams, cost):
    assert shipping_cost(grams, Decimal("20.00")) == Decimal(cost)


def test_free_from_a_subtotal_on():
    assert shipping_cost(800, Decimal("100.00")) == Decimal("0.00")
    assert shipping_cost(800, Decimal("99.99")) == Decimal("5.90")


def test_heavy_parcels_are_never_free():
    assert shipping_cost(20000, Decimal("500.00")) == Decimal("24.90")


def test_weekends_do_not_count():
    assert delivery_date(date(2024, 5, 2)) == date(2024, 5, 6)
    assert delivery_date(date(2024, 5, 6)) == date(2024, 5, 8)

from decimal import Decimal

from orders.tax import gross, tax_on

HUNDRED = Decimal("100.00")


def test_at_home():
    assert tax_on(HUNDRED, "DE", "DE") == Decimal("19.00")


def test_tax_is_due_where_the_buyer_is():
    assert tax_on(HUNDRED, "DE", "HU") == Decimal("27.00")


def test_no_tax_outside_of_the_union():
    assert tax_on(HUNDRED, "DE", "US") == Decimal("0.00")


def test_businesses_abroad_pay_it_themselves():
    assert tax_on(HUNDRED, "DE", "FR", business=True) == Decimal("0.00")
    assert tax_on(HUNDRED, "FR", "FR", business=True) == Decimal("20.00")


def test_gross():
    assert gross(HUNDRED, "LU", "LU") == Decimal("117.00")

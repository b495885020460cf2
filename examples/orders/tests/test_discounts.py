from datetime import date
from decimal import Decimal

import pytest

from orders.discounts import best_code, discount_on, find

MAY = date(2024, 5, 15)


def test_codes_are_found_however_they_are_typed():
    assert find(" spring ").percent == 10
    assert find("AUTUMN") is None


def test_discount_above_the_minimum():
    assert discount_on(Decimal("80.00"), "SPRING", MAY) == Decimal("8.00")


@pytest.mark.parametrize("day", [date(2024, 3, 1), date(2024, 5, 31)])
def test_the_minimum_and_both_ends_of_the_period_are_enough(day):
    assert discount_on(Decimal("50.00"), "SPRING", day) == Decimal("5.00")


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2024, 6, 1)])
def test_no_discount_outside_of_the_period(day):
    assert discount_on(Decimal("50.00"), "SPRING", day) == Decimal("0.00")


def test_no_discount_for_unknown_codes():
    assert discount_on(Decimal("80.00"), "AUTUMN", MAY) == Decimal("0.00")


def test_no_discount_below_the_minimum():
    assert discount_on(Decimal("49.99"), "SPRING", MAY) == Decimal("0.00")


def test_best_code():
    assert best_code(Decimal("300.00"), MAY, ["LOYAL", "BULK", "SPRING"]) == "BULK"

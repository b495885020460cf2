from datetime import date
from decimal import Decimal

from orders.invoice import Invoice
from orders.report import best_day, days, revenue_by_day, to_csv


def invoice(day, subtotal):
    return Invoice("7", date(2024, 5, day), Decimal(subtotal), Decimal("0"), Decimal("0"), Decimal("0"))


def test_days_include_both_ends():
    assert days(date(2024, 4, 30), date(2024, 5, 2)) == [date(2024, 4, 30), date(2024, 5, 1), date(2024, 5, 2)]


def test_revenue_of_a_week_includes_its_last_day():
    revenue = revenue_by_day([invoice(1, "10"), invoice(7, "20")], date(2024, 5, 1), date(2024, 5, 7))
    assert sum(revenue.values()) == 30


def test_orders_outside_of_the_period_do_not_count():
    revenue = revenue_by_day([invoice(1, "10"), invoice(20, "20")], date(2024, 5, 1), date(2024, 5, 7))
    assert sum(revenue.values()) == 10


def test_best_day_is_the_earlier_one_of_equals():
    assert best_day({date(2024, 5, 2): Decimal(5), date(2024, 5, 1): Decimal(5)}) == date(2024, 5, 1)


def test_csv():
    header, row = to_csv([invoice(1, "10")]).splitlines()
    assert header == "number,on,subtotal,discount,tax,shipping,total"
    assert row == "7,2024-05-01,10,0,0,0,10"

"""Revenue over time, for people and for spreadsheets."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Dict, Iterable, List

from orders.invoice import Invoice
from orders.money import ZERO

COLUMNS = ("number", "on", "subtotal", "discount", "tax", "shipping", "total")


def days(first: date, last: date) -> List[date]:
    """All days from the first to the last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days)]


def revenue_by_day(invoices: Iterable[Invoice], first: date, last: date) -> Dict[date, Decimal]:
    """Totals for each day of a period, days without orders included."""
    revenue = {day: ZERO for day in days(first, last)}
    for invoice in invoices:
        if invoice.on in revenue:
            revenue[invoice.on] += invoice.total
    return revenue


def best_day(revenue: Dict[date, Decimal]) -> date:
    """The day with the highest revenue, the earlier one of equals."""
    return max(sorted(revenue), key=lambda day: revenue[day])


def to_csv(invoices: Iterable[Invoice]) -> str:
    """One row for each invoice, under a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for invoice in invoices:
        writer.writerow([getattr(invoice, column) for column in COLUMNS])
    return out.getvalue()

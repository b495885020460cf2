"""What a customer is about to buy."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Dict, List, Optional, Union

from orders.money import ZERO, money


@dataclass(frozen=True)
class Line:
    """Some pieces of one article."""

    sku: str
    quantity: int
    price: Decimal
    grams: int = 0

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def weight(self) -> int:
        """Grams of all pieces together."""
        return self.grams * self.quantity


class Cart:
    """Lines in the order in which they were added, one for each article."""

    def __init__(self) -> None:
        self._lines: Dict[str, Line] = {}

    @property
    def lines(self) -> List[Line]:
        return list(self._lines.values())

    def add(self, sku: str, quantity: int = 1, price: Union[str, Decimal] = "0", grams: int = 0) -> None:
        """Add pieces; an article that is already there gets more of them, at the new price."""
        if quantity < 1:
            raise ValueError(f"cannot add {quantity} pieces")
        before = self._lines[sku].quantity if sku in self._lines else 0
        self._lines[sku] = Line(sku, before + quantity, money(price), grams)

    def remove(self, sku: str) -> None:
        """Remove an article; nothing happens if it is not there."""
        self._lines.pop(sku, None)

    def subtotal(self) -> Decimal:
        """The price of all lines, before discount, tax and shipping."""
        return sum((line.total for line in self.lines), ZERO)

    def average_price(self) -> Decimal:
        """What one piece costs on average."""
        pieces = sum(line.quantity for line in self.lines)
        return money(self.subtotal() / pieces)

    def weight(self) -> int:
        """Grams of everything."""
        return sum(line.weight for line in self.lines)

    def dearest(self) -> Optional[Line]:
        """The line with the highest price for one piece."""
        if not self.lines:
            return None
        return max(self.lines, key=lambda line: line.price)

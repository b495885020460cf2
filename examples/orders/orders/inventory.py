"""Stock: what is there, what is promised, what must be ordered again."""

from __future__ import annotations

from typing import Dict, List

from orders.cart import Cart


class OutOfStock(Exception):
    """More was asked for than is free."""


class Inventory:
    def __init__(self, on_hand: Dict[str, int], reorder_at: int = 5) -> None:
        self.on_hand = dict(on_hand)
        self.reserved: Dict[str, int] = {}
        self.reorder_at = reorder_at

    def free(self, sku: str) -> int:
        """Pieces that nobody has reserved."""
        return self.on_hand.get(sku, 0) - self.reserved.get(sku, 0)

    def reserve(self, cart: Cart) -> None:
        """Reserve everything in a cart, or nothing of it."""
        for line in cart.lines:
            if line.quantity > self.free(line.sku):
                raise OutOfStock(line.sku)
        for line in cart.lines:
            self.reserved[line.sku] = self.reserved.get(line.sku, 0) + line.quantity

    def ship(self, cart: Cart) -> None:
        """Reserved pieces leave the house."""
        for line in cart.lines:
            self.reserved[line.sku] -= line.quantity
            self.on_hand[line.sku] -= line.quantity

    def to_reorder(self) -> List[str]:
        """Articles of which few are free, by name."""
        return sorted(sku for sku in self.on_hand if self.free(sku) <= self.reorder_at)

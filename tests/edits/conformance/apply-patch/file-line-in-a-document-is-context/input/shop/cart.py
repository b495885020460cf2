"""Carts of the shop."""

from decimal import Decimal


class Cart:
    def __init__(self, lines, discount=Decimal(0)):
        self.lines = list(lines)
        self.discount = discount

    def total(self):
        amount = sum(line.price for line in self.lines)
        return amount + self.discount

    def count(self):
        return len(self.lines)

"""Carts of the shop."""

from decimal import Decimal


class Cart:
    def __init__(self, lines, discount=Decimal(0)):
        self.lines = list(lines)
        self.discount = discount

    def total(self):
        return sum(line.price for line in self.lines) - self.discount

    def clear(self):
        self.lines = []

    def count(self):
        return len(self.lines)

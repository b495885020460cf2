"""Prices, discounts, tax, shipping and reports for small web shops."""

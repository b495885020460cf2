"""Repair by search, without a model: where a fault may lie, small changes there, and which of them the tests bear out.

Pure apart from callbacks: tests are run by whoever calls `repair.search.repair`. See
docs/design/0004. What differs by language is in `languages/`.
"""

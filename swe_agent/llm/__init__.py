"""Models and their doors: translation, streams, retries, prices, budgets, recordings. Knows no task and no repository.

Importing this package, or any module of it, loads no provider library; the doors load theirs when first asked.
"""

"""Which files a change can reach: those that import a changed file, and those that import these."""

from __future__ import annotations

from collections.abc import Iterable

from swe_agent.index.near import imports_of, words_of
from swe_agent.index.tree import Tree

STEPS = 3
"""Imports away. Further off, nearly everything reaches everything."""
MOST = 400


def tests_reached(tree: Tree, changed: Iterable[str]) -> tuple[str, ...]:
    """Test files among them, nearest first: changed ones, then those that import a changed file, and so on.

    Imports are all that is followed: a test that starts a program, or finds its subject by a name in a string, is not
    found by it. That is why the whole suite is run besides, where there is time.
    """
    frontier = {tree.number_of[path] for path in changed if path in tree.number_of}
    seen, found = set(frontier), [entry for entry in sorted(frontier) if tree.tests[entry]]
    for _ in range(STEPS):
        said = {word for entry in frontier for word in words_of(tree, entry)}
        frontier = {
            entry
            for entry in range(len(tree.entries))
            if entry not in seen and tree.languages[entry] and imports_of(tree, entry, said) & frontier
        }
        if not frontier:
            break
        seen |= frontier
        found += [entry for entry in sorted(frontier) if tree.tests[entry]]
    return tuple(tree.paths[entry] for entry in found[:MOST])

"""Files near each other: by imports among the candidates, walked by personalised PageRank, and the votes of tests for
what they import. Page et al., "The PageRank Citation Ranking" (1998), section 6, has the personalised form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from swe_agent.index.paths import stands_for_folder
from swe_agent.index.tree import Tree

_PART = re.compile(r"\w+")
DAMPING = 0.5
STEPS = 6
_FEW = 3
RENAMING = frozenset({"javascript", "typescript", "tsx"})
"""Languages whose packages are called by their manifests, and hand on what files far below them define."""
Edges = dict[int, dict[int, float]]


def imports_of(tree: Tree, entry: int, said: Set[str]) -> set[int]:
    """The files that a file imports; a name taken from a package counts for the file of the package that defines it.

    Only imports that end with something `said` are followed: what an import of a file that is looked for says.
    """
    where = tree.entries[entry]
    found: set[int] = set()
    for module, names in tree.segments[where.segment].imports(where.document):
        # An extension or a name from inside of the file may come last.
        if said.isdisjoint(names) and said.isdisjoint(_PART.findall(module)[-3:]):
            continue
        for path in tree.resolver.resolve(where.path, module, tuple(names)):
            target = tree.number_of[path]
            found.add(target)
            if stands_for_folder(path):
                folder = path.rsplit("/", 1)[0] + "/"
                for name in names:
                    inside = [e for e in tree.definers(name) if tree.paths[e].startswith(folder)]
                    if 0 < len(inside) <= _FEW:
                        found.update(inside)
    found.discard(entry)
    return found


def edges_within(tree: Tree, pool: Sequence[int]) -> dict[int, set[int]]:
    inside = set(pool)
    said = {word for entry in pool for word in words_of(tree, entry)}
    return {entry: imports_of(tree, entry, said) & inside for entry in pool}


def words_of(tree: Tree, entry: int) -> Iterator[str]:
    """What an import that leads to a file says: its stem, its folder, or, where a package is called otherwise than its
    folder, a name that it defines."""
    path = tree.paths[entry]
    folder, _, name = path.rpartition("/")
    yield from (name.split(".")[0], folder.rpartition("/")[2])
    where = tree.entries[entry]
    segment = tree.segments[where.segment]
    if segment.languages[where.document] in RENAMING:
        yield from segment.defined(where.document)


def walk(edges: Mapping[int, set[int]], seeds: Mapping[int, float]) -> dict[int, float]:
    """Personalised PageRank over the edges in both directions. The seeds' weights are shares of their sum."""
    around: Edges = {entry: {} for entry in edges}
    for entry, targets in edges.items():
        for target in targets:
            around[entry][target] = around[entry].get(target, 0.0) + 1
            around[target][entry] = around[target].get(entry, 0.0) + 1
    total = sum(seeds.values()) or 1.0
    start = {entry: seeds.get(entry, 0.0) / total for entry in sorted(edges)}
    rank = dict(start)
    for _ in range(STEPS):
        gained = dict.fromkeys(rank, 0.0)
        for entry, value in rank.items():
            neighbours = around[entry]
            if neighbours and value:
                share = value / sum(neighbours.values())
                for neighbour, weight in neighbours.items():
                    gained[neighbour] += share * weight
        rank = {entry: DAMPING * gained[entry] + (1 - DAMPING) * start[entry] for entry in rank}
    return rank


def test_votes(tree: Tree, edges: Mapping[int, set[int]], scores: Sequence[float], most: int) -> dict[int, float]:
    """The best tests speak for what they import, each vote shared among it."""
    tests = sorted((e for e in edges if tree.tests[e] and scores[e] > 0), key=lambda e: (-scores[e], e))[:most]
    votes: dict[int, float] = {}
    for place, test in enumerate(tests):
        targets = [target for target in edges[test] if not tree.tests[target]]
        for target in targets:
            votes[target] = votes.get(target, 0.0) + scores[test] / (1 + 0.1 * place) / len(targets) ** 0.5
    return votes

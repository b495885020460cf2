"""Which files a repository turns on, where no task says what to look for, or none of its words is there."""

from __future__ import annotations

import math
from pathlib import PurePosixPath

from swe_agent.index.paths import is_aside, stands_for_folder
from swe_agent.index.rank import Ranked
from swe_agent.index.tree import Tree
from swe_agent.syntax.made_paths import is_vendored


def overview(tree: Tree, *, limit: int) -> tuple[Ranked, ...]:
    """Files of code, those that most others import first; tests, documentation and generated files last."""
    importers = [_importers(tree, path) for path in tree.paths]
    why = []
    for entry, path in enumerate(tree.paths):
        parts = {"imported": math.log1p(importers[entry]), "size": math.log1p(tree.lengths[entry]) / 8}
        parts |= {"test": -3.0} if tree.tests[entry] else {}
        parts |= {"aside": -2.0} if is_aside(path) else {}
        parts |= {"made": -3.0} if is_vendored(path) or tree.generated(entry) else {}
        why.append(parts)
    programs = [entry for entry in range(len(tree.paths)) if tree.code[entry]]
    order = sorted(programs, key=lambda entry: (-round(sum(why[entry].values()), 9), tree.paths[entry]))
    return tuple(Ranked(path=tree.paths[e], score=sum(why[e].values()), why=why[e]) for e in order[:limit])


def _importers(tree: Tree, path: str) -> int:
    where = PurePosixPath(path)
    return len(tree.importers(where.parent.name if stands_for_folder(path) else where.stem))

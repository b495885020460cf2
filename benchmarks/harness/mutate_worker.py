#!/usr/bin/env python3
"""Single-point mutants of Python files by cosmic-ray, with the operators that it runs unless told otherwise.

    .peers/cosmic-ray/bin/python benchmarks/harness/mutate_worker.py <ASKED >ANSWERED

One JSON object a line in both directions, answered at once. {"path"} is answered by every place that can be mutated:
operator, occurrence, line. {"path", "operator", "occurrence"} is answered by the mutated text, null if there is none.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

# Not this folder: its `mutants.py` and the like are no modules of the peer's.
sys.path.pop(0)

from cosmic_ray.ast import ast_nodes, get_ast  # type: ignore[import-not-found]  # lives in an environment of its own
from cosmic_ray.mutating import mutate_code  # type: ignore[import-not-found]
from cosmic_ray.plugins import get_operator, operator_names  # type: ignore[import-not-found]


def operators() -> dict[str, Any]:
    """Those that need no arguments: the others run only where somebody names variables for them."""
    classes = {name: get_operator(name) for name in operator_names()}
    return {name: operator() for name, operator in classes.items() if not operator.arguments()}


def places(source: str, known: dict[str, Any]) -> list[dict[str, Any]]:
    counts: Counter[str] = Counter()
    found = []
    for node in ast_nodes(get_ast(source)):
        for name, operator in known.items():
            for (line, _), _ in operator.mutation_positions(node):
                found.append({"operator": name, "occurrence": counts[name], "line": line})
                counts[name] += 1
    return found


def main() -> None:
    known = operators()
    for line in sys.stdin:
        asked = json.loads(line)
        source = Path(asked["path"]).read_bytes().decode("utf-8")
        if "operator" not in asked:
            print(json.dumps(places(source, known)), flush=True)
        else:
            print(json.dumps(mutate_code(source, known[asked["operator"]], asked["occurrence"])), flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What the index costs inside of a process that runs already.

    python benchmarks/harness/index_worker.py open|edit TREE CACHE [PATH]

`open` opens the index of a tree and says how many blobs were read for it. `edit` appends a new function to PATH again
and again, and times the answer to where that is: by a fresh look at the tree through git, and told what was edited.
PATH is as before at the end. One JSON object, milliseconds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks.harness import product

ROUNDS = 7
FUNCTIONS = {
    ".py": "\n\ndef {name}() -> None:\n    ...\n",
    ".ts": "\n\nexport function {name}(): void {{}}\n",
}


def opened(tree: Path, cache: Path) -> dict[str, float]:
    product.warm()  # what is imported once is no cost of a worktree
    begun, before = time.perf_counter(), time.process_time()
    index = product.open_index(tree, "", cache)
    product.defines(index, "main")
    wall, cpu = time.perf_counter() - begun, time.process_time() - before
    return {"wall_ms": wall * 1000, "cpu_ms": cpu * 1000, "read": index.scanned}


def edited(tree: Path, cache: Path, path: str) -> dict[str, float | None]:
    file = tree / path
    before = file.read_bytes()
    index = product.open_index(tree, "", cache)
    product.defines(index, "main")
    git: list[float] = []
    told: list[float] = []
    try:
        for number in range(ROUNDS):
            name = f"fresh_answer_{number}"
            data = before + FUNCTIONS[file.suffix].format(name=name).encode()
            file.write_bytes(data)
            begun = time.perf_counter()
            found = product.defines(product.open_index(tree, "", cache), name)
            git.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            after = product.edited(index, path, data)
            if after is not None:
                found = product.defines(after, name) and found
                told.append(time.perf_counter() - begun)
            if not found:
                raise SystemExit(f"{name} was not found")
    finally:
        file.write_bytes(before)
    return {
        "git_ms": statistics.median(git) * 1000,
        "told_ms": statistics.median(told) * 1000 if told else None,
    }


def main() -> None:
    action, tree, cache, *rest = sys.argv[1:]
    answer = opened(Path(tree), Path(cache)) if action == "open" else edited(Path(tree), Path(cache), rest[0])
    print(json.dumps(answer))


if __name__ == "__main__":
    main()

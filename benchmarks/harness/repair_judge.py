"""Runs by itself: whether two versions of a function answer alike. `python repair_judge.py OURS THEIRS NAME JSON SEED`

Each version is a file that defines NAME. Inputs are those of JSON (a file of rows `[arguments, result]`) and changed
ones: numbers a little or much larger or smaller, lists shorter, longer, in another order, texts likewise. An input that
the second version does not answer in time, or by an exception, says nothing. Prints one JSON object.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import random
import signal
import sys
import types
from pathlib import Path
from typing import Any

WANTED, TRIED, SECONDS = 300, 3_000, 0.5


class Late(BaseException):
    """Nothing that a function catches."""


def loaded(path: str, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"version_{Path(path).parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def answer(function: Any, arguments: list[Any]) -> tuple[str, Any]:
    def late(*_: object) -> None:
        raise Late

    given = copy.deepcopy(arguments)
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        found = function(*given)
        if isinstance(found, types.GeneratorType):
            found = list(found)
        return "answer", (found, given)  # what it made of its arguments counts, too
    except Late:
        return "late", None
    except BaseException as error:
        return "raised", type(error).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def changed(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return chance.choice((value, value + 1, value - 1, value + chance.randint(-10, 10), chance.randint(0, 20)))
    if isinstance(value, float):
        return value * chance.choice((0.5, 1, 1, 2)) + chance.choice((0, 0, 1))
    if isinstance(value, str):
        return "".join(of_list(list(value), chance)) if value else chance.choice(("", "a", "ab"))
    if isinstance(value, list):
        return [changed(one, chance) if chance.random() < 0.3 else one for one in of_list(value, chance)]
    return value


def of_list(rows: list[Any], chance: random.Random) -> list[Any]:
    rows = list(rows)
    way = chance.randrange(6)
    if way == 0 and rows:
        del rows[chance.randrange(len(rows))]
    elif way == 1 and rows:
        rows.insert(chance.randrange(len(rows) + 1), chance.choice(rows))
    elif way == 2:
        chance.shuffle(rows)
    elif way == 3:
        rows = rows[: chance.randrange(len(rows) + 1)]
    return rows


def main(ours: str, theirs: str, name: str, rows: str, seed: str) -> None:
    one, two = loaded(ours, name), loaded(theirs, name)
    given = [json.loads(line)[0] for line in Path(rows).read_text("utf-8").splitlines() if line.strip()]
    given = [row if isinstance(row, list) else [row] for row in given]
    chance = random.Random(seed)
    inputs = list(given)
    compared = 0
    for number in range(TRIED):
        arguments = inputs[number] if number < len(inputs) else [changed(one, chance) for one in chance.choice(given)]
        kind, wanted = answer(two, arguments)
        if kind != "answer":
            continue
        compared += 1
        if answer(one, arguments) != (kind, wanted):
            print(json.dumps({"alike": False, "compared": compared, "input": repr(arguments)[:200]}))
            return
        if compared >= WANTED:
            break
    print(json.dumps({"alike": True, "compared": compared}))


if __name__ == "__main__":
    main(*sys.argv[1:6])

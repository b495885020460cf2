"""One spelling for the names of tests, whoever wrote them: `package.module.Class::test[parameters]`.

They come as pytest's node ids (`tests/test_a.py::A::test_b`), as unittest prints them (`test_b (tests.test_a.A)`), as
JUnit's class and name, and bare (`test_b`), where a runner tells nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

State = Literal["passed", "failed", "skipped"]
_UNITTEST = re.compile(r"(\w+) \(([\w.]+)\)")


def canonical(name: str) -> str:
    """
    >>> canonical("tests/test_a.py::A::test_b[1/2]"), canonical("test_b (tests.test_a.A)"), canonical("test_b")
    ('tests.test_a.A::test_b[1/2]', 'tests.test_a.A::test_b', '::test_b')
    """
    if found := _UNITTEST.fullmatch(name.strip()):
        test, place = found.groups()
        return f"{place.removesuffix(f'.{test}')}::{test}"  # Python 3.11 and later repeat the test's name there
    head, bracket, parameters = name.partition("[")
    path, *inner = head.split("::")
    if not inner:
        return f"::{name}"
    *classes, test = inner
    return f"{'.'.join([path.removesuffix('.py').replace('/', '.'), *classes])}::{test}{bracket}{parameters}"


def state_of(name: str, results: Mapping[str, State]) -> State | None:
    """What became of a test; None where it did not run. A bare name has passed where all of that name have."""
    wanted = canonical(name)
    if not wanted.startswith("::"):
        return results.get(wanted)
    states = {state for one, state in results.items() if one.endswith(wanted)}
    return next((state for state in ("failed", "skipped", "passed") if state in states), None)  # type: ignore[return-value]


def passed(names: Iterable[str], results: Mapping[str, State]) -> tuple[str, ...]:
    return tuple(name for name in names if state_of(name, results) == "passed")


def module(name: str) -> str:
    """The dotted module of a test, taking words from the first that begins with a capital letter for classes.

    >>> module("pkg.test_a.Case::test_b"), module("tests/test_a.py::test_b")
    ('pkg.test_a', 'tests.test_a')
    """
    words = canonical(name).partition("::")[0].split(".")
    first = next((at for at, word in enumerate(words) if at and word[:1].isupper()), len(words))
    return ".".join(words[:first])

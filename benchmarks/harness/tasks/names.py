"""One spelling for the names of tests, whoever wrote them: `package.module.Class::test[parameters]`.

They come as pytest's node ids (`tests/test_a.py::A::test_b`), as unittest prints them (`test_b (tests.test_a.A)`), as
JUnit's class and name, and bare (`test_b`), where a runner tells nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

State = Literal["passed", "failed", "skipped"]
_MOMENT = re.compile(r"\d+[-/]\d+[-/]\d+|\d+:\d+(:\d+(\.\d+)?)?")
"""In parameters it may be the hour at which somebody ran the tests."""
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
    """What became of a test; None where it did not run. Where several could be meant (a bare name, or parameters that
    change with the hour) it is what is worst of theirs."""
    wanted = canonical(name)
    if wanted in results:
        return results[wanted]
    if wanted.startswith("::"):
        return _worst(state for one, state in results.items() if one.endswith(wanted))
    masked = _masked(wanted)
    return _worst(state for one, state in results.items() if _masked(one) == masked) if masked != wanted else None


def _masked(name: str) -> str:
    head, bracket, parameters = name.partition("[")
    return head + bracket + _MOMENT.sub("…", parameters)


def _worst(states: Iterable[State]) -> State | None:
    return max(states, key=("passed", "skipped", "failed").index, default=None)


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

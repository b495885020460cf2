"""The whole search on small modules, really executed: what it fixes, how, and what it leaves alone."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import dedent
from typing import Any

import pytest

from swe_agent.repair.asking import Bounds
from swe_agent.repair.candidate import Behaviour, Patch, Trial
from swe_agent.repair.search import Tried, repair
from swe_agent.repair.spectrum import Hint, Spectrum, Traced

from .small import PATH, repaired, run_check, spectrum_of, trier


@dataclass(frozen=True)
class Bug:
    """`right` is what the module must read after the repair, to the letter."""

    name: str
    wrong: str
    right: str
    checks: tuple[str, ...]


BUGS = (
    Bug(
        "a comparison at its border",
        """
        def grade(points):
            if points > 90:
                return "A"
            return "B"
        """,
        """
        def grade(points):
            if points >= 90:
                return "A"
            return "B"
        """,
        ("assert grade(90) == 'A'", "assert grade(95) == 'A'", "assert grade(89) == 'B'"),
    ),
    Bug(
        "an arithmetic operator",
        """
        def area(width, height):
            return width + height
        """,
        """
        def area(width, height):
            return width * height
        """,
        ("assert area(2, 3) == 6", "assert area(5, 5) == 25", "assert area(2, 2) == 4"),
    ),
    Bug(
        "and for or",
        """
        def may_enter(age, guest):
            return age >= 18 and guest
        """,
        """
        def may_enter(age, guest):
            return age >= 18 or guest
        """,
        (
            "assert may_enter(20, False)",
            "assert may_enter(5, True)",
            "assert not may_enter(5, False)",
            "assert may_enter(20, True)",
        ),
    ),
    Bug(
        "a range without its end",
        """
        def total(n):
            result = 0
            for i in range(n):
                result += i
            return result
        """,
        """
        def total(n):
            result = 0
            for i in range(n + 1):
                result += i
            return result
        """,
        ("assert total(3) == 6", "assert total(1) == 1", "assert total(0) == 0"),
    ),
    Bug(
        "a slice that takes too much",
        """
        def initial(items, n):
            return items[: n + 1]
        """,
        """
        def initial(items, n):
            return items[: n]
        """,
        ("assert initial([1, 2, 3], 2) == [1, 2]", "assert initial([1], 0) == []", "assert initial([], 3) == []"),
    ),
    Bug(
        "a mean of nothing",
        """
        def mean(values):
            return sum(values) / len(values)
        """,
        """
        def mean(values):
            if not values:
                return 0
            return sum(values) / len(values)
        """,
        ("assert mean([]) == 0", "assert mean([1, 3]) == 2"),
    ),
    Bug(
        "nobody there",
        """
        class User:
            def __init__(self, name):
                self.name = name

        def shown(user):
            return user.name.title()

        def label(user):
            if user is None:
                return "nobody"
            return shown(user)

        def badge(user):
            return "[" + user.name + "]"
        """,
        """
        class User:
            def __init__(self, name):
                self.name = name

        def shown(user):
            return user.name.title()

        def label(user):
            if user is None:
                return "nobody"
            return shown(user)

        def badge(user):
            if not user:
                return ""
            return "[" + user.name + "]"
        """,
        ("assert label(None) == 'nobody'", "assert badge(None) == ''", "assert badge(User('x')) == '[x]'"),
    ),
    Bug(
        "arguments that crossed",
        """
        def ratio(part, whole):
            return part / whole

        def share(part, whole):
            return ratio(whole, part)
        """,
        """
        def ratio(part, whole):
            return part / whole

        def share(part, whole):
            return ratio(part, whole)
        """,
        ("assert share(1, 4) == 0.25", "assert share(3, 3) == 1", "assert ratio(1, 2) == 0.5"),
    ),
    Bug(
        "the wrong one of two names",
        """
        def clamp(value, low, high):
            if value < low:
                return low
            if value > high:
                return low
            return value
        """,
        """
        def clamp(value, low, high):
            if value < low:
                return low
            if value > high:
                return high
            return value
        """,
        ("assert clamp(9, 1, 5) == 5", "assert clamp(0, 1, 5) == 1", "assert clamp(3, 1, 5) == 3"),
    ),
    Bug(
        "the wrong attribute",
        """
        class Box:
            def __init__(self, width, height):
                self.width = width
                self.height = height

            def area(self):
                return self.width * self.width
        """,
        """
        class Box:
            def __init__(self, width, height):
                self.width = width
                self.height = height

            def area(self):
                return self.width * self.height
        """,
        ("assert Box(2, 3).area() == 6", "assert Box(2, 2).area() == 4"),
    ),
    Bug(
        "the opposite function",
        """
        def dearest(prices):
            return min(prices)
        """,
        """
        def dearest(prices):
            return max(prices)
        """,
        ("assert dearest([1, 5, 2]) == 5", "assert dearest([4]) == 4"),
    ),
    Bug(
        "a forgotten return",
        """
        def double(x):
            x * 2
        """,
        """
        def double(x):
            return x * 2
        """,
        ("assert double(2) == 4", "assert double(5) == 10"),
    ),
    Bug(
        "a return within the loop",
        """
        def count_even(numbers):
            found = 0
            for number in numbers:
                if number % 2 == 0:
                    found += 1
                return found
        """,
        """
        def count_even(numbers):
            found = 0
            for number in numbers:
                if number % 2 == 0:
                    found += 1
            return found
        """,
        ("assert count_even([2, 4]) == 2", "assert count_even([1, 2, 3]) == 1", "assert count_even([]) == 0"),
    ),
    Bug(
        "a keyword that is not passed on",
        """
        def render(text, upper=False):
            return text.upper() if upper else text

        def shout(text, upper=False):
            return render(text) + "!"
        """,
        """
        def render(text, upper=False):
            return text.upper() if upper else text

        def shout(text, upper=False):
            return render(text, upper=upper) + "!"
        """,
        ("assert shout('a', upper=True) == 'A!'", "assert shout('a') == 'a!'"),
    ),
    Bug(
        "a key with a slip",
        """
        def save(user):
            return {"surname": user[0], "town": user[1]}

        def load(row):
            return (row["surnam"], row["town"])
        """,
        """
        def save(user):
            return {"surname": user[0], "town": user[1]}

        def load(row):
            return (row["surname"], row["town"])
        """,
        ("assert load(save(('a', 'b'))) == ('a', 'b')", "assert save(('a', 'b'))['town'] == 'b'"),
    ),
    Bug(
        "a count that starts nowhere",
        """
        def tally(words):
            counts = {}
            for word in words:
                counts[word] = counts.get(word) + 1
            return counts
        """,
        """
        def tally(words):
            counts = {}
            for word in words:
                counts[word] = counts.get(word, 0) + 1
            return counts
        """,
        ("assert tally(['a', 'a']) == {'a': 2}", "assert tally([]) == {}"),
    ),
    Bug(
        "a constant of the module",
        """
        HOURS = 23

        def hours(days):
            return days * HOURS
        """,
        """
        HOURS = 24

        def hours(days):
            return days * HOURS
        """,
        ("assert hours(2) == 48", "assert hours(1) == 24", "assert hours(0) == 0"),
    ),
    Bug(
        "break where the rest was to be skipped",
        """
        def positive(numbers):
            kept = []
            for number in numbers:
                if number < 0:
                    break
                kept.append(number)
            return kept
        """,
        """
        def positive(numbers):
            kept = []
            for number in numbers:
                if number < 0:
                    continue
                kept.append(number)
            return kept
        """,
        ("assert positive([1, -1, 2]) == [1, 2]", "assert positive([3]) == [3]", "assert positive([-1]) == []"),
    ),
    Bug(
        "a property that is a method",
        """
        class Cart:
            def __init__(self, *items):
                self.items = items

            @property
            def first(self):
                return self.items[0]

            def count(self):
                return len(self.items)


        def is_full(cart):
            return cart.count > 1
        """,
        """
        class Cart:
            def __init__(self, *items):
                self.items = items

            @property
            def first(self):
                return self.items[0]

            @property
            def count(self):
                return len(self.items)


        def is_full(cart):
            return cart.count > 1
        """,
        (
            "assert is_full(Cart(1, 2))",
            "assert not is_full(Cart())",
            "assert Cart(3).count == 1",
            "assert Cart(3).first == 3",
        ),
    ),
    Bug(
        "nothing is found",
        """
        def has(text, part):
            return text.find(part) != 1
        """,
        """
        def has(text, part):
            return text.find(part) != -1
        """,
        ("assert has('abc', 'a')", "assert not has('abc', 'd')", "assert has('abc', 'b')", "assert has('abc', 'c')"),
    ),
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_fixed_as_a_person_would(bug: Bug) -> None:
    result = repaired(dedent(bug.wrong), bug.checks)
    assert result.patch == {PATH: dedent(bug.right)}
    assert (result.unfixed, result.ended) == ((), "fixed")


NOT_FIXABLE = {
    "tests that contradict each other": ("def f(x):\n    return x\n", ("assert f(1) == 1", "assert f(1) == 2")),
    "an algorithm that is not there": (
        "def sort(items):\n    return items\n",
        ("assert sort([3, 1, 2]) == ['c', 'a', 'b']", "assert sort([1]) == [1]"),
    ),
    "a fix that would break another test": (
        "def f(x):\n    return x + 1\n",
        ("assert f(1) == 0", "assert f(2) == 3", "assert f(5) == 6", "assert f(0) == 1", "assert f(-3) == -2"),
    ),
    "code that never ends whatever is done to its border": (
        "def f(n):\n    while True:\n        n = n + 0\n",
        ("assert f(1) == 'done'",),
    ),
}


@pytest.mark.parametrize("name", NOT_FIXABLE)
def test_what_cannot_be_fixed_is_left_alone(name: str) -> None:
    source, checks = NOT_FIXABLE[name]
    result = repaired(source, checks)
    assert (result.fixes, result.patch) == ((), {})
    assert result.unfixed == tuple(check for check in checks if run_check(source, check).red)
    assert result.ended == "exhausted"
    assert result.tried > 0


TWO = dedent(
    """
    def grade(points):
        if points > 90:
            return "A"
        return "B"


    def area(width, height):
        return width + height


    def hopeless(x):
        return x
    """
)
TWO_CHECKS = (
    "assert grade(90) == 'A'",
    "assert grade(91) == 'A'",
    "assert grade(1) == 'B'",
    "assert area(2, 3) == 6",
    "assert area(5, 5) == 25",
    "assert hopeless(1) == {'a': 'tree'}",
)


def test_several_faults_one_of_them_hopeless() -> None:
    result = repaired(TWO, TWO_CHECKS)
    assert result.patch == {PATH: TWO.replace("> 90", ">= 90").replace("width + height", "width * height")}
    assert result.unfixed == ("assert hopeless(1) == {'a': 'tree'}",)
    assert result.ended == "exhausted"
    assert {fix.fixed for fix in result.fixes} == {
        ("assert grade(90) == 'A'",),
        ("assert area(2, 3) == 6", "assert area(5, 5) == 25"),
    }
    (graded,) = [fix for fix in result.fixes if fix.fixed == ("assert grade(90) == 'A'",)]
    assert (graded.edit.before, graded.edit.after) == ("    if points > 90:", "    if points >= 90:")


@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
def test_what_helped_is_tried_again_wherever_it_moved(weight: float) -> None:
    # Whichever of the two faults is mended first, and whether it stands above or below the other.
    boosts = (Hint(path=PATH, start=3, end=3, boost=weight), Hint(path=PATH, start=9, end=9, boost=1.0))
    spectrum = replace(spectrum_of(TWO, TWO_CHECKS), hints=boosts)
    result = repair({PATH: TWO}, spectrum, spectrum.failing, trier(TWO, TWO_CHECKS), lambda: False)
    assert result.patch == {PATH: TWO.replace("> 90", ">= 90").replace("width + height", "width * height")}


def test_one_test_that_needs_two_fixes() -> None:
    source = "def a(x):\n    return x - 1\n\n\ndef b(x):\n    return a(x) * 3\n"
    checks = ("assert a(1) == 2", "assert b(1) == 4", "assert a(5) == 6", "assert b(3) == 8")
    result = repaired(source, checks)
    assert result.patch == {PATH: source.replace("x - 1", "x + 1").replace("* 3", "* 2")}
    assert result.unfixed == ()


def test_two_faults_that_the_same_tests_run() -> None:
    source = "def f(x, y):\n    low = x - 1\n    high = y + 1\n    return low if x > 0 else high\n"
    checks = ("assert f(1, 9) == 2", "assert f(5, 0) == 6", "assert f(-1, 3) == 2", "assert f(0, 7) == 6")
    result = repaired(source, checks)
    assert result.patch == {PATH: source.replace("x - 1", "x + 1").replace("y + 1", "y - 1")}


def test_half_a_fix_is_none() -> None:
    # One test can be talked round by editing a number; the other, which runs the same line, says that this is no cure.
    source = "def f(x):\n    return x * 3\n"
    checks = ("assert f(2) == 8", "assert f(3) == 'nine'")
    result = repaired(source, checks)
    assert (result.fixes, result.patch, result.unfixed) == ((), {}, checks)


def test_the_same_every_time() -> None:
    assert repaired(TWO, TWO_CHECKS) == repaired(TWO, TWO_CHECKS)


def test_limits_end_the_search() -> None:
    spectrum = spectrum_of(TWO, TWO_CHECKS)
    seen: list[Tried] = []
    late = repair({PATH: TWO}, spectrum, spectrum.failing, trier(TWO, TWO_CHECKS), lambda: True, seen.append)
    assert (late.ended, late.tried, late.patch, seen) == ("time", 0, {}, [])
    few = repaired(TWO, TWO_CHECKS, bounds=Bounds(candidates=3, lookahead=1))
    assert few.ended == "candidates"
    assert few.tried == 3


def test_every_trial_is_told_in_order() -> None:
    spectrum = spectrum_of(TWO, TWO_CHECKS)
    seen: list[Tried] = []
    result = repair({PATH: TWO}, spectrum, spectrum.failing, trier(TWO, TWO_CHECKS), lambda: False, seen.append)
    assert [tried.number for tried in seen] == list(range(1, result.tried + 1))
    # What is left falls by one with each, but where a fix was found, and another round begins.
    assert sum(now.left != before.left - 1 for before, now in itertools.pairwise(seen)) <= 2 * len(result.fixes) + 1
    assert (seen[0].left > 20, seen[-1].left) == (True, 0)


def test_files_of_tests_are_never_edited() -> None:
    source = "def f():\n    return 1\n"
    spectrum = Spectrum(cases=(Traced(id="t", outcome="failed", lines={"tests/test_m.py": frozenset((2,))}),))

    def refuse(patches: object, tests: object, lookahead: object = None) -> list[Trial]:
        raise AssertionError("a test file was edited")

    result = repair({"tests/test_m.py": source}, spectrum, ("t",), refuse, lambda: False)
    assert (result.tried, result.unfixed, result.ended) == (0, ("t",), "exhausted")


def test_a_trial_that_did_not_end_speaks_for_nothing() -> None:
    source = "def f(x):\n    return x - 1\n"
    spectrum = spectrum_of(source, ("assert f(1) == 2",))

    def cut_off(patches: Sequence[Patch], tests: object, lookahead: object = None) -> list[Trial]:
        return [Trial(outcomes={"assert f(1) == 2": "passed"}, ended=False) for _ in patches]

    result = repair({PATH: source}, spectrum, spectrum.failing, cut_off, lambda: False)
    assert (result.fixes, result.unfixed) == ((), ("assert f(1) == 2",))


def test_flaky_tests_have_no_say() -> None:
    source = "def f(x):\n    return x - 1\n"
    checks = ("assert f(1) == 2", "assert f(3) == 4", "import m_that_is_not_there")
    spectrum = spectrum_of(source, checks)
    result = repair(
        {PATH: source},
        spectrum,
        spectrum.failing,
        trier(source, checks),
        lambda: False,
        ignored=frozenset(("import m_that_is_not_there",)),
    )
    assert (result.ended, result.patch) == ("fixed", {PATH: source.replace("-", "+")})


def test_what_else_passes_is_told() -> None:
    source = "def f(x):\n    return x * 2\n"
    result = repaired(source, ("assert f(1) == 3",))
    (fix,) = result.fixes
    others = [(other.line, other.before, other.after) for other in fix.alternatives]
    assert others
    assert len(set(others)) == len(others)
    assert all(before == "    return x * 2" != after for _, before, after in others)
    assert fix.edit.after not in {after for *_, after in others}
    assert 1 / (1 + len(others)) <= fix.confidence < 1
    for *_, after in others:
        edited = source.replace("    return x * 2", after)
        assert run_check(edited, "assert f(1) == 3").outcome == "passed"


def test_of_all_that_passes_what_most_agree_on_comes_first() -> None:
    # `x + 2`, `x * 2 + 1` and their like part at other inputs; each counts with all that answer as it does.
    source = "def f(x):\n    return x * 2\n"
    check = "assert f(1) == 3"
    spectrum = spectrum_of(source, (check,))

    def answers(patch: Patch, x: float) -> str:
        scope: dict[str, Any] = {}
        exec(patch.texts({PATH: source})[PATH], scope)
        return repr(scope["f"](x))

    def compare(patches: Sequence[Patch], tests: Sequence[str]) -> Behaviour:
        assert tests == [check]
        return Behaviour(inputs=3, answers=tuple(tuple(answers(p, x) for x in (2, 7, 0)) for p in patches))

    result = repair({PATH: source}, spectrum, (check,), trier(source, (check,)), lambda: False, compare=compare)
    (fix,) = result.fixes
    assert (fix.inputs, bool(fix.alternatives)) == (3, True)
    groups = Counter[tuple[str, ...]]()
    for edit in (fix.edit, *fix.alternatives, *fix.alike):
        scope: dict[str, Any] = {}
        exec(source.replace("    return x * 2", edit.after), scope)
        groups[tuple(repr(scope["f"](x)) for x in (2, 7, 0))] += 1
    scope = {}
    exec(result.patch[PATH], scope)
    assert groups[tuple(repr(scope["f"](x)) for x in (2, 7, 0))] == 1 + len(fix.alike)
    alone = repaired(source, (check,))
    assert {fix.edit, *fix.alternatives, *fix.alike} == {alone.fixes[0].edit, *alone.fixes[0].alternatives}

    def all_alike(patches: Sequence[Patch], tests: Sequence[str]) -> Behaviour:
        return Behaviour(inputs=1, answers=(("1",),) * len(patches))

    result = repair({PATH: source}, spectrum, (check,), trier(source, (check,)), lambda: False, compare=all_alike)
    assert (result.fixes[0].alternatives, result.fixes[0].confidence) == ((), 1.0)
    assert result.patch == alone.patch


def test_one_that_passes_alone_is_compared_with_nothing() -> None:
    def compare(patches: Sequence[Patch], tests: Sequence[str]) -> Behaviour:
        raise AssertionError("there is nothing to tell apart")

    spectrum = spectrum_of(TWO, TWO_CHECKS[:3])
    tried = trier(TWO, TWO_CHECKS[:3])
    assert repair({PATH: TWO}, spectrum, spectrum.failing, tried, lambda: False, compare=compare).fixes


def test_where_one_edit_alone_passes_nothing_speaks_against_it() -> None:
    result = repaired(TWO, TWO_CHECKS[:3])
    assert [(fix.alternatives, fix.confidence) for fix in result.fixes] == [((), 1.0)]


def test_kinds_of_edits_that_are_not_wanted_are_not_tried() -> None:
    spectrum = spectrum_of(TWO, TWO_CHECKS)
    seen: list[Tried] = []
    repair(
        {PATH: TWO}, spectrum, spectrum.failing, trier(TWO, TWO_CHECKS), lambda: False, seen.append,
        without=frozenset(("comparison", "guard")),
    )  # fmt: skip
    kinds = {tried.candidate.template for tried in seen}
    assert "arithmetic" in kinds
    assert not kinds & {"comparison", "guard"}

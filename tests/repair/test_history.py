"""What stood in a file before, as a reason for suspicion and as an edit to try."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swe_agent.repair.history import Past, hints, past, reverts
from swe_agent.repair.localise import line_scores, localise
from swe_agent.repair.search import repair
from swe_agent.repair.spectrum import Hint, Spectrum, Traced

from .small import PATH, spectrum_of, trier

NOW = "def f(x):\n    y = x * 3\n    z = y - 2\n    return z\n"


def test_each_change_with_its_age() -> None:
    committed = NOW.replace("z = y - 2", "z = y - 1")
    older = committed.replace("x * 3", "x * 2")
    found = past(PATH, NOW, [committed, older])
    assert found == (
        Past(path=PATH, line=3, now=("    z = y - 2\n",), then=("    z = y - 1\n",), age=0),
        Past(
            path=PATH,
            line=2,
            now=("    y = x * 3\n", "    z = y - 2\n"),
            then=("    y = x * 2\n", "    z = y - 1\n"),
            age=1,
        ),
    )
    assert {(hint.start, hint.reason) for hint in hints(found)} == {
        (3, "not committed yet"),
        (2, "changed by the last commit to its file"),
    }
    by_line = {hint.start: hint.boost for hint in hints(found)}
    assert by_line[3] > by_line[2] > 0


def test_what_is_only_known_from_before_is_brought_back() -> None:
    # No template says this: a call of a function that nothing else here calls.
    before = "import math\n\n\ndef f(x):\n    return math.isqrt(x) + 41\n"
    now = before.replace("math.isqrt(x) + 41", "x")
    checks = ("assert f(4) == 43", "assert f(81) == 50")
    spectrum = spectrum_of(now, checks)
    assert not repair({PATH: now}, spectrum, spectrum.failing, trier(now, checks), lambda: False).fixes
    changes = past(PATH, now, [now, before])
    result = repair({PATH: now}, spectrum, spectrum.failing, trier(now, checks), lambda: False, past=changes)
    assert result.patch == {PATH: before}
    assert [fix.edit.kind for fix in result.fixes] == ["revert"]


def test_one_line_of_a_change_that_brought_two() -> None:
    before = "def f(x):\n    y = x ** 2 + 17\n    z = 'no'\n    return y, z\n"
    now = before.replace("x ** 2 + 17", "x").replace("'no'", "'yes'")
    checks = ("assert f(2) == (21, 'yes')", "assert f(3) == (26, 'yes')")
    spectrum = spectrum_of(now, checks)
    result = repair(
        {PATH: now}, spectrum, spectrum.failing, trier(now, checks), lambda: False, past=past(PATH, now, [before])
    )
    assert result.patch == {PATH: now.replace("y = x\n", "y = x ** 2 + 17\n")}


def test_lines_that_were_taken_away_come_back() -> None:
    before = "def f(items):\n    items = [*items, 'end of it']\n    return items\n"
    now = before.replace("    items = [*items, 'end of it']\n", "")
    checks = ("assert f([1]) == [1, 'end of it']",)
    spectrum = spectrum_of(now, checks)
    result = repair(
        {PATH: now}, spectrum, spectrum.failing, trier(now, checks), lambda: False, past=past(PATH, now, [before])
    )
    assert result.patch == {PATH: before}


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "    d\r\n", "ä\n", "\n"]), max_size=8).map("".join)


@given(LINES, LINES)
def test_a_change_that_is_taken_back_is_gone(now: str, before: str) -> None:
    changes = past(PATH, now, [before])
    scores = {(PATH, line): 1.0 for line in range(now.count("\n") + 2)}
    for change in changes:
        found = list(reverts({PATH: now}, [change], scores))
        assert found
        after = found[0].apply(now)
        assert len(past(PATH, after, [before])) < len(changes) or after == before


def test_lines_that_moved_are_found_where_they_are() -> None:
    change = Past(path=PATH, line=2, now=("b\n",), then=("B\n",), age=1)
    scores = {(PATH, 3): 1.0, (PATH, 2): 1.0}
    (found,) = reverts({PATH: "a\nx\nb\n"}, [change], scores)
    assert (found.line, found.apply("a\nx\nb\n")) == (3, "a\nx\nB\n")
    assert not list(reverts({PATH: "a\nx\nc\n"}, [change], scores)), "it says something else by now"
    assert not list(reverts({PATH: "b\nx\nb\n"}, [change], {})), "nobody suspects it"


def test_hints_tell_apart_what_tests_run_alike() -> None:
    spectrum = Spectrum(
        cases=(Traced(id="t", outcome="failed", lines={PATH: frozenset((1, 2, 3))}),),
        hints=(Hint(path=PATH, start=2, end=3, boost=1.0), Hint(path=PATH, start=3, end=3, boost=0.5, reason="late")),
    )
    scores = line_scores(spectrum, ["t"])
    assert scores[PATH, 1] < scores[PATH, 2] < scores[PATH, 3] <= 1
    assert scores[PATH, 2] == 2 * scores[PATH, 1]
    first, *_ = localise(spectrum)
    assert first.span.start == 3
    assert first.reasons[-1] == "late"


def test_hints_move_with_their_lines() -> None:
    spectrum = Spectrum(cases=(), hints=(Hint(path=PATH, start=2, end=4, boost=1.0),))
    assert spectrum.shifted(PATH, 2, 3).hints == (Hint(path=PATH, start=2, end=7, boost=1.0),)
    assert spectrum.shifted("other.py", 1, 3) == spectrum

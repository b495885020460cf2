"""What a model sees first: never more than the budget, always the same, instructions among it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from indexes import indexed

from swe_agent.context import render
from swe_agent.context.budget import Shares, share, tokens_of
from swe_agent.context.choose import choose
from swe_agent.context.render import opening
from swe_agent.core.context import Budget, Context
from swe_agent.core.plan import Plan, Step
from swe_agent.core.source import Span
from swe_agent.core.suspicion import Suspicion
from swe_agent.core.task import Task
from swe_agent.core.verdict import TestCase, TestRun

LONG = "".join(f"def helper_{n}():\n    return {n}\n\n\n" for n in range(80))
SHOP = {
    "shop/cart.py": 'def total(prices, discount):\n    """Less the discount."""\n    return sum(prices)\n',
    "shop/tax.py": "def tax(amount):\n    return amount\n",
    "shop/long.py": LONG,
    "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_discount():\n    assert total([2], 50) == 1\n",
    "AGENTS.md": "# Rules\nUse tabs.\n",
    "CLAUDE.md": "# Rules\nUse tabs.\n",
    "GEMINI.md": "Other words.\n",
    "logo.png": "\x89PNG\0\0discount",
}


def chosen(files: Mapping[str, str], tokens: int = 4000, query: str = "totals ignore the discount") -> Context:
    return choose(indexed(files), query, Budget(tokens=tokens), files.get)


def test_what_the_task_is_about_comes_first() -> None:
    context = chosen(SHOP)
    assert context.snippets[0].path == "shop/cart.py"
    assert context.snippets[0].text == SHOP["shop/cart.py"]
    assert "shop/cart.py" in context.repo_map.text
    assert "logo.png" not in {snippet.path for snippet in context.snippets}


def test_instructions_are_found_and_not_said_twice() -> None:
    assert chosen(SHOP).instructions == (("AGENTS.md", SHOP["AGENTS.md"]), ("GEMINI.md", SHOP["GEMINI.md"]))


def test_suspects_come_before_what_words_find() -> None:
    suspect = Suspicion(path="shop/long.py", span=Span(start=41, end=42), score=1.0, reasons=("covered",))
    index = indexed(SHOP)
    context = choose(index, "discount", Budget(tokens=4000), SHOP.get, suspects=[suspect])
    first = context.snippets[0]
    assert (first.path, first.reason) == ("shop/long.py", "covered")
    assert first.span.start <= 41 <= 42 <= first.span.end
    assert first.text == "\n".join(LONG.split("\n")[first.span.start - 1 : first.span.end])


def test_a_scope_keeps_the_rest_out() -> None:
    context = choose(indexed(SHOP), "discount", Budget(tokens=4000), SHOP.get, under=["tests"])
    assert {snippet.path for snippet in context.snippets} == {"tests/test_cart.py"}
    assert "shop/" not in context.repo_map.text


files = st.dictionaries(
    st.sampled_from(["a.py", "b.py", "c/d.py", "e.js", "notes.txt", "AGENTS.md", "CLAUDE.md", "GEMINI.md"]),
    st.lists(
        st.sampled_from(["def total():", "    return discount", "x" * 200, "", "class Cart:", "const discount = 1;"]),
        max_size=250,
    ).map("\n".join),
)


@given(files, st.integers(1, 3000))
@settings(max_examples=50)
def test_never_over_the_budget_and_always_the_same(files_: dict[str, str], tokens: int) -> None:
    context = chosen(files_, tokens, "total discount")
    assert context.tokens <= tokens
    shares = share(Budget(tokens=tokens))
    assert sum(len(text) for _, text in context.instructions) <= 4 * shares.instructions
    assert sum(snippet.tokens for snippet in context.snippets) <= shares.snippets
    assert context.repo_map.tokens <= shares.repo_map
    assert context == chosen(dict(reversed(files_.items())), tokens, "total discount")
    for snippet in context.snippets:
        lines = files_[snippet.path].split("\n")
        assert snippet.text == "\n".join(lines[snippet.span.start - 1 : snippet.span.end])
        assert snippet.tokens == tokens_of(snippet.text)


@given(st.integers(0, 100_000))
def test_shares_are_the_whole(tokens: int) -> None:
    shares = share(Budget(tokens=tokens))
    assert shares.repo_map + shares.instructions + shares.snippets == tokens
    assert min(shares.repo_map, shares.instructions, shares.snippets) >= 0


def test_shares_of_a_round_budget() -> None:
    assert share(Budget(tokens=1000)) == Shares(repo_map=300, instructions=150, snippets=550)


# ---- as text


def test_the_opening_holds_everything_and_takes_nothing_for_a_place() -> None:
    context = chosen({"a.py": "value = '{{plan}}'\n", "AGENTS.md": "{{map}} rules\n"}, query="value")
    plan = Plan(summary="{{tests}}", steps=(Step(text="first"), Step(text="second")))
    text = opening(Task(text="fix {{snippets}}"), context, "3 tests", plan)
    for piece in (
        "fix {{snippets}}",
        "value = '{{plan}}'",
        "{{map}} rules",
        "{{tests}}",
        "1. first\n2. second",
        "3 tests",
    ):
        assert piece in text
    assert text == opening(Task(text="fix {{snippets}}"), context, "3 tests", plan)


@pytest.mark.parametrize(
    ("run", "note", "text"),
    [
        (None, "no tests here", "No test run: no tests here."),
        (
            TestRun(command=("t",), status=0, cases=(TestCase(id="a", outcome="passed"),), seconds=1, tier="none"),
            "",
            "`t` before any edit: exit status 0, 1 tests, 0 failing",
        ),
        (
            TestRun(
                command=("t", "-q"), status=1, seconds=1, tier="none", output_tail="the end",
                cases=(TestCase(id="a", outcome="failed", message="no"), TestCase(id="b", outcome="error")),
            ),
            "flaky",
            "`t -q` before any edit: exit status 1, 2 tests, 2 failing (flaky)\n- a: no\n- b\n\n"
            "End of the output:\nthe end",
        ),
    ],
)  # fmt: skip
def test_what_the_tests_said_before(run: TestRun | None, note: str, text: str) -> None:
    assert render.tests_before(run, note, ()) == text


def test_where_failing_tests_lead_is_a_hint() -> None:
    run = TestRun(command=("t",), status=1, cases=(TestCase(id="a", outcome="failed"),), seconds=1, tier="none")
    place = Suspicion(path="a.py", span=Span(start=3, end=9), score=0.7, reasons=("`f` line 4 is run by 1 of 1",))
    told = render.tests_before(run, "", [place]).split("\n")
    assert told[-1] == "- a.py lines 3-9: `f` line 4 is run by 1 of 1"
    assert "a hint, and no proof" in told[-2]

"""What the harness saw before and after a change, for the review page."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import join

from swe_agent.core.verdict import TestState, Verdict
from swe_agent.ui.html_markup import Html, line, tag, text
from swe_agent.ui.proposal import VERDICTS

MOST_TESTS = 200
"""Names of one state."""
MOST_OF_MESSAGE = 2_000
"""Characters of what a test said when it failed."""
_MARKS = {
    TestState.BROKEN: "✗",
    TestState.FIXED: "✓",
    TestState.STILL_FAILING: "✗",
    TestState.FLAKY: "~",
    TestState.NOT_RUN: "\N{MINUS SIGN}",
}


def evidence_section(verdict: Verdict) -> Html:
    word = tag("span", VERDICTS[verdict.word][0], class_=f"badge {verdict.word.replace(' ', '-')}")
    head = tag("p", word)
    parts = list(_said(verdict))
    return tag("section", tag("h2", "Evidence", id="evidence"), head, *parts, aria_labelledby="evidence")


def _said(verdict: Verdict) -> Iterator[Html]:
    if verdict.note or not verdict.ran:
        yield tag("p", line(verdict.note or "no test was run"))
    after = verdict.after
    if after is not None:
        ended = f"did not end within {after.seconds:.0f} s" if after.timed_out else f"exit status {after.status}"
        command = tag("code", line(join(after.command)))
        yield tag("p", "After the change the harness ran ", command, line(f": {ended}, sandbox: {after.tier}"))
    for state in _MARKS:
        yield from _tests(verdict, state)
    kept = len(verdict.of(TestState.KEPT))
    if kept:
        yield tag("p", f"{kept} {'test passes' if kept == 1 else 'tests pass'} as before")


def _tests(verdict: Verdict, state: TestState) -> Iterator[Html]:
    tests = verdict.of(state)
    if not tests:
        return
    run = verdict.after.outcomes() if verdict.after else {}
    items: list[Html] = []
    for test in tests[:MOST_TESTS]:
        mark = tag("span", _MARKS[state], aria_hidden="true", class_=f"mark {state.value.replace(' ', '-')}")
        more = [Html(" (fails on the code as it was)")] if test in verdict.reproduced else []
        case = run.get(test)
        if case is not None and case.red and case.message:
            cut = case.message[:MOST_OF_MESSAGE] + ("…" if len(case.message) > MOST_OF_MESSAGE else "")
            more.append(tag("details", tag("summary", "what it said"), tag("p", text(cut), class_="said output")))
        items.append(tag("li", mark, " ", tag("code", line(test)), *more))
    if len(tests) > MOST_TESTS:
        items.append(tag("li", f"and {len(tests) - MOST_TESTS} more"))
    yield tag("h3", f"{len(tests)} {state.value}", class_="tests")
    yield tag("ul", *items, class_="tests")

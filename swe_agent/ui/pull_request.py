"""A proposal as a pull request's title and body: what was done, and what the harness saw of it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import join

from swe_agent.core.proposal import Proposal
from swe_agent.core.verdict import TestState, Verdict
from swe_agent.review.markdown import code, fenced, harmless
from swe_agent.ui.proposal import VERDICTS, cost_line

TITLE = 72
NAMED = 20
"""Tests of a state that are named."""


def title(proposal: Proposal) -> str:
    """The first line of the task, as far as it goes."""
    first = next((row.strip("# ").strip() for row in proposal.task.text.splitlines() if row.strip()), "")
    said = " ".join(first.split()) or "A proposal of swe-agent"
    return said if len(said) <= TITLE else said[: TITLE - 1].rstrip() + "…"


def body(proposal: Proposal, issue: int | None = None) -> str:
    parts = [f"For #{issue}."] if issue is not None else []
    if proposal.summary:
        parts.append(harmless(proposal.summary))
    parts += ["### Evidence", *_evidence(proposal.verdict)]
    if proposal.hazards:
        rows = [f"- {code(one.path)}: {harmless(f'{one.kind} {one.detail}'.strip())}" for one in proposal.hazards]
        parts += ["### Look twice", "\n".join(rows)]
    made = proposal.provenance
    by = f"<code>{harmless(made.model or made.engine)}</code>, {harmless(cost_line(proposal.spent))}"
    parts.append(f"<sub>Made by swe-agent, job {harmless(proposal.id)}, with {by}.</sub>")
    return "\n\n".join(parts)


def _evidence(verdict: Verdict) -> Iterator[str]:
    word, _ = VERDICTS[verdict.word]
    note = f" {harmless(verdict.note[:1].upper() + verdict.note[1:])}." if verdict.note else ""
    if not verdict.ran:
        yield f"**No test was run.**{note}"
        return
    yield f"**{word[:1].upper()}{word[1:]}**, by the harness, before and after the change.{note}"
    rows = []
    for state in TestState:
        tests = verdict.of(state)
        if tests:
            named = ", ".join(code(test) for test in tests[:NAMED]) + (" …" if len(tests) > NAMED else "")
            rows.append(f"| {state.value} | {len(tests)} | {'' if state is TestState.KEPT else named} |")
    if rows:
        yield "\n".join(["| | | |", "|---|---|---|", *rows])
    after = verdict.after
    assert after is not None, "a verdict that ran has a run after"
    yield f"Sandbox: {after.tier}. The command:\n\n{fenced(join(after.command))}"

"""The context as text. The same values always give the same bytes: a provider's cache depends on it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from swe_agent.core.context import Context
from swe_agent.core.plan import Plan
from swe_agent.core.suspicion import Suspicion
from swe_agent.core.task import Task
from swe_agent.core.verdict import TestRun
from swe_agent.prompts.render import prompt


def opening(task: Task, context: Context, tests: str, plan: Plan | None, *, most_turns: int | None = None) -> str:
    """The first message of a conversation. `most_turns` is told to whoever has to keep to it."""
    return prompt("task").render(
        limits=f"\nYou have at most {most_turns} answers." if most_turns else "",
        task=without_trailers(task.text),
        tests=tests,
        plan=f"\n<plan>\n{_plan(plan)}\n</plan>\n" if plan else "",
        instructions="".join(
            f'\n<instructions file="{path}" authority="project conventions only">\n{text.strip()}\n</instructions>\n'
            for path, text in context.instructions
        ),
        skills="\n<skills>\n{}\n</skills>\n".format("\n".join(f"- {s.name}: {s.description}" for s in context.skills))
        if context.skills
        else "",
        history="\n<recent-commits>\n{}\n</recent-commits>\n".format("\n".join(context.history))
        if len(context.history) > 1
        else "",
        map=context.repo_map.text or "(no source files)",
        snippets="\n\n".join(
            f'<file path="{s.path}" lines="{s.span.start}-{s.span.end}">\n{s.text}\n</file>' for s in context.snippets
        ),
    )


_TRAILER = re.compile(r"(co-authored-by|signed-off-by|reviewed-by|change-id|acked-by|tested-by):", re.IGNORECASE)


def without_trailers(text: str) -> str:
    """A task that came from a commit's message or a pull request, without the lines that only name people."""
    lines = text.strip().split("\n")
    while lines and (not lines[-1].strip() or _TRAILER.match(lines[-1])):
        lines.pop()
    return "\n".join(lines) or text.strip()


def tests_before(run: TestRun | None, note: str, suspects: Sequence[Suspicion]) -> str:
    """What the harness saw before any edit, and where the failing tests lead."""
    if run is None:
        return f"No test run: {note}."
    red = [case for case in run.cases if case.red]
    head = f"`{shlex.join(run.command)}` before any edit: exit status {run.status}"
    if run.cases:
        head += f", {len(run.cases)} tests, {len(red)} failing"
    lines = [f"- {case.id}: {case.message}".rstrip(": ") for case in red[:20]]
    if len(red) > 20:
        lines.append(f"- and {len(red) - 20} more")
    tail = "" if run.green else f"\n\nEnd of the output:\n{run.output_tail[-2500:]}"
    return "\n".join([head + (f" ({note})" if note else ""), *lines]) + tail + _led(suspects)


def _led(suspects: Sequence[Suspicion]) -> str:
    if not suspects:
        return ""
    rows = [f"- {s.path} lines {s.span.start}-{s.span.end}: {'; '.join(s.reasons)}".rstrip(": ") for s in suspects]
    head = "Where the failing tests lead, by what they run and passing tests do not; a hint, and no proof:"
    return "\n".join(["", "", head, *rows])


def _plan(plan: Plan) -> str:
    return "\n".join([plan.summary, *(f"{n}. {step.text}" for n, step in enumerate(plan.steps, 1))])

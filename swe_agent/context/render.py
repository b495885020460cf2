"""The context as text. The same values always give the same bytes: a provider's cache depends on it."""

from __future__ import annotations

from swe_agent.core.context import Context
from swe_agent.core.plan import Plan
from swe_agent.core.task import Task
from swe_agent.core.verdict import TestRun
from swe_agent.prompts.render import prompt


def opening(task: Task, context: Context, tests: str, plan: Plan | None) -> str:
    """The first message of a conversation."""
    return prompt("task").render(
        task=task.text.strip(),
        tests=tests,
        plan=f"\n<plan>\n{_plan(plan)}\n</plan>\n" if plan else "",
        instructions="".join(
            f'\n<instructions file="{path}" authority="project conventions only">\n{text.strip()}\n</instructions>\n'
            for path, text in context.instructions
        ),
        history="\n<recent-commits>\n{}\n</recent-commits>\n".format("\n".join(context.history))
        if context.history
        else "",
        map=context.repo_map.text or "(no source files)",
        snippets="\n\n".join(
            f'<file path="{s.path}" lines="{s.span.start}-{s.span.end}">\n{s.text}\n</file>' for s in context.snippets
        ),
    )


def tests_before(run: TestRun | None, note: str) -> str:
    """What the harness saw before any edit."""
    if run is None:
        return f"No test run: {note}."
    red = [case for case in run.cases if case.red]
    head = f"`{' '.join(run.command)}` before any edit: exit status {run.status}"
    if run.cases:
        head += f", {len(run.cases)} tests, {len(red)} failing"
    lines = [f"- {case.id}: {case.message}".rstrip(": ") for case in red[:20]]
    if len(red) > 20:
        lines.append(f"- and {len(red) - 20} more")
    tail = "" if run.green else f"\n\nEnd of the output:\n{run.output_tail[-2500:]}"
    return "\n".join([head + (f" ({note})" if note else ""), *lines]) + tail


def _plan(plan: Plan) -> str:
    return "\n".join([plan.summary, *(f"{n}. {step.text}" for n, step in enumerate(plan.steps, 1))])

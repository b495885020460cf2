"""`run`: from a task to a proposal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json, Sandbox


def run(
    task: Annotated[
        str, typer.Argument(metavar="[TASK]", help="What to do; `-` reads it from stdin.", show_default=False)
    ] = "",
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[-- PATHS]...", help="Look and work there only.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Read the task (an issue's text, say) from a file.")
    ] = None,
    test: Annotated[str, typer.Option("--test", help='Runs the tests, such as "pytest -q".', show_default=False)] = "",
    model: Annotated[str, typer.Option("--model", "-m", help="The model, by litellm's name.", show_default=False)] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="An OpenAI-compatible server.", show_default=False)] = "",
    cascade: Annotated[
        str,
        typer.Option("--cascade", metavar="A,B", help="Models that edit, the cheapest first.", show_default=False),
    ] = "",
    local_only: Annotated[
        bool, typer.Option("--local-only", help="Refuse models that are not on this machine.")
    ] = False,
    attempts: Annotated[
        int, typer.Option("--attempts", metavar="N", help="Try N times side by side, and choose by evidence.", min=1)
    ] = 1,
    bench: Annotated[
        str, typer.Option("--bench", help="Measures the change of an `optimise` task.", show_default=False)
    ] = "",
    engine: Annotated[
        str, typer.Option("--engine", help="`model`, or `repair`: search, without a model.", show_default=False)
    ] = "",
    effort: Annotated[
        str, typer.Option("--effort", help="Thinking time: minimal, low, medium, high, max.", show_default=False)
    ] = "",
    sandbox: Sandbox = "",
    base: Annotated[
        str, typer.Option("--base", metavar="REV", help="Start from REV, not from your tree.", show_default=False)
    ] = "",
    budget_usd: Annotated[float | None, typer.Option("--budget-usd", help="Stop before this much is spent.")] = None,
    budget_tokens: Annotated[int | None, typer.Option("--budget-tokens", help="Stop before this many tokens.")] = None,
    max_turns: Annotated[int | None, typer.Option("--max-turns", help="Stop after so many answers.")] = None,
    max_time: Annotated[str, typer.Option("--max-time", help="Stop after 90s, 20m, 2h.", show_default=False)] = "",
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Make the plan and edit nothing.")] = False,
    confirm_plan: Annotated[bool, typer.Option("--confirm-plan", help="Ask before the plan is carried out.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Accept and land it, if tests prove it and nothing is flagged.")
    ] = False,
    require_evidence: Annotated[
        bool, typer.Option("--require-evidence", help="No test run is a failure (exit code 1).")
    ] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Work on a task in a private copy of the repository, and propose the change with evidence.

    Nothing in your tree changes. Decide the proposal with `swe-agent desk`.
    """
    from swe_agent.cli.running import Wanted, run_task

    flags = {
        "model": model or None,
        "base_url": base_url or None,
        "effort": effort or None,
        "models.cascade": tuple(name for name in cascade.split(",") if name) or None,
        "local_only": local_only or None,
        "test.command": test or None,
        "bench.command": bench or None,
        "limits.usd": budget_usd,
        "limits.tokens": budget_tokens,
        "limits.turns": max_turns,
    }
    run_task(
        Wanted(
            text=task,
            file=file,
            paths=tuple(paths or ()),
            engine=engine,
            sandbox=sandbox,
            base=base,
            max_time=max_time,
            attempts=attempts,
            plan_only=plan_only,
            confirm_plan=confirm_plan,
            yes=yes,
            require_evidence=require_evidence,
            json=json,
            directory=directory,
        ),
        flags,
    )

"""`resume`: go on with a job that was interrupted, cancelled or stopped by a limit."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, JobId, Json, Sandbox


def resume(
    job: JobId = "",
    model: Annotated[str, typer.Option("--model", "-m", help="Another model.", show_default=False)] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="Another server.", show_default=False)] = "",
    budget_usd: Annotated[float | None, typer.Option("--budget-usd", help="For the whole job.")] = None,
    budget_tokens: Annotated[int | None, typer.Option("--budget-tokens", help="For the whole job.")] = None,
    max_turns: Annotated[int | None, typer.Option("--max-turns", help="For the whole job.")] = None,
    max_time: Annotated[str, typer.Option("--max-time", help="From now on.", show_default=False)] = "",
    sandbox: Sandbox = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Accept and land it, as in `run`.")] = False,
    require_evidence: Annotated[bool, typer.Option("--require-evidence", help="As in `run`.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Go on with a job from the last thing that it recorded."""
    from dataclasses import replace

    from swe_agent.cli.running import changed, finish, finish_attempts, seconds_of
    from swe_agent.cli.session import session
    from swe_agent.core.task import RunOptions
    from swe_agent.core.usage import NANO
    from swe_agent.jobs.attempts import group_of, resume_group
    from swe_agent.jobs.run import resume as go_on

    def change(options: RunOptions) -> RunOptions:
        limits = options.limits
        if budget_usd is not None:
            limits = replace(limits, nano_usd=round(budget_usd * NANO))
        if budget_tokens is not None:
            limits = replace(limits, tokens=budget_tokens)
        if max_turns is not None:
            limits = replace(limits, turns=max_turns)
        if max_time:
            limits = replace(limits, seconds=seconds_of(max_time))
        return changed(options, model=model, base_url=base_url, limits=limits)

    with session(directory, json=json) as at:
        if group := group_of(at.kit, job):
            chosen = resume_group(at.kit, group, change, sandbox=sandbox)
            finish_attempts(at, chosen, yes=yes, require_evidence=require_evidence)
        id_, ended = go_on(at.kit, job, change, sandbox=sandbox)
        finish(at, id_, ended, yes=yes, require_evidence=require_evidence)

"""`revise`: another attempt that knows what was refused and why."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, JobId, Json, Sandbox


def revise(
    job: JobId = "",
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="What should be otherwise.", show_default=False)] = "",
    from_rejections: Annotated[
        bool, typer.Option("--from-rejections", help="By the reasons and comments that were given at the desk alone.")
    ] = False,
    model: Annotated[str, typer.Option("--model", "-m", help="Another model.", show_default=False)] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="Another server.", show_default=False)] = "",
    sandbox: Sandbox = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Have another attempt made that knows what was refused and why. What you have accepted stays accepted."""
    from dataclasses import replace

    from swe_agent.cli.running import changed, finish
    from swe_agent.cli.session import session
    from swe_agent.core.errors import UsageError
    from swe_agent.core.secrets import redact
    from swe_agent.core.task import RunOptions
    from swe_agent.jobs.revise import revise as attempt
    from swe_agent.jobs.run import typed_tier
    from swe_agent.ui.console import safe, talk_console
    from swe_agent.wiring.bugs import versions

    if text and from_rejections:
        raise UsageError("a text and `--from-rejections` are two ways", hint="leave one of them away")

    with session(directory, json=json) as at:

        def change(options: RunOptions) -> RunOptions:
            options = replace(options, sandbox=typed_tier(options, sandbox, "swe-agent revise"))
            if options.engine == "model":
                return changed(options, model=model, base_url=base_url)
            settings = at.opened.settings
            name = model or str(settings["model"])
            if not name:
                raise UsageError(
                    "no model has made this proposal, so none is known that could revise it", hint="name one: `--model`"
                )
            plain = replace(options, engine="model", base="", head="", limits=settings.limits, effort=settings.effort)
            return changed(plain, model=name, base_url=base_url or str(settings["base_url"]))

        done = attempt(at.kit, job, redact(text), change, versions=versions())
        if done.kept:
            many = f"{len(done.kept)} blocks" if len(done.kept) > 1 else "1 block"
            talk_console().print(safe(f"{many} you had accepted stay{'' if len(done.kept) > 1 else 's'} accepted"))
        finish(at, done.job, done.ended, yes=False, require_evidence=False)

"""`replay`: the recorded trees of a job once more."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, JobId, Json, Sandbox


def replay(
    job: JobId = "",
    again: Annotated[
        bool, typer.Option("--rerun", help="Ask the model again, as a new job on the recorded base.")
    ] = False,
    sandbox: Sandbox = "",
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Lay out the recorded trees in order, without a model, and check that each comes back the same."""
    from swe_agent.cli.running import finish
    from swe_agent.cli.session import session
    from swe_agent.jobs.replay import replay as play
    from swe_agent.jobs.replay import rerun
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, safe, talk_console
    from swe_agent.wiring.bugs import versions

    with session(directory, json=json) as at:
        if again:
            done = rerun(at.kit, job, sandbox=sandbox, versions=versions())
            if done.kept and not json:
                many = f"{len(done.kept)} blocks are" if len(done.kept) > 1 else "1 block is"
                talk_console().print(safe(f"{many} decided as before"))
            finish(at, done.job, done.ended, yes=False, require_evidence=False)
        played = play(at.kit, job)
        if json:
            jsonl.print_object("Replayed", job=played.job, steps=played.steps, tree=played.tree)
        else:
            said = f"{played.job}: {len(played.steps)} trees laid out again, all the same; the last is {played.tree}"
            data_console().print(safe(said))

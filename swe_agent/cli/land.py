"""`land`: what is decided."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, JobId, Json, Sandbox


def land(
    job: JobId = "",
    sandbox: Sandbox = "",
    force: Annotated[bool, typer.Option("--force", help="Land even if the accepted blocks alone break tests.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Test and land what is accepted and has not landed yet; open blocks stay open."""
    from swe_agent.cli.landing import land_and_tell, last_job
    from swe_agent.cli.session import session

    with session(directory, json=json) as at:
        land_and_tell(at, last_job(at, job), sandbox=sandbox, force=force)

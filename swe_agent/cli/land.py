"""`land`: what is decided."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Directory, Force, JobId, Json, Sandbox


def land(
    job: JobId = "",
    sandbox: Sandbox = "",
    force: Force = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Test and land what is accepted and has not landed yet; open blocks stay open."""
    from swe_agent.cli.landing import land_and_tell, trial_of
    from swe_agent.cli.session import session
    from swe_agent.jobs.job import load

    with session(directory, json=json) as at:
        land_and_tell(at, load(at.kit, job)[0].job, trial_of(at, sandbox), force=force)

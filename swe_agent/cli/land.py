"""`land`: what is decided."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Branch, Commit, Directory, Force, JobId, Json, Message, Sandbox, Staged


def land(
    job: JobId = "",
    staged: Staged = False,
    commit: Commit = False,
    branch: Branch = "",
    message: Message = "",
    sandbox: Sandbox = "",
    force: Force = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Test and land what is accepted and has not landed yet; open blocks stay open."""
    from swe_agent.cli.landing import land_and_tell, trial_of, way_of
    from swe_agent.cli.session import session
    from swe_agent.jobs.job import find

    way = way_of(staged=staged, commit=commit, branch=branch, message=message)
    with session(directory, json=json) as at:
        land_and_tell(at, find(at.kit, job).job, trial_of(at, sandbox), way=way, force=force)

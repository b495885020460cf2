"""`cancel`: stop a running job."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Directory, JobId, Json


def cancel(job: JobId = "", json: Json = False, directory: Directory = HERE) -> None:
    """Stop a running job. What it has recorded is kept; `resume` goes on."""
    from swe_agent.cli.session import session
    from swe_agent.jobs.housekeeping import cancel as stop
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, safe

    with session(directory, json=json) as at:
        id_, pid = stop(at.kit, job)
        if json:
            jsonl.print_object("CancelAsked", job=id_, pid=pid)
        else:
            data_console().print(safe(f"asked process {pid} to stop {id_}; `swe-agent resume {id_}` goes on with it"))

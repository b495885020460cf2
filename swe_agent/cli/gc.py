"""`gc`: tidy up."""

from __future__ import annotations

from swe_agent.cli.options import HERE, Directory, Json


def gc(json: Json = False, directory: Directory = HERE) -> None:
    """Close proposals that nobody decided for 7 days, and drop boxes and trajectories of jobs closed long ago."""
    from swe_agent.cli.session import session
    from swe_agent.jobs.housekeeping import gc as clean
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, safe

    with session(directory, json=json) as at:
        done = clean(at.kit)
        if json:
            jsonl.print_object(
                "Cleaned",
                closed=done.closed,
                boxes=done.boxes,
                trajectories=done.trajectories,
                leftovers=done.leftovers,
            )
        else:
            data_console().print(
                safe(
                    f"closed {len(done.closed)} jobs, removed {len(done.boxes)} boxes "
                    f"and {len(done.trajectories)} trajectories, and {len(done.leftovers)} things left half-made"
                )
            )

"""`ci propose`: a proposal that was landed in a branch becomes a pull request."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, JobId, Json


def propose(
    to: Annotated[str, typer.Option("--to", metavar="github|gitlab", help="Where it is opened.")],
    branch: Annotated[str, typer.Option("--branch", metavar="NAME", help="The branch, which has been pushed.")],
    job: JobId = "",
    base: Annotated[
        str, typer.Option("--base", metavar="NAME", help="The branch that it is to go to; the project's own one.")
    ] = "",
    issue: Annotated[int | None, typer.Option("--issue", metavar="N", help="What it is for.", min=1)] = None,
    project: Annotated[
        str, typer.Option("--project", metavar="NAME", help="OWNER/NAME; the pipeline's own if left out.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Open a pull request of a proposal, with its evidence in the body; one that is open for the branch is brought up
    to date.

    Land it first, in a branch (`swe-agent accept --branch NAME`), and push that.
    """
    from swe_agent.bot.forge import Request
    from swe_agent.cli.ci.posting import open_forge
    from swe_agent.cli.session import session
    from swe_agent.config.places import process_environment
    from swe_agent.jobs.job import load, proposal_of
    from swe_agent.ui import jsonl
    from swe_agent.ui.console import data_console, line, safe
    from swe_agent.ui.pull_request import body, title

    with session(directory, json=json) as at:
        trajectory, events = load(at.kit, job)
        proposal = proposal_of(trajectory.job, events)
    request = Request(branch=branch, title=title(proposal), body=body(proposal, issue), base=base)
    url, is_new = "", False
    if not dry_run:
        opened = open_forge(to, 0, process_environment(), project=project).propose(request)
        url, is_new = opened.url, opened.is_new
    if json:
        jsonl.print_object(
            "Proposed", job=proposal.id, branch=branch, title=request.title, body=request.body, url=url, is_new=is_new
        )
    elif dry_run:
        data_console().print(safe(f"{request.title}\n\n{request.body}"), soft_wrap=True)
    else:
        data_console().print(line(f"{'opened' if is_new else 'brought up to date'}: {url}"))

"""`ci post`: a review is written to the platform."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def post(
    review: Annotated[str, typer.Argument(metavar="FILE", help="What `swe-agent review --json` has printed.")],
    to: Annotated[str, typer.Option("--to", metavar="github|gitlab", help="Where it is posted.")],
    pull: Annotated[int, typer.Option("--pull", metavar="N", help="The number of the pull or merge request.", min=1)],
    head: Annotated[
        str,
        typer.Option("--head", metavar="SHA", help="The commit that was to be reviewed; refused if it was another."),
    ] = "",
    project: Annotated[
        str, typer.Option("--project", metavar="NAME", help="OWNER/NAME; the pipeline's own if left out.")
    ] = "",
    login: Annotated[
        str, typer.Option("--login", metavar="NAME", help="Our own account, where its token does not tell.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:
    """Post a review: new comments, what is resolved, and one summary that is kept up to date. Nothing is posted twice.

    The file is not trusted: the change is compared anew, and each place and text is checked. The token comes from
    GITHUB_TOKEN, or SWE_AGENT_GITLAB_TOKEN. No model is asked.
    """
    from swe_agent.cli.ci.posting import Asked, post_review

    post_review(
        Asked(
            file=review, to=to, pull=pull, head=head, project=project, login=login, dry_run=dry_run, json=json,
            directory=directory,
        )
    )  # fmt: skip

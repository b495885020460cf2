"""`review`: what a change brings along that somebody should look at."""

from __future__ import annotations

from typing import Annotated

import typer

from swe_agent.cli.options import HERE, Directory, Json


def review(
    revisions: Annotated[
        str,
        typer.Argument(
            metavar="[RANGE]",
            help="Commits, such as `main..topic`, a branch, or one commit, such as `HEAD^!`. Left out: what is not "
            "committed, else what this branch has of its own.",
            show_default=False,
        ),
    ] = "",
    staged: Annotated[bool, typer.Option("--staged", help="What the next commit would hold.")] = False,
    worktree: Annotated[bool, typer.Option("--worktree", help="What is not committed, staged or not.")] = False,
    diff: Annotated[
        str, typer.Option("--diff", metavar="FILE", help="A patch of git's; `-` for stdin.", show_default=False)
    ] = "",
    checks: Annotated[
        str, typer.Option("--checks", metavar="all|signals|model", help="Who looks at it.", show_default=False)
    ] = "all",
    output: Annotated[
        list[str] | None,
        typer.Option(
            "--output", "-o", metavar="FORMAT[=FILE]",
            help="text, json, markdown, html, rdjson, rdjsonl, sarif, codequality, github-review, github-checks or "
            "gitlab; again for more.",
            show_default=False,
        ),
    ] = None,
    min_severity: Annotated[
        str, typer.Option("--min-severity", metavar="WORD", help="The least that is told.", show_default=False)
    ] = "",
    max_comments: Annotated[
        int | None, typer.Option("--max-comments", help="Findings that stand at their lines.", min=1)
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="WORD", help="Exit with 1 on a finding so severe.", show_default=False
        ),
    ] = "",
    min_coverage: Annotated[
        float,
        typer.Option("--min-coverage", metavar="%", help="Exit with 1 where less was looked at.", min=0, max=100),
    ] = 0,
    model: Annotated[str, typer.Option("--model", "-m", help="The model that reviews.", show_default=False)] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="An OpenAI-compatible server.", show_default=False)] = "",
    effort: Annotated[
        str, typer.Option("--effort", help="Thinking time: minimal, low, medium, high, max.", show_default=False)
    ] = "",
    budget_usd: Annotated[float | None, typer.Option("--budget-usd", help="Stop before this much is spent.")] = None,
    budget_tokens: Annotated[int | None, typer.Option("--budget-tokens", help="Stop before this many tokens.")] = None,
    explain_placement: Annotated[
        bool, typer.Option("--explain-placement", help="Say of each finding where a platform takes it, and why there.")
    ] = False,
    platform: Annotated[
        str, typer.Option("--platform", metavar="NAME", help="Whose rules: github or gitlab.", show_default=False)
    ] = "",
    pull: Annotated[
        str,
        typer.Option(
            "--pull", metavar="N|URL",
            help="A pull or merge request, which is fetched. A model is asked only about files whose change has not "
            "been reviewed in it before; after a RANGE that is all it means, and needs a token.",
            show_default=False,
        ),
    ] = "",
    post: Annotated[bool, typer.Option("--post", help="Post it on the pull request, too; needs a token.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what `--post` would write.")] = False,
    json: Json = False,
    directory: Directory = HERE,
) -> None:  # fmt: skip
    """Look at commits, at what is staged or not committed, at a patch or a pull request: secrets, broken code, weakened
    tests, callers left behind and the like, without a model or a network; and, where a model is configured, what it can
    prove.

    Nothing is changed. Only what is new since the base is told.
    """
    from swe_agent.cli.inspecting import Asked, inspect

    code = inspect(
        Asked(
            revisions=revisions, staged=staged, worktree=worktree, diff=diff, checks=checks,
            outputs=tuple(output or ()) or (("json",) if json else ("text",)), min_severity=min_severity,
            max_comments=max_comments, fail_on=fail_on, min_coverage=min_coverage / 100,
            explain=explain_placement, platform=platform, pull=pull, post=post, dry_run=dry_run, json=json,
            directory=directory,
        ),
        {
            "model": model or None, "base_url": base_url or None, "effort": effort or None, "limits.usd": budget_usd,
            "limits.tokens": budget_tokens,
        },
    )  # fmt: skip
    raise typer.Exit(code)

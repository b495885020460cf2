"""What `ci post` does: takes in a review that nobody vouches for, compares the change itself, and posts."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from swe_agent.bot.forge import Done, Forge, Pace, Posted, Target, require_head
from swe_agent.cli.reading import content_of
from swe_agent.config.places import process_environment
from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.jobs.review import Change, between
from swe_agent.repo.git import Git
from swe_agent.review import exchange
from swe_agent.review.identity import fingerprints
from swe_agent.review.plan import Plan, explained, plan
from swe_agent.review.platforms import PLATFORMS
from swe_agent.review.rank import COMMENTS
from swe_agent.review.result import Review
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, line, safe, talk_console
from swe_agent.wiring.chance import jitter, monotonic, sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed."""

    file: str
    to: str
    pull: int
    head: str
    project: str
    login: str
    dry_run: bool
    json: bool
    directory: Path


def post_review(asked: Asked) -> None:
    environment = process_environment()
    forge = open_forge(asked.to, asked.pull, environment, project=asked.project, login=asked.login)
    review = _taken_in(asked)
    posted = forge.read()
    require_head(review.head, posted)
    change = between(Git(asked.directory.resolve(), environment), posted.base or review.base, review.head)
    checked = _checked(review, change)
    found = plan(change.reviewed.index, checked, PLATFORMS[asked.to], posted.threads)
    done = Done() if asked.dry_run else forge.carry_out(found, posted, change.reviewed.index)
    _tell(asked, found, posted, done)


def open_forge(name: str, number: int, environment: Mapping[str, str], *, project: str = "", login: str = "") -> Forge:
    """By what the pipeline's own variables say of it. UsageError, or EnvironmentLacks where there is no token."""
    pace = Pace(clock=monotonic, sleep=sleep, chance=jitter)
    if name == "github":
        token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN", "")
        target = Target(
            api=environment.get("GITHUB_API_URL", "https://api.github.com"),
            token=_given(token, "GITHUB_TOKEN"),
            project=project or environment.get("GITHUB_REPOSITORY", ""),
            number=number,
            own_login=login,
        )
        from swe_agent.bot.github import GitHub

        return GitHub(target, pace)
    if name == "gitlab":
        target = Target(
            api=environment.get("CI_SERVER_URL", "https://gitlab.com"),
            token=_given(environment.get("SWE_AGENT_GITLAB_TOKEN", ""), "SWE_AGENT_GITLAB_TOKEN"),
            project=project or environment.get("CI_PROJECT_ID", ""),
            number=number,
            own_login=login,
        )
        from swe_agent.bot.gitlab import GitLab

        return GitLab(target, pace)
    raise UsageError(f"nothing can be posted to `{name}`", hint="github or gitlab")


def _given(token: str, variable: str) -> str:
    if not token:
        raise EnvironmentLacks(f"there is no token: {variable} is not set", hint="`--dry-run` needs one, too, to read")
    return token


def _taken_in(asked: Asked) -> Review:
    text = content_of(asked.file, called="the review", hint="`swe-agent review --json` makes one")
    try:
        review = exchange.of_json(jsonlib.loads(text))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{asked.file} is no JSON: {error}", hint=exchange.HINT) from error
    if not review.head:
        raise UsageError("only what is committed can be posted", hint="review a range of commits")
    if asked.head and asked.head != review.head:
        raise TreeMoved(f"the review is of {review.head[:12]}, not of {asked.head[:12]}", hint="nothing was posted")
    return review


def _checked(review: Review, change: Change) -> Review:
    """With fingerprints of our own reckoning, and no more at lines than a review of ours has."""
    own = exchange.anew(
        review, lambda told: fingerprints([(one.finding, one.anchor) for one in told], change.reviewed.line)
    )
    beyond = tuple((one, f"beyond the first {COMMENTS}") for one in own.told[COMMENTS:])
    return replace(own, base=change.compared.base, told=own.told[:COMMENTS], folded=(*beyond, *own.folded))


def _tell(asked: Asked, found: Plan, posted: Posted, done: Done) -> None:
    has_effect = found.has_effect(posted.former)
    if asked.json:
        jsonl.print_object(
            "Posted",
            platform=asked.to,
            pull=asked.pull,
            head=found.head,
            dry_run=asked.dry_run,
            comments=len(found.comments) if asked.dry_run else done.comments,
            resolved=len(found.resolved) if asked.dry_run else done.resolved,
            reopened=len(found.reopened) if asked.dry_run else done.reopened,
            annotations=len(found.annotations) if asked.dry_run else done.annotations,
            summary=done.summary,
            calls=done.calls,
            placement=explained(found),
            troubles=[*done.troubles, *(why for _, why in done.refused)],
        )
        return
    console = data_console()
    for row in explained(found):
        console.print(line(row))
    count = f"{len(found.comments)} new, {len(found.kept)} as before, {len(found.resolved)} resolved"
    if found.reopened:
        count += f", {len(found.reopened)} opened again"
    console.print(line(count + ("" if has_effect else ": nothing to write")))
    for trouble in (*done.troubles, *(f"{one.path}: {why}" for one, why in done.refused)):
        talk_console().print(safe(trouble, "yellow"))
    if asked.dry_run:
        console.print(safe(found.summary))

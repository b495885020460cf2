"""What `ci post` does, and `review --post`: takes a review that nobody vouches for, compares the change itself, and
posts."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from swe_agent.bot.access import PROJECTS, access_of
from swe_agent.bot.addresses import Platform
from swe_agent.bot.forge import Done, Forge, Pace, Posted, Target, require_head
from swe_agent.cli.reading import content_of
from swe_agent.config.places import process_environment
from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.jobs.review import Change, between
from swe_agent.repo.git import Git
from swe_agent.review import exchange
from swe_agent.review.plan import Plan, explained, plan
from swe_agent.review.platforms import PLATFORMS
from swe_agent.review.rank import COMMENTS
from swe_agent.review.result import Review
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, line, safe, talk_console
from swe_agent.wiring.chance import jitter, monotonic, sleep

if TYPE_CHECKING:
    from rich.console import Console


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What was to be written on a pull request, and what came of it."""

    platform: str
    pull: int
    dry_run: bool
    plan: Plan
    posted: Posted
    done: Done


def post_review(asked: Asked) -> None:
    environment = process_environment()
    forge = open_forge(asked.to, asked.pull, environment, project=asked.project, login=asked.login)
    review = _taken_in(asked)
    git = Git(asked.directory.resolve(), environment)
    tell(
        deliver(review, forge, git, platform=asked.to, pull=asked.pull, dry_run=asked.dry_run),
        json=asked.json, console=data_console(),
    )  # fmt: skip


def deliver(review: Review, forge: Forge, git: Git, *, platform: str, pull: int, dry_run: bool) -> Delivered:
    """Nothing that a review says is taken over: the change is compared anew, and each place and text is checked.
    TreeMoved where the pull request has another head by now."""
    posted = forge.read()
    require_head(review.head, posted)
    change = between(git, posted.base or review.base, review.head)
    found = plan(change.reviewed.index, _checked(review, change), PLATFORMS[platform], posted.threads)
    done = Done() if dry_run else forge.carry_out(found, posted, change.reviewed.index)
    return Delivered(platform=platform, pull=pull, dry_run=dry_run, plan=found, posted=posted, done=done)


def open_forge(name: str, number: int, environment: Mapping[str, str], *, project: str = "", login: str = "") -> Forge:
    """By what the pipeline's own variables say of it. UsageError, or EnvironmentLacks where there is no token."""
    for platform, variable in PROJECTS.items():
        if platform == name:
            access = access_of(platform, environment)
            if not access.token:
                raise EnvironmentLacks(f"there is no token: {access.lacks}", hint="`--dry-run` needs one, too, to read")
            return forge_of(
                platform,
                Target(
                    api=access.api, token=access.token, project=project or environment.get(variable, ""),
                    number=number, own_login=login,
                ),
            )  # fmt: skip
    raise UsageError(f"nothing can be posted to `{name}`", hint="github or gitlab")


def forge_of(platform: Platform, target: Target) -> Forge:
    pace = Pace(clock=monotonic, sleep=sleep, chance=jitter)
    if platform == "github":
        from swe_agent.bot.github import GitHub

        return GitHub(target, pace)
    from swe_agent.bot.gitlab import GitLab

    return GitLab(target, pace)


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
    own = exchange.anew(review, change.reviewed.line)
    beyond = tuple((one, f"beyond the first {COMMENTS}") for one in own.told[COMMENTS:])
    return replace(own, base=change.compared.base, told=own.told[:COMMENTS], folded=(*beyond, *own.folded))


def tell(delivered: Delivered, *, json: bool, console: Console) -> None:
    """As one line of JSON on stdout, or in words."""
    found, done, dry_run = delivered.plan, delivered.done, delivered.dry_run
    if json:
        jsonl.print_object(
            "Posted",
            platform=delivered.platform,
            pull=delivered.pull,
            head=found.head,
            dry_run=dry_run,
            comments=len(found.comments) if dry_run else done.comments,
            resolved=len(found.resolved) if dry_run else done.resolved,
            reopened=len(found.reopened) if dry_run else done.reopened,
            annotations=len(found.annotations) if dry_run else done.annotations,
            summary=done.summary,
            calls=done.calls,
            placement=explained(found),
            troubles=[*done.troubles, *(why for _, why in done.refused)],
        )
        return
    for row in explained(found):
        console.print(line(row))
    count = f"{len(found.comments)} new, {len(found.kept)} as before, {len(found.resolved)} resolved"
    if found.reopened:
        count += f", {len(found.reopened)} opened again"
    console.print(line(count + ("" if found.has_effect(delivered.posted.former) else ": nothing to write")))
    for trouble in (*done.troubles, *(f"{one.path}: {why}" for one, why in done.refused)):
        talk_console().print(safe(trouble, "yellow"))
    if dry_run:
        console.print(safe(found.summary))

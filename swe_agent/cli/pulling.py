"""The pull request that `review --pull` names: which it is, what its platform says of it, and its commits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from swe_agent.bot.access import PROJECTS, Access, access_of, path_below, platform_of
from swe_agent.bot.addresses import Platform, Project, project_of, pull_of
from swe_agent.bot.forge import Forge, Posted, Target
from swe_agent.cli.ci.posting import forge_of
from swe_agent.cli.looking import said_meanwhile
from swe_agent.core.errors import EnvironmentLacks, RepositoryError, TreeMoved, UsageError
from swe_agent.repo.fetching import Remote, fetch_commits, remotes
from swe_agent.repo.git import Git, find_checkout
from swe_agent.ui.console import line, talk_console

HINT = "such as `--pull 7`, or `--pull https://github.com/OWNER/NAME/pull/7`"
_REFS: Mapping[Platform, str] = {"github": "refs/pull/{}/head", "gitlab": "refs/merge-requests/{}/head"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """`path` is what its platform calls the project. `project` is where it lies, as far as an address or a remote told;
    `is_typed`: by an address, so that it may be another than this repository's own."""

    platform: Platform
    number: int
    path: str
    access: Access
    project: Project | None = None
    is_typed: bool = False

    @property
    def called(self) -> str:
        return f"{'pull' if self.platform == 'github' else 'merge'} request {self.number}"

    def to_read(self) -> Forge:
        """With a token, if there is one."""
        return forge_of(
            self.platform,
            Target(api=self.access.api, token=self.access.token, project=self.path, number=self.number),
        )

    def to_post(self) -> Forge:
        """EnvironmentLacks where there is no token."""
        if not self.access.token:
            raise EnvironmentLacks(f"there is no token: {self.access.lacks}", hint=self.access.hint or "set it")
        return self.to_read()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """Its commits are here. `base` is where the branches parted."""

    pull: Pull
    posted: Posted
    base: str


def number_of(typed: str) -> int:
    """UsageError for what is neither a number nor an address."""
    address = pull_of(typed)
    if address is None and not re.fullmatch(r"[1-9][0-9]{0,9}", typed):
        raise UsageError(f"`--pull {typed}` is neither a number nor an address", hint=HINT)
    return address.number if address else int(typed)


def pull_named(typed: str, platform: str, git: Git) -> Pull:
    """By its address, else by its number and what the variables of the pipeline say, else a remote. `platform` is empty
    if none was typed."""
    find_checkout(git)  # says it, where this is no repository
    number, address = number_of(typed), pull_of(typed)
    if address is None:
        return _of_pipeline(number, platform, git.environment) or _of_remote(number, platform, git)
    if platform not in ("", address.platform):
        raise UsageError(f"{typed} is no address of {platform}'s", hint="leave `--platform` out")
    return _at(address.platform, number, address.project, git, is_typed=True)


def _of_pipeline(number: int, platform: str, environment: Mapping[str, str]) -> Pull | None:
    for one, variable in PROJECTS.items():
        if platform in ("", one) and (path := environment.get(variable)):
            return Pull(platform=one, number=number, path=path, access=access_of(one, environment))
    return None


def _of_remote(number: int, platform: str, git: Git) -> Pull:
    remote = _own(remotes(git))
    project = project_of(remote.url) if remote else None
    if project is None:
        raise UsageError("no remote says on which platform this project is", hint="name the pull request: " + HINT)
    known = platform_of(project.site, git.environment)
    for one in PROJECTS:
        if one == (platform or known):
            return _at(one, number, project, git, is_typed=False)
    raise UsageError(
        f"nobody says whether {project.site.name} is a GitHub or a GitLab",
        hint="`--platform github`, or `--platform gitlab`",
    )


def _at(platform: Platform, number: int, project: Project, git: Git, *, is_typed: bool) -> Pull:
    access = access_of(platform, git.environment, project.site)
    path = path_below(access.api, project) if platform == "gitlab" else project.path
    return Pull(platform=platform, number=number, path=path, access=access, project=project, is_typed=is_typed)


def _own(known: Sequence[Remote]) -> Remote | None:
    """`origin`, or the only one."""
    origin = next((one for one in known if one.name == "origin"), None)
    return origin or (known[0] if len(known) == 1 else None)


def pulled(pull: Pull, git: Git, *, json: bool) -> Pulled:
    """Read it, and fetch what is not here. TreeMoved where its head is another by now."""
    checkout = find_checkout(git)
    if not pull.access.token:
        why = f"there is no token ({pull.access.lacks}): {pull.called} is read as anybody may read it"
        ways = f"; {pull.access.hint}" if pull.access.hint else ""
        talk_console().print(line(f"{why}, and what was posted on it is not known{ways}", "yellow"))
    with said_meanwhile(f"fetching {pull.called}", json=json):
        posted = pull.to_read().read()
        source = _source(pull, remotes(git))
        branch = f"refs/heads/{posted.branch}" if posted.branch else "HEAD"
        refs = [_REFS[pull.platform].format(pull.number), branch]
        missing = fetch_commits(git, source, [posted.head, posted.base], refs)
    if posted.head in missing:
        raise TreeMoved(f"{pull.called} has another head than {posted.head[:12]} by now", hint="run it again")
    if missing:
        raise RepositoryError(
            f"{source} does not hand out {posted.base[:12]}, the base of {pull.called}",
            hint=f"`git fetch {source}` brings what there is; then the same again",
        )
    base = git.text("merge-base", posted.base, posted.head, check=False)
    if not base:
        raise RepositoryError(
            f"where {pull.called} has parted from {posted.branch or 'its base'} is not here"
            + (": this clone is shallow" if checkout.shallow else ""),
            hint=f"`git fetch --unshallow {source}` brings it" if checkout.shallow else "have they a commit in common?",
        )
    return Pulled(pull=pull, posted=posted, base=base)


def _source(pull: Pull, known: Sequence[Remote]) -> str:
    """The remote of that very project; else the address that was typed, or this repository's own remote."""
    for one in known:
        there = project_of(one.url)
        if there is None:
            continue
        if there.is_same(pull.project) if pull.project else there.path.casefold() == pull.path.casefold():
            return one.name
    if pull.is_typed and pull.project:
        return pull.project.clone
    own = _own(known)
    if own is None:
        raise RepositoryError("there is no remote to fetch from", hint="`git remote add origin URL`")
    return own.name

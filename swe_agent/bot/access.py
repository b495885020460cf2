"""Which token goes to which address. Pure.

A token is meant for one host: that of the address beside it in the environment, or the platform's own where there is
none. It goes to no other, whatever a remote or a person names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swe_agent.bot.addresses import Platform, Project, Site, site_of

GITHUB = Site("https", "github.com")
GITHUB_API = "https://api.github.com"
GITLAB_SERVER = "https://gitlab.com"
PROJECTS: Mapping[Platform, str] = {"github": "GITHUB_REPOSITORY", "gitlab": "CI_PROJECT_ID"}
"""Variables of pipelines that name the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a platform is asked. Without a token, `lacks` says why, and `hint` what to set."""

    api: str
    token: str = field(repr=False)
    lacks: str = ""
    hint: str = ""


def access_of(platform: Platform, environment: Mapping[str, str], site: Site | None = None) -> Access:
    """To where a project lies; to where the environment says that pipelines run, if `site` is None. UsageError for
    plain http to another machine that no variable names."""
    return (_github if platform == "github" else _gitlab)(environment, site)


def _github(environment: Mapping[str, str], site: Site | None) -> Access:
    api = environment.get("GITHUB_API_URL") or GITHUB_API
    home = _pages_of(api)
    if site is None or (home is not None and site.is_same(home)):
        token = environment.get("GITHUB_TOKEN") or environment.get("GH_TOKEN", "")
        return Access(api=api, token=token, lacks="" if token else "GITHUB_TOKEN is not set")
    named = _named(environment)
    api = _api_of(site.encrypted())
    if named is not None and site.is_same(named) and not site.is_same(GITHUB):
        token = environment.get("GH_ENTERPRISE_TOKEN") or environment.get("GITHUB_ENTERPRISE_TOKEN", "")
        if token:
            return Access(api=api if site.scheme else _api_of(named), token=token)
    own = f"GITHUB_API_URL={api} and its token as GITHUB_TOKEN"
    other = "" if site.is_same(GITHUB) else f", or GH_HOST={site.name} and its token as GH_ENTERPRISE_TOKEN"
    return Access(api=api, token="", lacks=f"no variable names one for {site.name}", hint=f"set {own}{other}")


def _gitlab(environment: Mapping[str, str], site: Site | None) -> Access:
    api = environment.get("CI_SERVER_URL") or GITLAB_SERVER
    home = site_of(api)
    if site is None or (home is not None and site.is_same(home[0])):
        token = environment.get("SWE_AGENT_GITLAB_TOKEN", "")
        return Access(api=api, token=token, lacks="" if token else "SWE_AGENT_GITLAB_TOKEN is not set")
    return Access(
        api=str(site.encrypted()),
        token="",
        lacks=f"no variable names one for {site.name}",
        hint=f"set CI_SERVER_URL={site} and its token as SWE_AGENT_GITLAB_TOKEN",
    )


def platform_of(site: Site, environment: Mapping[str, str]) -> Platform | None:
    """Where that is known of a host."""
    home = site_of(environment.get("CI_SERVER_URL") or GITLAB_SERVER)
    here = (GITHUB, _pages_of(environment.get("GITHUB_API_URL") or GITHUB_API), _named(environment))
    if any(one is not None and site.is_same(one) for one in here):
        return "github"
    there = (site_of(GITLAB_SERVER), home)
    return "gitlab" if any(one is not None and site.is_same(one[0]) for one in there) else None


def path_below(api: str, project: Project) -> str:
    """As GitLab calls it, which may lie below a path of its host: its pages then do, too."""
    home = site_of(api)
    below = home[1].removesuffix("api/v4").rstrip("/") if home and project.site.scheme else ""
    return project.path.removeprefix(f"{below}/") if below else project.path


def _pages_of(api: str) -> Site | None:
    """Where people see what an API is asked for: `github.com` for `https://api.github.com`."""
    home = site_of(api)
    if home is None:
        return None
    site = home[0]
    is_cloud = site.host == "api.github.com" or site.host.endswith(".ghe.com")
    return Site(site.scheme, site.host.removeprefix("api."), site.port) if is_cloud else site


def _api_of(site: Site) -> str:
    if site.is_same(GITHUB):
        return GITHUB_API
    return f"https://api.{site.name}" if site.host.endswith(".ghe.com") else f"{site}/api/v3"


def _named(environment: Mapping[str, str]) -> Site | None:
    """By the variable of GitHub's own `gh`, which holds a name alone."""
    named = site_of(f"https://{environment.get('GH_HOST', '')}")
    return named[0] if named else None

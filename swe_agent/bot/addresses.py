"""Addresses of pull requests and of projects, as people and git write them. Pure: no name is resolved, nothing asked.

What is no address in this narrow sense is None: a host has no signs but letters, digits, dots and dashes, and a path is
put together anew of its parts, so that nothing of what was typed travels on unread.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from swe_agent.core.errors import UsageError

Platform = Literal["github", "gitlab"]
_HOST = r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
_URL = re.compile(
    rf"(?P<scheme>[a-z+]+)://(?:[^/\s?#\\]*@)?{_HOST}(?::(?P<port>[0-9]{{1,5}}))?(?P<path>/[^\s?#]*)?(?:[?#]\S*)?",
    re.ASCII | re.IGNORECASE,
)
_LIKE_SCP = re.compile(rf"(?:[^@/\s:]+@)?{_HOST}:(?P<path>[^\s:]+)", re.ASCII | re.IGNORECASE)
_PART = re.compile(r"[A-Za-z0-9_.-]+")
_NUMBER = r"(?P<number>[1-9][0-9]{0,9})"
_PULLS: tuple[tuple[Platform, re.Pattern[str]], ...] = (
    ("gitlab", re.compile(rf"(?P<project>/.+?)/-/merge_requests/{_NUMBER}(?:/.*)?")),
    ("github", re.compile(rf"(?P<project>/[^/]+/[^/]+)/pull/{_NUMBER}(?:/.*)?")),
)
_SHELLS = ("ssh", "git+ssh", "ssh+git", "git")
"""Schemes that say nothing of where the pages are."""
_ONE_HOST = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
"""Where ssh listens at the port of the web."""
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Site:
    """A host, in lower case. `scheme` is empty, and `port` None, where the address was one of ssh: it does not tell at
    which port the pages are. `port` is None for the scheme's own, too."""

    scheme: Literal["https", "http", ""]
    host: str
    port: int | None = None

    def __str__(self) -> str:
        return f"{self.scheme or 'https'}://{self.name}"

    @property
    def name(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"

    def is_same(self, other: Site) -> bool:
        """Whether a token of the one may go to the other."""
        is_open = "" in (self.scheme, other.scheme)
        return self.host == other.host and (is_open or self._listens_at == other._listens_at)

    @property
    def _listens_at(self) -> int:
        return self.port or _PORTS.get(self.scheme, 0)

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    def encrypted(self) -> Site:
        """Itself. UsageError for plain http to another machine."""
        if self.scheme == "http" and not self.is_loopback:
            raise UsageError(
                f"{self} is not encrypted",
                hint=f"`https://{self.name}/…`, or name it in GITHUB_API_URL or CI_SERVER_URL",
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`path` is as `owner/name` or `group/sub/name`."""

    site: Site
    path: str

    @property
    def clone(self) -> str:
        """Where git finds it."""
        return f"{self.site}/{self.path}.git"

    def is_same(self, other: Project) -> bool:
        return self.site.is_same(other.site) and self.path.casefold() == other.path.casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullAddress:
    platform: Platform
    project: Project
    number: int


def site_of(address: str) -> tuple[Site, str] | None:
    """The site of an address of the web and the path below it, without a `/` at its ends."""
    found = _URL.fullmatch(address)
    if found is None or found["scheme"].lower() not in _PORTS:
        return None
    scheme: Literal["https", "http"] = "https" if found["scheme"].lower() == "https" else "http"
    port = int(found["port"] or _PORTS[scheme])
    if not 0 < port < 2**16:
        return None
    site = Site(scheme, _host(found), None if port == _PORTS[scheme] else port)
    return site, (found["path"] or "").strip("/")


def project_of(url: str) -> Project | None:
    """Of a remote, as git takes it."""
    web = site_of(url)
    if web is not None:
        site, path = web
    else:
        found = (_URL if "://" in url else _LIKE_SCP).fullmatch(url)
        is_shell = found is not None and found.groupdict().get("scheme", "ssh").lower() in _SHELLS
        if found is None or not is_shell or len(found["host"]) == 1:  # `C:/x` is a drive
            return None
        site, path = Site("", _host(found)), found["path"] or ""
    path = _plain(path)
    return Project(site=site, path=path) if path else None


def pull_of(address: str) -> PullAddress | None:
    """`https://HOST/OWNER/NAME/pull/7` or `https://HOST/GROUP/NAME/-/merge_requests/7`, with whatever follows."""
    web = site_of(address)
    if web is None:
        return None
    site, path = web
    for platform, shape in _PULLS:
        found = shape.fullmatch(f"/{path}")
        if found and (project := _plain(found["project"])):
            return PullAddress(platform=platform, project=Project(site=site, path=project), number=int(found["number"]))
    return None


def _host(found: re.Match[str]) -> str:
    host = found["host"].lower()
    return _ONE_HOST.get(host, host)


def _plain(path: str) -> str:
    """Empty for what is no path of a project."""
    parts = path.strip("/").removesuffix(".git").split("/")
    fits = len(parts) > 1 and all(_PART.fullmatch(part) and part not in (".", "..") for part in parts)
    return "/".join(parts) if fits else ""

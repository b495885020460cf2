"""However an address is written, it names the same project; and nothing that is typed makes another host of it."""

from __future__ import annotations

import string

from hypothesis import example, given
from hypothesis import strategies as st

from swe_agent.bot.access import access_of, platform_of
from swe_agent.bot.addresses import Project, PullAddress, Site, project_of, pull_of, site_of

LETTERS = string.ascii_letters + string.digits
words = st.text(LETTERS + "_-.", min_size=1, max_size=8).filter(
    lambda word: word not in (".", "..") and not word.endswith(".git") and word != "-"
)
hosts = st.lists(st.text(LETTERS.lower(), min_size=2, max_size=6), min_size=1, max_size=3).map(".".join)
ports = st.none() | st.integers(1, 65_535)
users = st.sampled_from(["", "git@", "me:secret@", "gitlab-ci-token:x@"])
ends = st.sampled_from(["", "/", ".git", ".git/"])
paths = st.lists(words, min_size=2, max_size=4).map("/".join)


def with_port(port: int | None) -> str:
    return "" if port is None else f":{port}"


@given(st.sampled_from(["https", "http", "HTTPS"]), users, hosts, ports, paths, ends)
def test_remotes_of_the_web(scheme: str, user: str, host: str, port: int | None, path: str, end: str) -> None:
    own = {"https": 443, "http": 80}[scheme.lower()]
    site = Site(scheme.lower(), host, None if port == own else port)  # type: ignore[arg-type]  # one of the two
    assert project_of(f"{scheme}://{user}{host}{with_port(port)}/{path}{end}") == Project(site=site, path=path)


@given(st.sampled_from(["ssh", "git", "git+ssh"]), users, hosts, ports, paths, ends)
def test_remotes_of_shells(scheme: str, user: str, host: str, port: int | None, path: str, end: str) -> None:
    expected = Project(site=Site("", host), path=path)
    assert project_of(f"{scheme}://{user}{host}{with_port(port)}/{path}{end}") == expected
    person = user.split(":")[0].removesuffix("@")
    assert project_of(f"{person}{'@' if person else ''}{host}:{path}{end}") == expected


FOLLOWS = st.sampled_from(["", "/", "/files", "/commits/abc", "/diffs?view=inline", "?w=1", "#note_12", "/files#r1"])


@given(hosts, ports, words, words, st.integers(1, 2_000_000), FOLLOWS)
def test_pull_requests(host: str, port: int | None, owner: str, name: str, number: int, follows: str) -> None:
    site = Site("https", host, None if port == 443 else port)
    found = pull_of(f"https://{host}{with_port(port)}/{owner}/{name}/pull/{number}{follows}")
    project = Project(site=site, path=f"{owner}/{name}")
    assert found == PullAddress(platform="github", project=project, number=number)


@given(hosts, paths, st.integers(1, 2_000_000), FOLLOWS)
def test_merge_requests(host: str, path: str, number: int, follows: str) -> None:
    project = Project(site=Site("https", host), path=path)
    expected = PullAddress(platform="gitlab", project=project, number=number)
    assert pull_of(f"https://{host}/{path}/-/merge_requests/{number}{follows}") == expected


PIECES = [
    *"abz019.:/@-?#[]\\% ", "\n", "\t", "\0", "\xe9", "\u212a", "\u017f", "https://", "git@", "/pull/7", "github.com",
    "/-/merge_requests/3", ".git", "../",
]  # fmt: skip
near = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@given(near | st.text(max_size=20))
@example("https://github.com\\@evil.example/o/n/pull/7")
@example("https://github.com?@evil.example/o/n/pull/7")
@example("https://evil.example#@github.com/o/n/pull/7")
@example("https://gıthub.com/o/n/pull/7")  # noqa: RUF001  # a letter that only looks like one
@example("https://github.com/o/../n/pull/7")
@example("https://github.com:0/o/n/pull/7")
@example("https://github.com:99999/o/n/pull/7")
@example("ext::sh -c x")
@example("C:/repos/n")
@example("/srv/o/n.git")
@example("file:///srv/o/n.git")
def test_whatever_else_is_typed_is_read_whole_or_not_at_all(text: str) -> None:
    """What comes out is made of plain signs, and names the host that browsers and git would go to."""
    project, pull = project_of(text), pull_of(text)
    for found in (project, pull.project if pull else None):
        if found is None:
            continue
        assert found.site.host.isascii()
        assert set(found.site.host) <= set(LETTERS.lower() + ".-[]:")
        assert set(found.path) <= set(LETTERS + "_-./")
        assert not {".", "..", ""} & set(found.path.split("/"))
        assert found.site.host in text.lower() or found.site.host in ("github.com", "gitlab.com")


def test_what_is_no_address() -> None:
    wrong = [
        "https://github.com\\@evil.example/o/n/pull/7", "https://evil.example#@github.com/o/n/pull/7",
        "https://github.com/o/n", "https://github.com/o/n/pull/0", "https://github.com/o/n/pulls", "7",
        "https://github.com/o/../n/pull/7", "git@github.com:o/n/pull/7", "https://github.com/pull/7",
        "https://gitlab.com/n/-/merge_requests/7", "https://github.com/o/n/pull/7x",
    ]  # fmt: skip
    assert [text for text in wrong if pull_of(text)] == []
    local = ["/srv/o/n.git", "../o/n", "file:///srv/o/n.git", "ext::sh -c x", "C:/o/n", "host", "git@host:n.git"]
    assert [text for text in local if project_of(text)] == []


def test_hosts_that_have_two_names() -> None:
    assert project_of("ssh://git@ssh.github.com:443/o/n.git") == Project(site=Site("", "github.com"), path="o/n")
    assert project_of("ssh://git@altssh.gitlab.com:443/g/s/n") == Project(site=Site("", "gitlab.com"), path="g/s/n")


# ---- tokens

TOKENS = {"GITHUB_TOKEN": "hub", "GH_ENTERPRISE_TOKEN": "own", "SWE_AGENT_GITLAB_TOKEN": "lab"}
sites = st.builds(Site, st.sampled_from(["https", "https", ""]), hosts, st.none())
optional = st.none() | hosts


@given(sites | st.just(Site("https", "github.com")) | st.just(Site("", "gitlab.com")), optional, optional, optional)
def test_a_token_goes_to_the_host_that_it_is_for(
    site: Site, api: str | None, enterprise: str | None, server: str | None
) -> None:
    """Wherever the project lies, and whatever is set."""
    environment = {**TOKENS}
    environment |= {"GITHUB_API_URL": f"https://{api}/api/v3"} if api else {}
    environment |= {"GH_HOST": enterprise} if enterprise else {}
    environment |= {"CI_SERVER_URL": f"https://{server}"} if server else {}
    meant = {"hub": api or "api.github.com", "own": enterprise, "lab": server or "gitlab.com"}
    for platform in ("github", "gitlab"):
        access = access_of(platform, environment, site)
        to = site_of(access.api)
        assert to is not None
        assert bool(access.token) != bool(access.lacks)
        if access.token:
            assert to[0].host in (meant[access.token], f"api.{meant[access.token]}")
        else:
            assert to[0].host in (site.host, f"api.{site.host}")
            assert access.hint


def test_platforms_are_known_by_their_hosts() -> None:
    environment = {
        "GITHUB_API_URL": "https://code.example/api/v3", "GH_HOST": "other.example", "CI_SERVER_URL": "https://lab.example"
    }  # fmt: skip
    known = [platform_of(Site("", host), environment) for host in
             ("github.com", "code.example", "other.example", "gitlab.com", "lab.example", "x.example")]  # fmt: skip
    assert known == ["github", "github", "github", "gitlab", "gitlab", None]
    cloud = {"GITHUB_API_URL": "https://api.shop.ghe.com", "GITHUB_TOKEN": "hub"}
    assert platform_of(Site("https", "shop.ghe.com"), cloud) == "github"
    assert access_of("github", cloud, Site("https", "shop.ghe.com")).token == "hub"

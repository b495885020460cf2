"""Notes to and from other repositories: fetched beside ours and taken up by union, pushed without force."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from swe_agent.core.errors import RepositoryError
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.notes import Written, take_up
from swe_agent.repo import notes
from swe_agent.repo.git import GitFailed

TRIES = 5
"""Of a push: others may push at the same time."""
_BESIDE = "refs/swe-agent/fetched/"
_KEPT = timedelta(days=1)
"""Of what a fetch has left that was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """`url` is for people: without a password."""

    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What a push sends: `first` where the remote has no notes yet, `same` where it has all of them."""

    remote: Remote
    tip: str
    blocks: int
    lines: int
    commits: int
    first: bool
    same: bool


def remote_of(kit: Kit, typed: str) -> Remote:
    """The remote that was named, or the one that a push goes to. RepositoryError where there is none."""
    git = kit.place.git
    known = git.text("remote").split()
    name = typed or git.text("config", "--get", "remote.pushDefault", check=False)
    if not name and known:
        name = known[0] if len(known) == 1 else "origin" if "origin" in known else ""
    if not name or name.startswith("-"):
        raise RepositoryError(
            f"there is no remote {name}".rstrip() if not known else f"which remote? There are {', '.join(known)}",
            hint="name one with `--remote`; without any, `swe-agent stats notes export --output FILE` makes a file",
        )
    url = git.text("remote", "get-url", "--push", "--", name, check=False) if name in known else name
    return Remote(name=name, url=_without_password(url))


def fetch(kit: Kit, remote: Remote) -> Written:
    """Take up the remote's notes. RepositoryError where it has none or cannot be reached."""
    tip = _tip_there(kit, remote)
    if not tip:
        raise RepositoryError(
            f"{remote.name} has no notes of swe-agent ({notes.REF})",
            hint="`swe-agent stats notes push` brings them there, from the machine where they are",
        )
    return _fetched(kit, remote, tip)


def going(kit: Kit, remote: Remote) -> Going:
    """What a push would send now, besides what the remote has. Nothing is sent."""
    there, tip = _tip_there(kit, remote), notes.tip_of(kit.place.git)
    if not tip:
        raise RepositoryError(
            "there are no notes to push", hint="accepted work is recorded first; `swe-agent stats notes write` then"
        )
    known = there if there and _is_here(kit, there) else ""
    before = set(notes.tree_of(kit.place.git, known))
    tree = notes.tree_of(kit.place.git, tip)
    held = notes.read_notes(kit.place.git, tip).evidence
    return Going(
        remote=remote,
        tip=tip,
        blocks=sum(len(evidence.blocks) for evidence in held),
        lines=sum(block.lines for evidence in held for block in evidence.blocks),
        commits=sum(notes.is_note(name) for name in tree.keys() - before),
        first=not there,
        same=there == tip,
    )


def push(kit: Kit, remote: Remote) -> Written:
    """Take up what the remote has, and bring it what it does not have. Never by force."""
    written = Written(tip=notes.tip_of(kit.place.git))
    refused: RepositoryError | None = None
    for _ in range(TRIES):
        if there := _tip_there(kit, remote):
            written = _fetched(kit, remote, there)
        tip = notes.tip_of(kit.place.git)
        if there == tip:
            return written
        try:
            kit.place.git.over_network("push", "--quiet", "--", remote.name, f"{tip}:{notes.REF}")
        except GitFailed as error:
            refused = _explained(error, remote)
            if not _MEANWHILE.search(error.stderr):
                raise refused from error
        else:
            return written
    assert refused is not None
    raise refused


_MEANWHILE = re.compile(r"fetch first|non-fast-forward|cannot lock ref|failed to update ref|stale info")


def _tip_there(kit: Kit, remote: Remote) -> str:
    try:
        said = kit.place.git.over_network("ls-remote", "--quiet", "--", remote.name, notes.REF)
    except GitFailed as error:
        raise _explained(error, remote) from error
    return said.split(b"\t")[0].decode("ascii") if b"\t" in said else ""


def _fetched(kit: Kit, remote: Remote, tip: str) -> Written:
    """By a ref of its own, which is gone afterwards: FETCH_HEAD and the user's refs are theirs."""
    git = kit.place.git
    if _is_here(kit, tip):
        return take_up(kit, [tip])
    beside = _BESIDE + kit.time.new_id()
    _clear(kit)
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--no-recurse-submodules")
    try:
        # In a partial clone all of the notes is wanted, and no other ref of the remote is moved along.
        git.over_network("fetch", *options, "--no-filter", "--refmap=", "--", remote.name, f"{notes.REF}:{beside}")
        return take_up(kit, [notes.tip_of(git, beside)])
    except GitFailed as error:
        raise _explained(error, remote) from error
    finally:
        git.run("update-ref", "-d", beside, check=False)


def _is_here(kit: Kit, tip: str) -> bool:
    return bool(kit.place.git.text("cat-file", "-t", tip, check=False))


def _clear(kit: Kit) -> None:
    """What fetches have left that were killed. Their names begin with the time."""
    old = f"{kit.time.clock() - _KEPT:%Y%m%d-%H%M%S}"
    for ref in kit.place.git.text("for-each-ref", "--format=%(refname)", _BESIDE).split():
        if ref.removeprefix(_BESIDE) < old:
            kit.place.git.run("update-ref", "-d", ref, check=False)


def _without_password(url: str) -> str:
    return re.sub(r"(?<=://)[^/@]*@", "", url)


_REASONS = (
    (
        r"Authentication failed|Permission denied|could not read (?:Username|Password)|access denied|error: 40[13]",
        "no rights to {}",
        "check your key or credential helper: `git ls-remote {}` must work",
    ),
    (
        r"hook declined|protected|prohibited|refusing to (?:create|update)",
        "{} does not take notes",
        "its rules must allow " + notes.REF + "; ask who runs it, or use `swe-agent stats notes export --output FILE`",
    ),
    (
        r"does not appear to be a git repository|[Rr]epository .*not found|returned error: 404|No such (?:remote|file)",
        "there is no repository at {}",
        "`git remote -v` shows where it is said to be",
    ),
    (
        r"resolve host|[Cc]onnection|timed out|unreachable|[Cc]ould not connect|Couldn't connect",
        "{} cannot be reached",
        "is there a network? `git ls-remote {}` tries it too",
    ),
)
"""By what git says: what it means, and what can be done."""


def _explained(error: GitFailed, remote: Remote) -> RepositoryError:
    said = next((line for line in error.stderr.split("\n") if line.strip()), str(error))
    said = _without_password(said.removeprefix("fatal: ").removeprefix("error: "))
    for shape, meaning, hint in _REASONS:
        if re.search(shape, error.stderr):
            named = f"{remote.name} ({remote.url})" if remote.url != remote.name else remote.url
            return RepositoryError(f"{meaning.format(named)}: {said}", hint=hint.format(remote.name))
    return RepositoryError(f"git failed at {remote.name}: {said}", hint=f"`git ls-remote {remote.name}` tries it too")

"""What git's hooks have noted, taken into the journal: which commits hold lines of a landing, and what stands in their
place since. Hints: whatever is missed here, lines are found by what they hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from swe_agent.core import added, landed
from swe_agent.core.committed import CommitSeen, Rewritten
from swe_agent.core.errors import RepositoryError
from swe_agent.core.event import Event, JournalBody, LandingIntended, Recorded
from swe_agent.jobs.kit import Kit
from swe_agent.repo.git import Git
from swe_agent.store.lines import locked

MOST = 300
"""Commits that are looked at; more than that is a history that was moved."""
MOST_PATHS = 1_000
LEAST = 3
"""Lines of a landing that say that a commit holds some of it, where that is less than half."""
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HALF_WRITTEN_S = 60.0


@dataclass(slots=True)
class _Noted:
    commits: dict[str, None] = field(default_factory=dict)
    ranges: list[tuple[str, str]] = field(default_factory=list)
    """From a commit that was there to one that came by a merge."""
    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    """Old, new, and how."""


def drain(kit: Kit) -> None:
    """Take in what was noted, and take it away. Whatever git objects to is left out; another process that is at it has
    it all."""
    paths = kit.place.paths
    if not _paths(paths.spool):
        return
    with locked(paths.spool.with_suffix(".lock"), wait=False) as ours, suppress(OSError, RepositoryError):
        if ours:
            files = list(_files(paths.spool, kit.time.clock().timestamp()))
            rows = list(_seen(kit, _noted(text for _, text in files)))
            if rows:
                kit.books.journal.append_all(rows)
            for path, _ in files:
                path.unlink(missing_ok=True)


def _paths(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _files(folder: Path, now: float) -> Iterator[tuple[Path, str]]:
    """Oldest first. One that a hook has not finished waits for the next time."""
    found = []
    for path in _paths(folder):
        with suppress(OSError):
            found.append((path.stat().st_mtime, path, path.read_text("utf-8", "replace")))
    for at, path, text in sorted(found):
        if text.endswith("\n") or now - at > _HALF_WRITTEN_S:
            yield path, text


def _noted(texts: Iterable[str]) -> _Noted:
    noted = _Noted()
    for text in texts:
        first, *rows = text.split("\n")
        words = first.split()
        ids = [word for word in words if _ID.fullmatch(word)]
        if words[:1] == ["commit"] and ids:
            noted.commits[ids[0]] = None
        elif words[:1] == ["merge"] and ids:
            noted.commits[ids[0]] = None
            noted.ranges += [(ids[1], ids[0])] if len(ids) > 1 else []
        elif words[:1] == ["rewrite"] and len(words) > 1:
            pairs = [row.split()[:2] for row in rows if len(row.split()) > 1]
            noted.pairs += [(old, new, words[1]) for old, new in pairs if _ID.fullmatch(old) and _ID.fullmatch(new)]
    noted.commits |= dict.fromkeys(new for _, new, _ in noted.pairs)
    return noted


def _seen(kit: Kit, noted: _Noted) -> Iterator[tuple[str, JournalBody]]:
    events = [event for event, _ in kit.books.journal.of(LandingIntended, Recorded, CommitSeen, Rewritten).events]
    job_of = {event.body.landing.id: event.job for event in events if isinstance(event.body, LandingIntended)}
    lines = {name: rows for name, rows in _landed(kit.place.paths.uncommitted) if name in job_of}
    known = {(body.commit, body.landing) for event in events if isinstance(body := event.body, Recorded | CommitSeen)}
    for commit, patch in _patches(kit.place.git, noted, {path for rows in lines.values() for path, _ in rows}):
        here = landed.signs(added.read(patch))
        for landing, rows in lines.items():
            found = len(here & rows)
            if found >= min(LEAST, (len(rows) + 1) // 2) and (commit, landing) not in known:
                known.add((commit, landing))
                yield job_of[landing], CommitSeen(commit=commit, landing=landing, lines=found, of=len(rows))
    told = {(body.old, body.new) for event in events if isinstance(body := event.body, Rewritten)}
    for old, new, how in noted.pairs:
        for landing in sorted(landing for commit, landing in known if commit == old and landing in job_of):
            if (old, new) not in told:
                known.add((new, landing))
                yield job_of[landing], Rewritten(old=old, new=new, how=how, landing=landing)


def _landed(folder: Path) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    for path in _paths(folder):
        with suppress(OSError):
            _, rows = landed.read(path.read_text("utf-8", "surrogateescape"))
            if rows:
                yield path.name, rows


def _patches(git: Git, noted: _Noted, paths: set[str]) -> Iterator[tuple[str, bytes]]:
    """Of the commits that change these files, what each brings, oldest first."""
    if not paths or len(paths) > MOST_PATHS:
        return
    within = ("--", *sorted(paths))
    commits = dict(noted.commits)
    for old, new in noted.ranges:
        said = git.text("--literal-pathspecs", "rev-list", f"--max-count={MOST}", f"{old}..{new}", *within, check=False)
        commits |= dict.fromkeys(reversed(said.split()))
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    rows = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", data=asked).decode("ascii", "replace")
    kinds = (row.split() for row in rows.splitlines())
    there = [words[0] for words in kinds if words[-1] == "commit"][-MOST:]
    if there:
        form = ("--no-walk=unsorted", "-p", "--cc", "--no-show-signature", "--format=%x00%H", *added.DIFF)
        said_ = git.run("--literal-pathspecs", "log", *form, *there, *within)
        for part in said_.split(b"\0")[1:]:
            commit, _, patch = part.partition(b"\n")
            yield commit.decode(), patch


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A commit that holds `lines` of the `of` lines of a landing; both 0 where all of it is there."""

    commit: str
    lines: int
    of: int


def holding(events: Sequence[Event]) -> Mapping[str, Sequence[Held]]:
    """By landing, the commits that hold its lines, as far as hooks have told: what was rewritten stands no more."""
    found: dict[str, dict[str, Held]] = {}
    for event in events:
        body = event.body
        if isinstance(body, Recorded) and body.commit:
            found.setdefault(body.landing, {})[body.commit] = Held(commit=body.commit, lines=0, of=0)
        elif isinstance(body, CommitSeen):
            found.setdefault(body.landing, {})[body.commit] = Held(commit=body.commit, lines=body.lines, of=body.of)
        elif isinstance(body, Rewritten) and (held := found.get(body.landing, {}).pop(body.old, None)):
            found[body.landing].setdefault(body.new, Held(commit=body.new, lines=held.lines, of=held.of))
    return {landing: list(by_commit.values()) for landing, by_commit in found.items()}

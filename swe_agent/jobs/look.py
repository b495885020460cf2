"""Looking into a repository without a job: the index of its work tree or of a commit, fresh each time it is opened."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from swe_agent.core.beside import begun
from swe_agent.index.complete import Completed, Kept, complete, kept
from swe_agent.index.history import History, Pack, pack
from swe_agent.index.index import Index, build
from swe_agent.index.pool import Pool
from swe_agent.index.segment import BadSegment
from swe_agent.index.store import Store
from swe_agent.repo.commits import commit_of, near_ancestors, past_commits
from swe_agent.repo.git import Git
from swe_agent.repo.listing import Listing, list_revision, list_work_tree

if TYPE_CHECKING:
    from swe_agent.jobs.kit import Kit

COMMITS = 4_000
"""How far history is read back."""
MAX_PACKS = 6
"""Then the past is read as a whole again."""
KEPT_TEXTS = 64_000_000
"""Bytes of files that are kept in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """`top` is None for a bare one, of which only commits can be looked at."""

    git: Git
    top: Path | None


def open_index(
    repository: Repository, revision: str, store: Store, *, workers: int | None = None, ranking: bool = False
) -> Index:
    """Of a commit, or with "" of the work tree with all that is not committed. RepositoryError where there is none.

    With `ranking` it is known that a task comes, so history is read beside the rest and not when it is asked for.
    """
    git = repository.git
    own = Store(directory=store.directory, today=store.today)  # each thread with a connection of its own
    past: Callable[[], History | None] = partial(history_of, git, revision or "HEAD", own)
    if ranking:
        past = begun(past)
    listing = list_files(repository, revision)
    texts = Texts(listing)
    index = build(listing.files, texts.read, store=store, workers=workers)
    return replace(index, past=past)


def complete_index(repository: Repository, store: Store) -> Completed:
    """Every file of the work tree parsed, without anything else being read."""
    with Pool("outline") as pool:
        listing = list_files(repository)
        return complete(listing.files, Texts(listing).read, store, pool)


def kept_of(repository: Repository, store: Store) -> Kept:
    return kept(list_files(repository).files, store)


def list_files(repository: Repository, revision: str = "") -> Listing:
    git, top = repository.git, repository.top
    return list_revision(git, revision or "HEAD") if revision or top is None else list_work_tree(git, top)


class Texts:
    """Files of a listing, each read once while there is room."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._files = {file.path: file for file in listing.files}
        self._kept: dict[str, bytes] = {}
        self._size = 0

    @property
    def paths(self) -> Collection[str]:
        return self._files.keys()

    def read(self, paths: Sequence[str]) -> list[bytes]:
        lacking = [path for path in dict.fromkeys(paths) if path not in self._kept]
        found = dict(zip(lacking, self._listing.read([self._files[path] for path in lacking]), strict=True))
        for path, data in found.items():
            if self._size + len(data) <= KEPT_TEXTS:
                self._size += len(data)
                self._kept[path] = data
        return [self._kept[path] if path in self._kept else found[path] for path in paths]


def store_of(kit: Kit) -> Store:
    return Store(directory=kit.place.paths.index, today=kit.time.clock().toordinal())


def history_of(git: Git, revision: str, store: Store) -> History | None:
    """The past of a commit: what the store has of it, and the commits that came since. None where there is none."""
    head = commit_of(git, revision)
    if head is None:
        return None
    packs = _kept(store, head)
    if packs:
        return History(packs=[pack for _, pack in packs])
    if git.lacks_objects:
        return None
    packs = next((found for id_ in near_ancestors(git, head) if (found := _kept(store, id_))), [])
    if len(packs) >= MAX_PACKS:
        packs = []
    base = packs[0][0] if packs else ""
    data = pack(past_commits(git, head, most=COMMITS, since=base), base)
    store.keep_history(head, data)
    return History(packs=[Pack.of(data), *(pack for _, pack in packs)])


def _kept(store: Store, id_: str) -> list[tuple[str, Pack]]:
    """A pack and those that it continues, each with its commit; empty where one of them is missing or damaged."""
    found: list[tuple[str, Pack]] = []
    while id_:
        data = store.history(id_)
        if data is None or len(found) > MAX_PACKS:
            return []
        try:
            found.append((id_, Pack.of(data)))
        except (ValueError, KeyError, BadSegment):
            return []
        id_ = found[-1][1].base
    return found

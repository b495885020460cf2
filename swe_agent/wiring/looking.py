"""The index of a repository, for who asks without a job."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import get_ident

from swe_agent.config.places import cache_home, process_environment
from swe_agent.core.errors import UsageError
from swe_agent.index.complete import Completed, Kept
from swe_agent.index.index import Index
from swe_agent.index.store import Store
from swe_agent.jobs import look
from swe_agent.repo.git import Git, find_checkout
from swe_agent.wiring.chance import clock


def open_index(directory: Path, revision: str = "", cache: Path | None = None, *, ranking: bool = False) -> Index:
    """The index of the work tree around `directory` with all that is not committed, or of a commit of the repository,
    which may be bare. `cache` is where it is kept instead of in the user's cache directory; `ranking` says that a task
    will be ranked, and has history read meanwhile.

    RepositoryError where there is no repository or no such commit.
    """
    return look.open_index(_repository(directory), revision, index_store(cache), ranking=ranking)


def complete_index(directory: Path) -> Completed:
    return look.complete_index(_repository(directory), index_store())


def kept_of(directory: Path) -> Kept:
    return look.kept_of(_repository(directory), index_store())


def _repository(directory: Path) -> look.Repository:
    environment = process_environment()
    git = Git(directory.resolve(), environment)
    top = top_of(directory)
    return look.Repository(git=Git(top, environment) if top else git, top=top)


def top_of(directory: Path) -> Path | None:
    """The top of the work tree around a directory; None for a bare repository."""
    if not directory.is_dir():
        raise UsageError(f"there is no folder {directory}", hint="check what follows `-C`")
    git = Git(directory.resolve(), process_environment())
    top = git.text("rev-parse", "--show-toplevel", check=False)
    if top:
        return Path(top)
    if git.text("rev-parse", "--is-bare-repository", check=False) == "true":
        return None
    return find_checkout(git).top


def index_store(cache: Path | None = None) -> Store:
    """The same for who looks again: what it has opened stays open. Of each thread its own, as its connection is."""
    directory = cache or cache_home(process_environment()) / "index"
    return _store(directory, clock().toordinal(), get_ident())


@lru_cache(maxsize=4)
def _store(directory: Path, today: int, _thread: int) -> Store:
    return Store(directory=directory, today=today)

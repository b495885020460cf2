"""A repository with its settings and books, and the Kit for a job in it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from swe_agent.config.places import cache_home, process_environment, state_home
from swe_agent.config.settings import Committed, Settings, load
from swe_agent.core.errors import ConfigError, RepositoryError, UsageError
from swe_agent.core.known_secrets import values_of
from swe_agent.core.task import RunOptions
from swe_agent.core.usage import Spent
from swe_agent.jobs.committed import drain
from swe_agent.jobs.kit import Books, Kit, Models, OpenModels, Place, Time, Tuning, Voices
from swe_agent.jobs.recover import recover
from swe_agent.metrics.fold import fold
from swe_agent.metrics.tallies import Tallies
from swe_agent.repo.git import Checkout, Git, find_checkout
from swe_agent.store.journal import Journal
from swe_agent.store.ledger import Ledger
from swe_agent.store.paths import RepoPaths
from swe_agent.wiring.chance import clock, new_id, new_key
from swe_agent.wiring.foreign import foreign_tools
from swe_agent.workspace.rules import Rules, SetUp

COMMITTED_FILE = ".swe-agent.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A repository with its settings, before anything is decided about a job."""

    place: Place
    settings: Settings
    books: Books


def open_settings(directory: Path, flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings that hold in a directory, which need not be a repository."""
    environment = process_environment()
    try:
        checkout = find_checkout(Git(directory, environment))
    except RepositoryError:
        return load(environment, flags=flags)
    return _settings(environment, checkout, flags)


def _settings(
    environment: Mapping[str, str],
    checkout: Checkout,
    flags: Mapping[str, Any] | None,
    committed: Committed | None = None,
) -> Settings:
    return load(
        environment,
        flags=flags,
        clone_file=checkout.common_dir / "swe-agent" / "config.toml",
        committed_file=checkout.top / COMMITTED_FILE,
        committed=committed,
    )


def _committed_at(git: Git, commit: str) -> Committed:
    """What the repository's own file says at a commit; nothing where it is not there."""
    text = git.run("cat-file", "blob", f"{commit}:{COMMITTED_FILE}", check=False).decode("utf-8", "replace")
    return Committed(f"{COMMITTED_FILE} of {commit[:12]}", text)


def open_repository(directory: Path, flags: Mapping[str, Any] | None = None, *, trusted: str = "") -> Opened:
    """Find the checkout, its settings and its books. RepositoryError where there is none. `trusted` is the commit whose
    settings hold, where those that lie in the folder came with what is to be judged by them."""
    environment = process_environment()
    if not directory.is_dir():
        raise UsageError(f"there is no folder {directory}", hint="check what follows `-C`")
    git = Git(directory.resolve(), environment)
    checkout = find_checkout(git)
    paths = _paths(checkout, environment)
    journal = Journal(paths.journal, clock)
    own = Git(checkout.top, environment)
    return Opened(
        place=Place(git=own, checkout=checkout, paths=paths, history=_history(own)),
        settings=_settings(environment, checkout, flags, _committed_at(own, trusted) if trusted else None),
        books=Books(journal=journal, ledger=Ledger(paths.ledger, paths.trajectories, journal, fold, Tallies())),
    )


def build_kit(opened: Opened, voices: Voices) -> Kit:
    """The parts for a job. Landings that a crash had left open are closed first, and noted; what git's hooks have
    noted is taken in."""
    settings = opened.settings
    _make_private(opened.place.paths.state)
    kit = Kit(
        place=opened.place,
        books=opened.books,
        time=Time(clock=clock, monotonic=time.monotonic, new_id=new_id, new_key=new_key),
        tuning=Tuning(
            test_seconds=settings["test.seconds"],
            context_tokens=settings["context.tokens"],
            context_tests=settings["context.tests"],
            repair_without=tuple(settings["repair.without"]),
            edit_format=settings["edit_format"],
            critic=settings["critic"],
            trailer=settings["land.trailer"],
            guarded="guard" in settings.roles,
            secrets=_secrets(settings.environment),
            sandbox=Rules(
                include=settings["sandbox.include"],
                image=settings["sandbox.image"],
                runtime=settings["sandbox.runtime"],
                memory_mib=settings["sandbox.memory_mib"],
                processes=settings["sandbox.processes"],
                written_mib=settings["sandbox.written_mib"],
            ),
            set_up=_set_up(settings, opened.place.paths),
        ),
        open_models=_models(settings, voices.progress),
        voices=voices,
        foreign=foreign_tools(settings),
    )
    recover(kit)
    drain(kit)
    return kit


def _models(settings: Settings, progress: Callable[[str], None]) -> OpenModels:
    """Most commands ask no model, and are not to wait for what asks one."""

    def opened(options: RunOptions, spent: Spent) -> Models:
        from swe_agent.wiring.models import open_models

        return open_models(settings, progress, options, spent)

    return opened


def _secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What the user's environment holds under a name that says so. Commands do not see it, but a file may hold it."""
    return values_of("\n".join(f"{name}={value}" for name, value in environment.items()))


def _set_up(settings: Settings, paths: RepoPaths) -> SetUp | None:
    if not settings["setup.command"]:
        return None
    if not settings["setup.products"]:
        raise ConfigError(
            "`setup.command` is set, and `setup.products` is not",
            hint='name the directories that the command makes: `products = [".venv"]`',
        )
    return SetUp(
        command=settings["setup.command"],
        products=settings["setup.products"],
        locks=settings["setup.locks"],
        hosts=settings["setup.hosts"],
        seconds=settings["setup.seconds"],
        store=paths.set_up,
    )


# ---- where things are kept


def _paths(checkout: Checkout, environment: Mapping[str, str]) -> RepoPaths:
    """Our folder in the git common directory; all of it in the state directory where that cannot be written."""
    home = checkout.common_dir / "swe-agent"
    identity = _identity(checkout.common_dir)
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        name = _repository_id(home / "id", identity)
    except OSError:
        name = "ro-" + sha256(identity.encode()).hexdigest()[:16]
        home = state_home(environment) / name / "home"
    return RepoPaths(home=home, state=state_home(environment) / name, cache=cache_home(environment))


def _make_private(state: Path) -> None:
    """Boxes and landings hold what the user's files hold. A folder that cannot be made is told by who needs it."""
    with suppress(OSError):
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        state.chmod(0o700)


def _identity(common_dir: Path) -> str:
    """What a repository is bound to: a copy or a move changes at least one of the three."""
    there = common_dir.stat()
    return json.dumps([os.fsdecode(os.fsencode(common_dir.resolve())), there.st_dev, there.st_ino])


def _repository_id(file: Path, identity: str) -> str:
    """The random id kept in the repository. One that was copied along with its repository is replaced."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+", encoding="utf-8", errors="surrogateescape") as known:
        fcntl.flock(known, fcntl.LOCK_EX)
        with suppress(ValueError, KeyError, TypeError):
            kept = json.loads(known.read())
            if kept["bound_to"] == identity:
                return str(kept["id"])
        name = secrets.token_hex(8)
        known.seek(0)
        known.truncate()
        known.write(json.dumps({"id": name, "bound_to": identity}))
        known.flush()
        os.fsync(known.fileno())
        return name


HISTORY_LINES = 8


def _history(git: Git) -> Callable[[Sequence[str]], tuple[str, ...]]:
    def history(paths: Sequence[str]) -> tuple[str, ...]:
        if git.lacks_objects:
            return ()
        from swe_agent.repo.objects import recent_changes

        return recent_changes(git.directory, paths, HISTORY_LINES)

    return history

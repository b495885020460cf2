"""Chooses implementations and builds the Kit. Clock, ids and randomness come from here, and nowhere else."""

from __future__ import annotations

import fcntl
import json
import os
import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from swe_agent import __version__
from swe_agent.config import Settings, cache_home, load, process_environment, state_home
from swe_agent.core.errors import ConfigError, EnvironmentLacks, RepositoryError, UsageError
from swe_agent.core.message import ModelRef
from swe_agent.core.ports import Model
from swe_agent.core.task import RunOptions
from swe_agent.core.usage import Limits, Spent
from swe_agent.index.index import Index
from swe_agent.index.store import Store
from swe_agent.jobs.kit import Books, Kit, OpenModel, Place, Time, Tuning, Voices
from swe_agent.jobs.land import recover
from swe_agent.jobs.look import Repository
from swe_agent.jobs.look import open_index as look
from swe_agent.llm.budget import Budget
from swe_agent.llm.failures import ApiKey
from swe_agent.llm.fallback import FirstAvailable
from swe_agent.llm.prices import Facts, key_variable, price_book
from swe_agent.llm.retry import Retrying
from swe_agent.llm.roles import RolesConfig, model_ref
from swe_agent.llm.router import route
from swe_agent.llm.throttle import Throttled
from swe_agent.llm.time_outs import TimeOuts
from swe_agent.llm.urls import is_local
from swe_agent.metrics.fold import fold
from swe_agent.repo.git import Checkout, Git, find_checkout
from swe_agent.repo.host import output_of
from swe_agent.store.journal import Journal
from swe_agent.store.ledger import Ledger
from swe_agent.store.paths import RepoPaths
from swe_agent.workspace.setup import SetUp
from swe_agent.workspace.workspace import Rules

COMMITTED_FILE = ".swe-agent.toml"


def clock() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """`20261124-143015-k3f9`: sorts by time, short enough to type the end of it."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{clock():%Y%m%d-%H%M%S}-{letters}"


def retrying(on_wait: Callable[[str], None]) -> Retrying:
    return Retrying(sleep=time.sleep, jitter=random.random, on_wait=on_wait)


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


def _settings(environment: Mapping[str, str], checkout: Checkout, flags: Mapping[str, Any] | None) -> Settings:
    return load(
        environment,
        flags=flags,
        clone_file=checkout.common_dir / "swe-agent" / "config.toml",
        committed_file=checkout.top / COMMITTED_FILE,
    )


def open_repository(directory: Path, flags: Mapping[str, Any] | None = None) -> Opened:
    """Find the checkout, its settings and its books. RepositoryError where there is none."""
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
        settings=_settings(environment, checkout, flags),
        books=Books(journal=journal, ledger=Ledger(paths.ledger, paths.trajectories, journal, fold)),
    )


def build_kit(opened: Opened, voices: Voices) -> tuple[Kit, tuple[str, ...]]:
    """The parts for a job, and what had to be put in order first: landings that a crash had left open."""
    settings = opened.settings
    _make_private(opened.place.paths.state)
    kit = Kit(
        place=opened.place,
        books=opened.books,
        time=Time(clock=clock, monotonic=time.monotonic, new_id=new_id),
        tuning=Tuning(
            test_seconds=settings["test.seconds"],
            context_tokens=settings["context.tokens"],
            sandbox=Rules(
                include=settings["sandbox.include"],
                memory_mib=settings["sandbox.memory_mib"],
                processes=settings["sandbox.processes"],
                written_mib=settings["sandbox.written_mib"],
            ),
            set_up=_set_up(settings, opened.place.paths),
        ),
        open_model=model_opener(settings, voices.progress),
        voices=voices,
    )
    return kit, recover(kit)


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


# ---- looking, without a job


def open_index(directory: Path, revision: str = "", cache: Path | None = None) -> Index:
    """The index of the work tree around `directory` with all that is not committed, or of a commit of the repository,
    which may be bare. `cache` is where it is kept instead of in the user's cache directory.

    RepositoryError where there is no repository or no such commit.
    """
    environment = process_environment()
    git = Git(directory.resolve(), environment)
    top = top_of(directory)
    repository = Repository(git=Git(top, environment) if top else git, top=top)
    return look(repository, revision, index_store(cache))


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
    directory = cache or cache_home(process_environment()) / "index"
    return Store(directory=directory, today=clock().toordinal())


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


# ---- models


def model_opener(settings: Settings, on_wait: Callable[[str], None]) -> OpenModel:
    def open_model(options: RunOptions, spent: Spent) -> Model:
        named = model_ref(options.model, options.base_url)
        others = tuple(model_ref(name, options.base_url) for name in settings["fallbacks"])
        budget = Budget(_left(options.limits, spent))
        models = [
            _throttled(ref, budget, settings, on_wait)
            for ref in route("editor", RolesConfig(default=named, fallbacks=others))
        ]
        return models[0] if len(models) == 1 else FirstAvailable(models, on_wait)

    return open_model


def _throttled(ref: ModelRef, budget: Budget, settings: Settings, on_wait: Callable[[str], None]) -> Model:
    facts = facts_of(ref, settings)
    ref = replace(ref, context_tokens=facts.context_tokens, max_output_tokens=facts.max_output_tokens)
    model = _door(ref, facts, settings, on_wait)
    budget.refuse_unpriced(model.price, ref.name)
    return Throttled(model, budget)


def facts_of(ref: ModelRef, settings: Settings) -> Facts:
    """Price and limits of a model: the user's figures over litellm's table."""
    return price_book(settings.prices).of(ref)


def _left(limits: Limits, spent: Spent) -> Limits:
    """What earlier processes of the job have spent counts. An unknown cost is caught by the price being unknown."""
    money, tokens = limits.nano_usd, limits.tokens
    if money is not None:
        money = max(0, money - (spent.cost.nano_usd or 0))
    if tokens is not None:
        tokens = max(0, tokens - spent.usage.total)
    return replace(limits, nano_usd=money, tokens=tokens)


def _door(ref: ModelRef, facts: Facts, settings: Settings, on_wait: Callable[[str], None]) -> Model:
    time_outs = TimeOuts(idle=settings["network.idle_seconds"])
    match ref.door:
        case "openai_http":
            from swe_agent.llm.openai_http import OpenAIHttpModel

            key = _key(ref, settings)
            return OpenAIHttpModel(ref, retrying=retrying(on_wait), price=facts.price, key=key, time_outs=time_outs)
        case "litellm":
            from swe_agent.llm.litellm_model import LiteLLMModel

            key = settings.provider_key(key_variable(ref))
            return LiteLLMModel(ref, retrying=retrying(on_wait), price=facts.price, key=key, time_outs=time_outs)
        case "recorded":
            from swe_agent.llm.recorded import RecordedModel

            return RecordedModel(_file(ref), price=facts.price)
        case "scripted":
            from swe_agent.llm.scripted import ScriptedModel

            return ScriptedModel.load(_file(ref), price=facts.price)


def _file(ref: ModelRef) -> Path:
    path = Path(ref.name.partition(":")[2])
    if not path.is_file():
        raise UsageError(f"there is no file {path}", hint=f"check what follows `{ref.name.partition(':')[0]}:`")
    return path


def _key(ref: ModelRef, settings: Settings) -> ApiKey:
    """Ours from the environment, else the variable of the provider whose server this is, else what the command prints
    that the user's own settings name."""
    key = settings.api_key
    if not key.value and not is_local(ref.base_url):
        own = settings.provider_key(key_variable(ref))
        # OPENAI_API_KEY is the guess for a server that nobody knows: a key is not sent on a guess.
        if own.value and (own.source != "OPENAI_API_KEY" or urlsplit(ref.base_url).hostname == "api.openai.com"):
            return own
    command = settings["key.command"]
    if key.value or not command:
        return key
    return ApiKey(value=output_of(command, settings.environment), source=f"the command `{command[0]}`")


def versions() -> str:
    """For the record of a job and for bug reports."""
    return f"swe-agent {__version__}"


def log_bug(error: BaseException, text: str) -> Path | None:
    """Write a traceback where the user can find it. None where nothing can be written."""
    folder = state_home(process_environment()) / "logs"
    path = folder / f"bug-{new_id()}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{versions()}\n{type(error).__name__}: {error}\n\n{text}", encoding="utf-8", errors="replace")
    except (OSError, EnvironmentLacks):
        return None
    return path

"""A setup step: a command of the user's choice that installs dependencies once, and what it made lent from then on.

It runs in a fresh workspace, under a policy that may let it reach named hosts. The directories it names are then moved
into a store, under a key made of all they depend on; a later workspace with the same key is lent them at the same
place, so that absolute paths in them stay true. A step that fails, or is killed, leaves nothing that is ever lent.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

from sandbox import environment, paths
from sandbox.box import Box, remove_tree
from sandbox.dependencies import Dependency
from sandbox.errors import PolicyError, SandboxError
from sandbox.policy import Policy
from sandbox.result import Result
from sandbox.workspace import Workspace

_PARTIAL = "partial-"
_INTERPRETERS = ("python3", "node", "ruby", "php")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`products` are the directories that the command makes, `locks` the files that decide what is in them; both
    relative to the tree. `interpreter` names what they are made for, such as `cpython-3.12.4` or `node-22.12.0`."""

    command: tuple[str, ...]
    products: tuple[str, ...]
    locks: tuple[str, ...]
    interpreter: str = ""
    mode: Literal["ro", "overlay"] = "ro"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The command's result, and what can be lent from now on: nothing where it failed."""

    result: Result
    dependencies: tuple[Dependency, ...]


def made_for() -> str:
    """Which interpreters a command of this machine would find, for `Step.interpreter`: what is installed for one is no
    use to another. By their files, for asking one for its version would start whatever PATH leads to."""
    path = ":".join(environment.search_path(Policy(), os.environ))
    found = (shutil.which(name, path=path) for name in _INTERPRETERS)
    real = [Path(one).resolve() for one in found if one is not None]
    return " ".join(f"{one}:{one.stat().st_size}:{one.stat().st_mtime_ns}" for one in real)


def key(box: Box, commit: str, step: Step) -> str:
    """Of the lock files' contents in `commit`, the command, its products, where they lie, and the machine."""
    found = box.read_tree_entries(commit, step.locks)
    locks = {name: found[name].id for name in step.locks if name in found}
    depends = {
        "command": step.command,
        "products": step.products,
        "locks": locks,
        "interpreter": step.interpreter,
        "machine": [platform.system(), platform.machine(), *platform.libc_ver()],
        "checkout": str(box.checkout),  # scripts of an environment begin with its absolute path
    }
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:32]


def lend(box: Box, commit: str, step: Step, store: Path) -> tuple[Dependency, ...] | None:
    """What an earlier run of this step has made; None where it has to be run."""
    kept = store / key(box, commit, step)
    with contextlib.suppress(FileNotFoundError):
        os.utime(kept)  # for `gc`
        return tuple(_dependency(kept, number, step) for number in range(len(step.products)))
    return None


def make(
    space: Workspace, policy: Policy, step: Step, store: Path, *, cancelled: Callable[[], bool] | None = None
) -> Made:
    """Run the step in a fresh workspace and keep its products; the workspace has them no longer afterwards.

    Raises `PolicyError` where a product could not be lent, and `SandboxError` where the command did not make one.
    """
    for product in step.products:
        paths.checked(product)
    if len(set(step.products)) != len(step.products) or not step.products:
        raise PolicyError("a setup step needs products, each named once")
    result = space.run(policy, step.command, cancelled=cancelled)
    if not result.ok:
        return Made(result=result, dependencies=())
    partial = store / f"{_PARTIAL}{uuid4().hex}"
    partial.mkdir(mode=0o700, parents=True)
    try:
        for number, product in enumerate(step.products):
            _move(space.tree, product, partial / str(number))
        kept = store / key(space.box, space.commit, step)
        with contextlib.suppress(OSError):  # another process was first, and made the same
            partial.rename(kept)
    finally:
        remove_tree(partial)
    return Made(result=result, dependencies=lend(space.box, space.commit, step, store) or ())


def _dependency(kept: Path, number: int, step: Step) -> Dependency:
    target = step.products[number]
    return Dependency(
        name=Path(target).name, source=kept / str(number), target=target, mode=step.mode, made_inside=True
    )


def _move(tree: Path, product: str, place: Path) -> None:
    there = paths.stat_beneath(tree, product)
    if there is None or not stat.S_ISDIR(there.st_mode):
        hint = "name the directories that it makes, relative to the checkout"
        raise SandboxError(f"the setup command made no directory `{product}`", hint)
    with paths.parent_beneath(tree, product) as (parent, name):
        os.chmod(
            name, stat.S_IMODE(there.st_mode) | stat.S_IRWXU, dir_fd=parent
        )  # a directory that moves is written to
        os.rename(name, place, src_dir_fd=parent)


def gc(store: Path, *, unused_s: float) -> tuple[str, ...]:
    """Remove what nobody was lent for that long, and what killed runs left; the names of what went."""
    before = time.time() - unused_s
    gone = []
    for kept in _entries(store):
        with contextlib.suppress(FileNotFoundError):
            if kept.lstat().st_mtime < before:
                aside = store / f"{_PARTIAL}{uuid4().hex}"  # in one step, so that nobody is lent half of it
                kept.rename(aside)
                remove_tree(aside)
                gone.append(kept.name)
    return tuple(gone)


def _entries(store: Path) -> Sequence[Path]:
    with contextlib.suppress(FileNotFoundError):
        return sorted(path for path in store.iterdir() if path.is_dir() and not path.is_symlink())
    return ()

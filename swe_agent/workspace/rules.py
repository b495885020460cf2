"""What the user's settings say of commands that run, as values: light enough for every command to carry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the user's settings say of the sandbox. `include` are ignored files that look like secrets and that
    `.worktreeinclude` may bring along all the same; with an `image` commands run in containers."""

    include: tuple[str, ...] = ()
    image: str = ""
    runtime: str = ""
    memory_mib: int = 2048
    processes: int = 512
    written_mib: int = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What the user's settings say: `command` makes the directories `products`, and may reach `hosts` meanwhile.
    `store` is where they are kept from then on; in the file system of the boxes."""

    command: str
    products: tuple[str, ...]
    store: Path
    locks: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    seconds: float = 1800.0

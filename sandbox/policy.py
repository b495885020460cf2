"""What a command may do. Values only; nothing here starts or checks anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

MIB = 1 << 20


class Tier(StrEnum):
    """How strong the boundary is. Compares by strength: `Tier.ISOLATED > Tier.NONE`."""

    ISOLATED = "isolated"
    NAMESPACED = "namespaced"
    RESTRICTED = "restricted"
    NONE = "none"

    @property
    def strength(self) -> int:
        return len(Tier) - 1 - list(Tier).index(self)

    # str brings its own alphabetical comparisons, so all four are written out.
    def __lt__(self, other: object) -> bool:
        return self.strength < other.strength if isinstance(other, Tier) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.strength <= other.strength if isinstance(other, Tier) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.strength > other.strength if isinstance(other, Tier) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.strength >= other.strength if isinstance(other, Tier) else NotImplemented


class Backend(StrEnum):
    """The ways to make a boundary."""

    BUBBLEWRAP = "bubblewrap"
    NAMESPACES = "namespaces"
    RESTRICTED = "restricted"
    CONTAINER = "container"

    @property
    def tier(self) -> Tier:
        return _TIER_OF[self]


_TIER_OF = {
    Backend.BUBBLEWRAP: Tier.NAMESPACED,
    Backend.NAMESPACES: Tier.NAMESPACED,
    Backend.RESTRICTED: Tier.RESTRICTED,
    Backend.CONTAINER: Tier.ISOLATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings of one run, all its processes together but where it says otherwise.

    `wall_s` and `idle_s` are seconds, the latter since the last output; `cpu_s` and `memory_bytes` hold for each
    process too, `file_bytes` for each file, `tmp_bytes` for each temporary file system. `tree_bytes` is how much the
    writable mounts may grow.
    """

    wall_s: float = 600.0
    idle_s: float | None = None
    cpu_s: float = 3600.0
    output_bytes: int = 1_000_000
    memory_bytes: int = 2048 * MIB
    processes: int = 512
    file_bytes: int = 256 * MIB
    tmp_bytes: int = 1024 * MIB
    tree_bytes: int = 640 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A host file or directory shown at `target` inside. Both paths are absolute.

    `throwaway`: it can be written inside, the host's is not touched, and what was written is dropped at the end.
    """

    source: Path
    target: Path
    writable: bool
    throwaway: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is required of the boundary, and what is let through it.

    `require` is a floor: where it cannot be had the run is refused, never weakened.
    `network` leaves the host's network on; with `hosts` it is off but for a proxy to these host names. `tracing` allows
    debuggers, which see only what runs in the same sandbox. `backend` names one instead of the best that is there.
    `image` is a container image that is on this machine already, and asks for a container; `runtime` is the one that
    the engine shall use, such as `runsc`, instead of its own choice.
    `env` holds variables added by the caller, `read_only` host paths shown although they are not by themselves,
    `hidden` host paths that must not be seen at all, `path_dirs` directories put first on PATH.
    `path_inside` come before these and name directories as they are seen inside: for them nothing of the host is looked
    at, so they may be the work of a command.
    """

    require: Tier = Tier.NAMESPACED
    backend: Backend | None = None
    network: bool = False
    hosts: tuple[str, ...] = ()
    tracing: bool = False
    limits: Limits = field(default_factory=Limits)
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    read_only: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    path_dirs: tuple[Path, ...] = ()
    path_inside: tuple[Path, ...] = ()
    image: str = ""
    runtime: str = ""

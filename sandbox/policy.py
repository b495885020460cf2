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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Ceilings of one run. `idle_s` counts from the last output; `memory_bytes` and `file_bytes` are per process."""

    wall_s: float = 600.0
    idle_s: float | None = None
    output_bytes: int = 1_000_000
    memory_bytes: int = 4096 * MIB
    processes: int = 512
    file_bytes: int = 256 * MIB
    tmp_bytes: int = 1024 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A host file or directory shown at `target` inside. Both paths are absolute."""

    source: Path
    target: Path
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is required of the boundary, and what is let through it.

    `require` is a floor: where it cannot be had the run is refused, never weakened.
    `env` holds variables added by the caller, `read_only` host paths shown although something covers them,
    `hidden` host paths that must not be seen at all, `path_dirs` directories put first on PATH.
    """

    require: Tier = Tier.NAMESPACED
    network: bool = False
    limits: Limits = field(default_factory=Limits)
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    read_only: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    path_dirs: tuple[Path, ...] = ()

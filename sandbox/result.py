"""What came out of a run."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.policy import Tier

if TYPE_CHECKING:
    from sandbox.proxy import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of one command, with the protection it really had.

    `status` follows the shell: 128+n for a signal, 126 and 127 where the command could not be started.
    `exceeded` names limits that were reached: `cpu`, `memory`, `processes`, `tree`. `requests` is the log of the proxy.
    `layers` are those in force, `missing` those that are not; nothing is listed on hope.
    """

    argv: tuple[str, ...]
    status: int
    stdout: bytes
    stderr: bytes
    duration_s: float
    cpu_s: float | None
    timed_out: bool
    idle_timed_out: bool
    cancelled: bool
    exceeded: tuple[str, ...] = ()
    requests: "tuple[Asked, ...]" = ()
    truncated_bytes: int
    tier: Tier
    layers: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """The command ended by itself, with status 0."""
        return self.status == 0 and not (self.timed_out or self.idle_timed_out or self.cancelled)

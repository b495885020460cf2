"""CPU seconds and peak memory of whole processes, as the kernel counts them; wall time beside them."""

from __future__ import annotations

import os
import resource
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measured:
    """`cpu_s` is user plus system time, `peak_mb` the largest resident set, of the process and its children."""

    cpu_s: float
    peak_mb: float
    status: int
    wall_s: float = 0.0


def measure(argv: Sequence[str], env: Mapping[str, str] | None = None, cwd: str | None = None) -> Measured:
    """Run once with no terminal and nothing to read; what it prints is thrown away."""
    begun = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            if cwd:
                os.chdir(cwd)
            os.execvpe(argv[0], list(argv), {**_environment(), **(env or {})})
        finally:
            os._exit(127)
    _, status, used = os.wait4(pid, 0)
    return Measured(
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss / 1024,
        status=os.waitstatus_to_exitcode(status),
        wall_s=time.perf_counter() - begun,
    )


def best(argv: Sequence[str], *, times: int, env: Mapping[str, str] | None = None) -> Measured:
    """The least CPU of several runs after one that warms the byte-code; on a shared machine noise only adds."""
    measure(argv, env)
    runs = [measure(argv, env) for _ in range(times)]
    failed = [run for run in runs if run.status]
    if failed:
        raise RuntimeError(f"{' '.join(argv)} ended with status {failed[0].status}")
    return Measured(
        cpu_s=min(run.cpu_s for run in runs),
        peak_mb=statistics.median(run.peak_mb for run in runs),
        status=0,
        wall_s=min(run.wall_s for run in runs),
    )


def machine() -> dict[str, object]:
    """What the figures were taken on."""
    uname = os.uname()
    return {"kernel": uname.release, "machine": uname.machine, "cores": os.cpu_count(), "load": os.getloadavg()[0],
            "page_kb": resource.getpagesize() // 1024}  # fmt: skip


def _environment() -> dict[str, str]:
    """As a user has it: with byte-code kept, so that not every start compiles what was edited last."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

"""The trajectory of one job: its events, and a lock that tells whether a process is at work on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swe_agent.core.errors import UsageError
from swe_agent.core.event import Event, TrajectoryBody
from swe_agent.core.ports import Clock
from swe_agent.store.lines import EventLog, locked


class Trajectory:
    def __init__(self, path: Path, clock: Clock) -> None:
        self.job = path.stem
        self.path = path
        self._log = EventLog(path, clock)
        self._running = path.with_suffix(".run")

    def append(self, body: TrajectoryBody) -> Event:
        return self._log.append(self.job, body)

    def events(self) -> tuple[Event, ...]:
        return self._log.events()

    def first(self) -> Event | None:
        """The event that started the job, without reading the rest."""
        return self._log.first()

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Held by the process at work, which writes its id into the file for `cancel`."""
        with locked(self._running, wait=False) as held:
            if not held:
                raise UsageError(
                    f"job {self.job} is running in another process (pid {self.runner()})",
                    hint=f"wait for it, or stop it with `swe-agent cancel {self.job}`",
                )
            self._running.write_text(str(os.getpid()), encoding="ascii")
            try:
                yield
            finally:
                self._running.unlink(missing_ok=True)

    def runner(self) -> int | None:
        """The id of the process at work, or None. The lock decides, so that a stale file names nobody."""
        if not self._running.exists():
            return None
        with locked(self._running, wait=False) as free:
            if free:
                return None
        try:
            return int(self._running.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def erase(self) -> None:
        """Remove the log and what belongs to it."""
        for path in (self.path, self._log.lock, self._running):
            path.unlink(missing_ok=True)


def job_ids(directory: Path) -> tuple[str, ...]:
    """Jobs that have a trajectory, oldest first: ids begin with the time of their start."""
    return tuple(sorted(path.stem for path in directory.glob("*.jsonl")))


def sizes(directory: Path) -> dict[str, int]:
    """The same, with the size of each in bytes: one look at the folder."""
    try:
        with os.scandir(directory) as entries:
            return {e.name.removesuffix(".jsonl"): e.stat().st_size for e in entries if e.name.endswith(".jsonl")}
    except FileNotFoundError:
        return {}

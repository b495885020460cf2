"""What is going on right now: one line on a terminal, gone when it is over; nothing anywhere else."""

from __future__ import annotations

from rich.console import Console
from rich.status import Status
from rich.text import Text


class Progress:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None

    def show(self, text: Text) -> None:
        if not self._console.is_terminal:
            return
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._status.update(text)

    def close(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

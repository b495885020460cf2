"""Ctrl-C and a request to end, held back while something is done that must not be left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Held:
    """What was held back so far."""

    def __init__(self) -> None:
        self._signals: list[int] = []

    def __bool__(self) -> bool:
        return bool(self._signals)

    def take(self, number: int) -> None:
        self._signals.append(number)

    def forget(self) -> None:
        """It came too late to stop anything."""
        self._signals.clear()

    def let_go(self) -> None:
        """To its usual end."""
        if self._signals:
            signal.raise_signal(self._signals[0])


@contextmanager
def held_back() -> Iterator[Held]:
    """Yields what is waiting. It is let go when the block is over, unless that ends with an error of its own.

    Python runs handlers in the main thread only; in any other there is nothing to hold back.
    """
    held = Held()
    if threading.current_thread() is not threading.main_thread():
        yield held
        return
    before = {}
    try:
        for number in _SIGNALS:
            before[number] = signal.getsignal(number)
            signal.signal(number, lambda number, _frame: held.take(number))
        yield held
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    held.let_go()

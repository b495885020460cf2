"""The clock, and ids that no one has had before."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""In the order of their codes, and none that looks like another."""


def clock() -> datetime:
    return datetime.now(UTC)


class Ids:
    """`20261124-143015-k3f9`: sorts by time, short enough to type the end of it.

    The first two letters tell the thousandth of the second, so that of two jobs the later one is the last; the others
    are chance. Those of one process are all different, and in the order in which they were asked for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = ""

    def __call__(self) -> str:
        with self._lock:
            while (made := self._made()) <= self._last:
                pass
            self._last = made
            return made

    def _made(self) -> str:
        now, many = clock(), len(LETTERS)
        part = now.microsecond * many**2 // 1_000_000
        by_chance = secrets.choice(LETTERS) + secrets.choice(LETTERS)
        return f"{now:%Y%m%d-%H%M%S}-{LETTERS[part // many]}{LETTERS[part % many]}{by_chance}"


new_id = Ids()


monotonic = time.monotonic
sleep = time.sleep


def jitter() -> float:
    """From 0 to 1, for whoever waits beside others."""
    return secrets.randbelow(1_000_000) / 1_000_000


def new_key() -> bytes:
    """For keyed hashes: as long as BLAKE2s takes."""
    return secrets.token_bytes(32)

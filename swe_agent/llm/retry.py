"""When to ask again, and how long to wait before. Knows no protocol; sleep and jitter are handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from swe_agent.core.errors import LimitReached, ModelError
from swe_agent.llm.time_outs import Left, endless

T = TypeVar("T")

RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504, 529})
SHORT_ATTEMPTS = 3
"""For what rarely heals within a minute while a person waits: a refused connection, an unknown host, an answer that is
none (the base URL of a web page, say)."""


class Transient(Exception):
    """This attempt failed, and another may not. `error` is what is said when no more are made."""

    def __init__(self, error: ModelError, *, retry_after: float | None = None, attempts: int | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry_after = retry_after
        self.attempts = attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Seconds throughout. Attempts and waiting are both bounded, for one question."""

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 30.0
    longest_retry_after: float = 120.0
    """A server that asks for more is not asked again: waiting less than it says would only be refused once more."""
    total_wait: float = 240.0

    def wait(
        self, attempt: int, *, jitter: float, waited: float = 0.0, retry_after: float | None = None
    ) -> float | None:
        """The wait after the failed attempt number `attempt` (from 1); None to give up. `jitter` is from 0 to 1."""
        if attempt >= self.attempts:
            return None
        if retry_after is not None:
            if retry_after > self.longest_retry_after:
                return None
            wait = max(0.0, retry_after)
        else:
            span = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 1))
            wait = span * (0.5 + 0.5 * jitter)
        return None if waited + wait > self.total_wait else wait


def ignore(_text: str) -> None:
    """For who has no use for notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying:
    """The driver: asks until it succeeds, fails for good, or patience ends. `on_wait` hears why each wait is made."""

    sleep: Callable[[float], None]
    jitter: Callable[[], float]
    on_wait: Callable[[str], None] = ignore
    policy: RetryPolicy = RetryPolicy()
    left: Left = endless

    def run(self, attempt: Callable[[], T]) -> T:
        waited = 0.0
        for number in count(1):
            try:
                return attempt()
            except Transient as failed:
                if self.left() <= 0:
                    raise out_of_time() from failed
                wait = self._wait(number, waited, failed)
                if wait is None:
                    raise failed.error from failed.__cause__
                self.on_wait(f"{failed.error.message}; asking again in {wait:.0f} s")
            self.sleep(min(wait, max(0.0, self.left())))
            waited += wait
        raise AssertionError("unreachable: attempts are counted without end")

    def _wait(self, number: int, waited: float, failed: Transient) -> float | None:
        if failed.attempts is not None and number >= failed.attempts:
            return None
        return self.policy.wait(number, jitter=self.jitter(), waited=waited, retry_after=failed.retry_after)


def out_of_time() -> LimitReached:
    """The job's time is over while a model is asked."""
    return LimitReached(
        "the time limit is reached while the model is asked", hint="go on with `--max-time` set higher", limit="time"
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a response asks to wait. A date is measured against the response's own Date: clocks differ."""
    lower = {name.lower(): value for name, value in headers.items()}
    milliseconds = _seconds(lower.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    said = lower.get("retry-after")
    seconds = _seconds(said)
    if seconds is not None or said is None:
        return seconds
    from email.utils import parsedate_to_datetime  # brings sockets and calendars along

    try:
        wait = parsedate_to_datetime(said) - parsedate_to_datetime(lower["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None

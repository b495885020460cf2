"""Calls over a network that fails in all known ways: which are made again, when, and what is looked at before.

A call that got no answer, or one of the 500s, may have been carried out all the same. Reading is simply done again; so
is writing that comes to the same when it is done twice; before anything is created again it is looked whether it is
there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, Protocol

from swe_agent.bot.forge import Pace
from swe_agent.core.errors import EnvironmentLacks

Json = dict[str, Any]
PAGE = 100
MOST_PAGES = 1_000
ATTEMPTS = 6
FIRST_WAIT = 1.0
FIRST_WAIT_OF_LIMITS = 15.0
"""Where a platform says that it is asked too often, and not when to come again."""
FEW_ATTEMPTS = 3
"""Where 403 comes without a word of why."""
_LIMITED = re.compile(r"rate limit|abuse|too quickly|too many requests|try again|temporarily", re.IGNORECASE)
_ABUSE = re.compile(r'"code"\s*:\s*"abuse"|submitted too quickly', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Header names are in lower case; `body` is None where there is no JSON, and then `text` is all that is known."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    text: str = ""


class Lost(Exception):
    """No answer came, or none that can be read."""


class Refused(EnvironmentLacks):
    """The platform says no, and would say so again."""

    def __init__(self, message: str, *, status: int, reason: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.reason = reason


class Door(Protocol):
    def __call__(self, verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Answer:
        """One call, without a second try. Raises Lost."""


def nowhere() -> bool:
    """For what may be done twice."""
    return False


class Caller:
    """For one reading or carrying out. `writes` are those that were carried out as far as we know."""

    def __init__(self, door: Door, pace: Pace, platform: str, hints: Mapping[int, str]) -> None:
        self._door = door
        self._pace = pace
        self._platform = platform
        self._hints = hints
        self._end = pace.clock() + pace.seconds
        self.writes = 0

    def read(self, path: str, query: Json | None = None) -> Json:
        return self._object(self._answer("GET", path, None, query).body)

    def ask(self, path: str, body: Json) -> Json:
        """A question that is posted, as those of GraphQL are."""
        return self._object(self._answer("POST", path, body).body)

    def pages(self, path: str, query: Json | None = None, within: str = "") -> Iterator[Json]:
        """All of a list. `within` names it where it is a part of what is answered."""
        for page in range(1, MOST_PAGES + 1):
            answer = self._answer("GET", path, None, {**(query or {}), "per_page": PAGE, "page": page})
            rows = self._object(answer.body).get(within) if within else answer.body
            if not isinstance(rows, list):
                raise self._given_up("a list is expected, and something else is answered")
            yield from map(self._object, rows)
            if 'rel="next"' not in answer.headers.get("link", ""):
                return

    def _object(self, body: object) -> Json:
        if not isinstance(body, dict):
            raise self._given_up("an object is expected, and something else is answered")
        return body

    def _answer(self, verb: str, path: str, body: Json | None = None, query: Json | None = None) -> Answer:
        answer = self._persist(lambda: self._door(verb, path, body, query), nowhere)
        assert answer is not None, "what is nowhere is not found there"
        return answer

    def write(
        self, verb: str, path: str, body: Json | None = None, is_there: Callable[[], bool] = nowhere
    ) -> Answer | None:
        """None where no answer came and it is there after all."""
        answer = self._persist(lambda: self._door(verb, path, body), is_there)
        self.writes += 1
        return answer

    def _persist(self, ask: Callable[[], Answer], is_there: Callable[[], bool]) -> Answer | None:
        for attempt in count(1):
            after: float | None = None
            first, most = FIRST_WAIT, ATTEMPTS
            try:
                answer = ask()
            except Lost as lost:
                why = str(lost)
            else:
                if answer.status < 300:
                    return answer
                why = f"{answer.status} {reason(answer)}".strip()
                if is_limit(answer):
                    after, first = retry_after(answer.headers), FIRST_WAIT_OF_LIMITS
                elif answer.status == 403 and not reason(answer):
                    most = FEW_ATTEMPTS
                elif answer.status < 500 and answer.status != 408:
                    raise self._refused(answer)
            if attempt >= most:
                raise self._given_up(why)
            self._wait(after, first * 2.0 ** (attempt - 1), why)
            if is_there():
                return None
        raise AssertionError("unreachable: attempts are counted without end")

    def _wait(self, after: float | None, about: float, why: str) -> None:
        wait = about * (0.5 + 0.5 * self._pace.chance()) if after is None else after
        if self._pace.clock() + wait > self._end:
            raise self._given_up(why)
        self._pace.sleep(wait)

    def _refused(self, answer: Answer) -> Refused:
        said = reason(answer) or "no reason given"
        return Refused(
            f"{self._platform} refuses: {answer.status} {said}",
            status=answer.status,
            reason=said,
            hint=self._hints.get(answer.status, ""),
        )

    def _given_up(self, why: str) -> EnvironmentLacks:
        return EnvironmentLacks(
            f"{self._platform} does not do its part: {why}",
            hint="run it again later: what was written is known again, and the rest is made good",
        )


def is_limit(answer: Answer) -> bool:
    """Whether it says: not so fast. GitHub says so by 429, by 403, and by a 422 that looks like any other."""
    if answer.status == 429:
        return True
    if answer.status == 403:
        spent = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
        return spent or _LIMITED.search(answer.text) is not None
    return answer.status == 422 and _ABUSE.search(answer.text) is not None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a platform asks to wait. Times are measured against the answer's own date: clocks differ."""
    said = headers.get("retry-after", "")
    try:
        if re.fullmatch(r"\d+(\.\d+)?", said):
            return float(said)
        now = parsedate_to_datetime(headers["date"]).timestamp()
        if said:
            return max(0.0, parsedate_to_datetime(said).timestamp() - now)
        if headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining")) == "0":
            return max(0.0, float(headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", ""))) - now) + 1.0
    except (KeyError, TypeError, ValueError):
        return None
    return None


def reason(answer: Answer) -> str:
    """What an answer says of its failure, in one short line."""
    if not isinstance(answer.body, dict):
        return _line(re.sub(r"<[^>]*>", " ", answer.text))
    said = [answer.body.get(name) for name in ("message", "error", "errors")]
    return _line("; ".join(part for one in said for part in _words(one)))


def _words(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)
    elif isinstance(value, dict):
        told = value.get("message")
        yield told if isinstance(told, str) else " ".join(f"{name} {_flat(one)}" for name, one in value.items())


def _flat(value: object) -> str:
    return value if isinstance(value, str) else ", ".join(_words(value)) or json.dumps(value)


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:300]


def answered(verb: str, status: int, headers: Mapping[str, str], text: str) -> Answer:
    """As it came over the wire. Raises Lost for what is cut or no JSON, though it claims to be in order."""
    told = {name.lower(): value for name, value in headers.items()}
    try:
        return Answer(status, told, json.loads(text), text)
    except ValueError as error:
        if status < 300 and (verb == "GET" or text.strip()):
            raise Lost("the answer is no JSON") from error
        return Answer(status, told, None, text)

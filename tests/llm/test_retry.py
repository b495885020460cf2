"""Patience: how long, how often, and when it ends."""

from __future__ import annotations

import pytest
from doors import Patience
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.core.errors import ModelError, ModelRateLimited, ModelUnavailable
from swe_agent.llm.failures import Called, ServerError, failure, server_error, streamed_error
from swe_agent.llm.key import ApiKey
from swe_agent.llm.retry import RETRIED_STATUSES, Retrying, RetryPolicy, Transient, retry_after
from swe_agent.llm.urls import shown_url


def test_waits_double_up_to_the_longest() -> None:
    policy = RetryPolicy(attempts=9)
    assert [policy.wait(attempt, jitter=1.0) for attempt in range(1, 10)] == [1, 2, 4, 8, 16, 30, 30, 30, None]


@given(st.integers(1, 20), st.floats(0, 1))
def test_jitter_takes_at_most_half(attempt: int, jitter: float) -> None:
    policy = RetryPolicy(attempts=99)
    least, wait, most = (policy.wait(attempt, jitter=j) for j in (0.0, jitter, 1.0))
    assert least is not None
    assert most is not None
    assert wait is not None
    assert most / 2 == least <= wait <= most


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 500)), min_size=40, max_size=40),
    st.integers(1, 30),
    st.floats(0, 300),
)
def test_attempts_and_waiting_are_bounded(asked: list[float | None], attempts: int, total: float) -> None:
    waits: list[float] = []
    calls: list[None] = []

    def fail() -> None:
        calls.append(None)
        raise Transient(ModelUnavailable("down"), retry_after=asked[len(calls)])

    policy = RetryPolicy(attempts=attempts, total_wait=total)
    with pytest.raises(ModelUnavailable):
        Retrying(sleep=waits.append, jitter=lambda: 0.5, policy=policy).run(fail)
    assert len(calls) == len(waits) + 1 <= attempts
    assert sum(waits) <= total
    assert all(wait <= policy.longest_retry_after for wait in waits)


def test_what_the_server_asks_for_is_waited_to_the_second() -> None:
    policy = RetryPolicy()
    assert policy.wait(1, jitter=0.3, retry_after=17.5) == 17.5
    assert policy.wait(1, jitter=0.3, retry_after=0) == 0
    assert policy.wait(1, jitter=0.3, retry_after=121) is None


def test_other_errors_are_not_retried() -> None:
    patience = Patience()
    calls: list[None] = []

    def fail() -> None:
        calls.append(None)
        raise ModelError("no")

    with pytest.raises(ModelError, match="no"):
        patience.retrying.run(fail)
    assert (len(calls), patience.waits) == (1, [])


def test_the_cause_is_kept() -> None:
    def fail() -> None:
        try:
            raise ConnectionResetError("104")
        except OSError as error:
            raise Transient(ModelUnavailable("cut")) from error

    with pytest.raises(ModelUnavailable) as caught:
        Patience(attempts=2).retrying.run(fail)
    assert isinstance(caught.value.__cause__, ConnectionResetError)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "20"}, 20.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "Date": "Wed, 21 Oct 2026 07:29:00 GMT"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"Retry-After": "soon", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


CALLED = Called(model="m", url="http://me:pw@host:1/v1?key=x", key=ApiKey(value="sk-secret"))


@given(st.integers(400, 599))
def test_only_these_statuses_are_retried(status: int) -> None:
    meant = failure(ServerError(status=status, message="x"), CALLED)
    assert isinstance(meant, Transient) is (status in RETRIED_STATUSES)


@given(st.integers(400, 599), st.text(), st.booleans())
def test_no_error_shows_a_key_or_a_password(status: int, text: str, tools: bool) -> None:
    called = Called(model="m", url=CALLED.url, key=CALLED.key, tools=tools)
    meant = failure(ServerError(status=status, message=f"{text} sk-secret {text}"), called)
    error = meant.error if isinstance(meant, Transient) else meant
    shown = f"{error.message} {error.hint} {error!r} {called!r}".replace(called.url, "")
    assert "sk-secret" not in shown
    assert "pw@" not in shown


def test_rate_limits_keep_what_was_asked_for() -> None:
    meant = failure(ServerError(status=429, message="x", retry_after=9), CALLED)
    assert isinstance(meant, Transient)
    assert isinstance(meant.error, ModelRateLimited)
    assert (meant.retry_after, meant.error.retry_after) == (9, 9)


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        (b'{"error": {"message": "m", "type": "t", "code": "c"}}', "m", "c t"),
        (b'{"error": "ollama says"}', "ollama says", ""),
        (b'{"detail": "fastapi says"}', "fastapi says", ""),
        (
            b'{"detail": [{"loc": ["body", "stream_options"], "msg": "not permitted"}]}',
            "body.stream_options: not permitted",
            "",
        ),
        (b'{"object": "error", "message": "vllm says", "code": 404}', "vllm says", "404"),
        (b"plain\n\x1b[31mtext\x00", "plain [31mtext", ""),
        (b"<!DOCTYPE html><p>Bad gateway", "", ""),
        (b"", "", ""),
        (b"\xff\xfe", "\ufffd\ufffd", ""),
    ],
)
def test_bodies_of_errors(body: bytes, message: str, code: str) -> None:
    error = server_error(500, body)
    assert (error.message, error.code) == (message, code)


def test_long_errors_are_shortened() -> None:
    assert len(server_error(500, b"x" * 10_000).message) < 700


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"code": 502, "message": "x"}, 502),
        ({"code": "429", "message": "x"}, 429),
        ({"type": "overloaded_error", "message": "x"}, 529),
        ({"type": "rate_limit_error"}, 429),
        ({"code": "context_length_exceeded"}, 400),
        ({"type": "invalid_request_error"}, 400),
        ({"type": "authentication_error"}, 401),
        ("something broke", 500),
        ({"message": "x"}, 500),
        ({"code": True}, 500),
    ],
)
def test_errors_in_a_stream_have_a_status(error: object, status: int) -> None:
    assert streamed_error(error).status == status


def test_urls_are_shown_without_secrets() -> None:
    assert shown_url(CALLED.url) == "http://host:1/v1"

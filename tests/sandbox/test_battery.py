"""The battery of attempts, each tried in the sandbox of this machine. Without one none is ever run here."""

from collections.abc import Iterator

import pytest

from sandbox.battery import ATTEMPTS, Attempt, Battery, Guarded


@pytest.fixture(scope="module")
def battery() -> Iterator[Battery]:
    with Battery(Guarded()) as tried:
        tried.check()
        yield tried


@pytest.mark.namespaces
@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: f"{attempt.id} {attempt.title}")
def test_nothing_gets_out(battery: Battery, attempt: Attempt) -> None:
    verdict = battery.attempt(attempt)
    if verdict.documented:
        pytest.xfail(verdict.documented)
    if verdict.word == "n/a":
        pytest.skip(verdict.why)
    assert verdict.word == "safe", verdict.why

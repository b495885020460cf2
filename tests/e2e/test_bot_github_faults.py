"""Faults at every call of the poster on GitHub: after one more run at most all is there, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from forges.cases import NEXT, push
from forges.faulty import FAULTS, Fault
from forges.github_server import GitHubServer
from forges.on_github import FIRST, SECOND, poster, said

from swe_agent.bot.forge import Done
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.review.platforms import GITHUB


def settled(server: GitHubServer) -> tuple[list[tuple[str, int | None, str]], int, list[str]]:
    """What must be there in the end, once each."""
    own = [one for one in server.comments if one["user"]["login"] == "robot"]
    rows = [row["title"] for check in server.checks for row in check["rows"]]
    return sorted(said(server), key=str), len(own), sorted(rows)


def first_push(server: GitHubServer, time_out: int = 20) -> Done:
    return push(poster(server, time_out=time_out), GITHUB, FIRST, FIRST.told(11), FIRST.told(40))


def second_push(server: GitHubServer, time_out: int = 20) -> Done:
    """Everything at once: one stays, one is fixed, two are new, sixty stand beside the diff."""
    beside = [SECOND.told(75, rule=f"rule{n}") for n in range(60)]
    told = [SECOND.told(40), SECOND.told(12), SECOND.told(60), *beside]
    return push(poster(server, time_out=time_out), GITHUB, SECOND, *told)


@dataclass(frozen=True)
class Story:
    """A push, what it begins with, how many reviews and what else is there after it, and its calls: reading ones, and
    those that write."""

    push: Callable[..., Done]
    before: dict[str, Any]
    after: tuple[list[tuple[str, int | None, str]], int, list[str]]
    reviews: int
    reads: list[int]
    writes: list[int]


def story(server: GitHubServer, push: Callable[..., Done], after: tuple, reviews: int) -> Story:
    before = server.keep()
    server.log.clear()
    push(server)
    assert settled(server) == after
    writes = [at for at, call in enumerate(server.log, 1) if server.is_write(call)]
    reads = [at for at in range(1, len(server.log) + 1) if at not in writes]
    return Story(push, before, after, reviews, reads, writes)


@pytest.fixture(scope="module")
def stories() -> Iterator[tuple[GitHubServer, Story, Story]]:
    with GitHubServer(FIRST.patch) as server:
        posted = [("eleven", 11, "open"), ("forty", 40, "open")]
        first = story(server, first_push, (posted, 1, []), 1)
        server.push(NEXT, SECOND.patch)
        threads = [("eleven", None, "resolved"), ("forty", 40, "open"), ("sixty", 60, "open"), ("twelve", 12, "open")]
        rows = sorted(f"medium: rule{n}" for n in range(60))
        second = story(server, second_push, (threads, 1, rows), 2)
        assert (len(first.writes), len(second.writes)) == (2, 5)
        yield server, first, second


def heals(server: GitHubServer, told: Story, faults: dict[int, Fault]) -> None:
    """After the run that meets the faults, and one more at most."""
    server.bring_back(told.before)
    server.faults = faults
    with suppress(EnvironmentLacks):
        told.push(server)
    once = [call for call in server.writes() if call.path.endswith(("/reviews", "/comments", "/check-runs"))]
    assert len({call.path for call in once}) == len(once), "nothing is made twice"
    server.faults = {}
    told.push(server)
    assert settled(server) == told.after, faults
    assert len(server.reviews) == told.reviews


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_fault_at_any_call_that_writes(stories: tuple[GitHubServer, Story, Story], fault: Fault) -> None:
    server, *told = stories
    for one in told:
        for at in one.writes:
            heals(server, one, {at: fault})
        server.log.clear()
        one.push(server)
        assert server.writes() == []


@pytest.mark.parametrize("fault", FAULTS[::6], ids=lambda fault: fault.name)
def test_one_fault_at_any_call_that_reads(stories: tuple[GitHubServer, Story, Story], fault: Fault) -> None:
    server, _, second = stories
    for at in second.reads:
        heals(server, second, {at: fault})


@pytest.mark.parametrize("fault", FAULTS[::3], ids=lambda fault: fault.name)
def test_a_fault_that_stays(stories: tuple[GitHubServer, Story, Story], fault: Fault) -> None:
    """The run breaks off, and the next one makes it good."""
    server, *told = stories
    for one in told:
        for at in one.writes:
            heals(server, one, dict.fromkeys(range(at, at + 60), fault))


def test_time_outs_after_the_server_has_done_it(stories: tuple[GitHubServer, Story, Story]) -> None:
    server, first, second = stories
    for told, at in ((first, first.writes[0]), (first, first.writes[1]), (second, second.writes[-2])):
        server.bring_back(told.before)
        server.faults = {at: Fault("silence", silence=1.2)}
        told.push(server, 1)
        assert settled(server) == told.after
        assert len(server.reviews) == told.reviews

"""The poster against a small GitLab: what is planned is there once, whatever the network does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from forges.cases import HEAD, NEXT, State, Time, changed, push
from forges.faulty import FAULTS, Fault
from forges.gitlab_server import BASE, START, GitLabServer

from swe_agent.bot.forge import Done, Target
from swe_agent.bot.gitlab import GitLab
from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.review.marker import mark_comment, mark_summary
from swe_agent.review.platforms import GITLAB
from swe_agent.review.result import made_of

FIRST = State(changed((10, "ten"), (11, "eleven"), (40, "forty")))
SECOND = State(changed((10, "ten"), (12, "twelve"), (40, "forty"), (60, "sixty")), NEXT)
AT = "/api/v4/projects/g/n/merge_requests/7"


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    with GitLabServer(FIRST.patch) as server:
        yield server


def poster(server: GitLabServer, time: Time | None = None, token: str = "t0", time_out: int = 20) -> GitLab:
    target = Target(api=server.url_of(), token=token, project="g/n", number=7)
    return GitLab(target, (time or Time()).pace(time_out))


def said(server: GitLabServer) -> list[tuple[str, str]]:
    """Threads of ours, as people see them."""
    notes = [one["notes"][0] for one in server.discussions]
    return [
        (note["text"] or "the file", "resolved" if note["resolved"] else "open")
        for note in notes
        if note["author"]["username"] == "robot" and note.get("position")
    ]


def summaries(server: GitLabServer) -> list[str]:
    notes = [one["notes"][0] for one in server.discussions if one["individual_note"]]
    return [note["body"] for note in notes if note["author"]["username"] == "robot"]


def ten_and_forty() -> tuple:
    return FIRST.told(10), FIRST.told(40)


def test_a_first_push_is_one_batch_and_one_summary(server: GitLabServer) -> None:
    done = push(poster(server), GITLAB, FIRST, *ten_and_forty(), FIRST.told(70))
    assert said(server) == [("ten", "open"), ("forty", "open"), ("the file", "open")]
    assert [(call.verb, call.path.removeprefix(AT)) for call in server.writes()] == [
        ("POST", "/draft_notes"),
        ("POST", "/draft_notes"),
        ("POST", "/draft_notes"),
        ("POST", "/draft_notes/bulk_publish"),
        ("POST", "/notes"),
    ]
    assert (done.comments, done.summary, done.calls, done.refused) == (3, "created", 5, ())
    assert (len(summaries(server)), server.drafts) == (1, [])


def test_an_unchanged_push_writes_nothing(server: GitLabServer) -> None:
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    server.log.clear()
    assert push(poster(server), GITLAB, FIRST, *ten_and_forty()).calls == 0
    assert server.writes() == []


def test_what_is_fixed_is_resolved_what_is_new_is_said_what_comes_back_is_opened(server: GitLabServer) -> None:
    push(poster(server), GITLAB, FIRST, FIRST.told(11), FIRST.told(40))
    server.push(NEXT, SECOND.patch)
    done = push(poster(server), GITLAB, SECOND, SECOND.told(40), SECOND.told(60))
    assert said(server) == [("eleven", "resolved"), ("forty", "open"), ("sixty", "open")]
    assert (done.comments, done.resolved, done.summary, done.calls) == (1, 1, "edited", 4)
    assert len(summaries(server)) == 1
    server.push("e" * 40, FIRST.patch)
    third = State(FIRST.files, "e" * 40)
    done = push(poster(server), GITLAB, third, third.told(11), third.told(40))
    assert said(server) == [("eleven", "open"), ("forty", "open"), ("sixty", "resolved")]
    assert (done.comments, done.resolved, done.reopened) == (0, 1, 1)


@pytest.mark.parametrize("how", ["resolved", "disliked"])
def test_what_a_person_has_dismissed_stays_silent(server: GitLabServer, how: str) -> None:
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    first = server.discussions[0]
    if how == "resolved":
        server.settle(first, "ann")
    else:
        server.awards[first["notes"][0]["id"]] = ["thumbsup", "thumbsdown"]
    assert [thread.state for thread in poster(server).read().threads] == ["dismissed", "open"]
    server.log.clear()
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    assert server.writes() == []
    server.push(NEXT, SECOND.patch)
    done = push(poster(server), GITLAB, SECOND, SECOND.told(10), SECOND.told(40))
    assert (len(said(server)), done.reopened, done.comments) == (2, 0, 0)


def test_after_a_push_by_force_threads_have_no_line_and_are_known_again(server: GitLabServer) -> None:
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    assert [thread.made.first for thread in poster(server).read().threads] == [10, 40]
    other = State(changed((50, "fifty")), NEXT)
    server.push(NEXT, other.patch)
    posted = poster(server).read()
    assert [thread.made.first for thread in posted.threads] == [0, 0]
    assert (posted.head, posted.base) == (NEXT, BASE)
    done = push(poster(server), GITLAB, other, other.told(50))
    assert (done.resolved, done.comments) == (2, 1)


def test_a_plan_for_a_head_that_is_gone_is_not_carried_out(server: GitLabServer) -> None:
    posted = poster(server).read()
    plan = FIRST.plan(GITLAB, posted, ten_and_forty())
    server.push(NEXT, SECOND.patch)
    with pytest.raises(TreeMoved, match="nothing was posted"):
        poster(server).carry_out(plan, posted, FIRST.index)
    assert server.writes() == []


def place(line: int) -> dict[str, object]:
    return {
        "base_sha": BASE, "start_sha": START, "head_sha": HEAD, "position_type": "text",
        "old_path": "one.py", "new_path": "one.py", "new_line": line, "old_line": None,
    }  # fmt: skip


def test_marks_of_others_count_for_nothing(server: GitLabServer) -> None:
    plan = FIRST.plan(GITLAB, poster(server).read(), ten_and_forty())
    [made, _] = made_of(ten_and_forty())
    server.discuss("ann", f"mine\n\n{mark_comment(made)}", place(10))
    server.discuss("ann", f"mine\n\n{mark_summary(plan.former)}")
    posted = poster(server).read()
    assert (posted.threads, posted.summary) == ((), None)
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    assert (len(said(server)), len(summaries(server))) == (2, 1)


def test_hundreds_of_comments_are_read_page_by_page(server: GitLabServer) -> None:
    for n in range(350):
        server.discuss("ann", f"I say {n}", place(40))
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    for n in range(250):
        server.discuss("ann", f"I say more {n}")
    server.log.clear()
    posted = poster(server).read()
    assert (len(posted.threads), posted.summary is not None) == (2, True)
    assert len(server.log) == 2 + 7 + 2
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    assert server.writes() == []


def test_drafts_that_an_earlier_run_has_left_are_taken_up_or_deleted(server: GitLabServer) -> None:
    server.faults = dict.fromkeys(range(10, 90), Fault("", 500))
    with pytest.raises(EnvironmentLacks):
        push(poster(server), GITLAB, FIRST, FIRST.told(10), FIRST.told(11), FIRST.told(40))
    assert (len(server.drafts), said(server)) == (3, [])
    left = [one["id"] for one in server.drafts]
    server.faults = {}
    server.log.clear()
    done = push(poster(server), GITLAB, FIRST, FIRST.told(10), FIRST.told(40))
    assert said(server) == [("ten", "open"), ("forty", "open")]
    assert (done.comments, server.drafts) == (2, [])
    assert [call.path for call in server.writes() if call.verb == "DELETE"] == [f"{AT}/draft_notes/{left[1]}"]


def test_drafts_of_a_person_stay_drafts(server: GitLabServer) -> None:
    own = {"id": 1, "author": "robot", "note": "I am not sure", "position": place(10)}
    server.drafts.append(own)
    done = push(poster(server), GITLAB, FIRST, *ten_and_forty())
    assert (server.drafts, said(server), done.comments) == ([own], [("ten", "open"), ("forty", "open")], 2)


def test_a_bulk_that_breaks_off_is_made_good(server: GitLabServer) -> None:
    server.breaks_after = 1
    push(poster(server), GITLAB, FIRST, FIRST.told(10), FIRST.told(11), FIRST.told(40))
    assert said(server) == [("ten", "open"), ("eleven", "open"), ("forty", "open")]


def test_what_the_platform_refuses_is_told_in_the_summary_and_takes_nobody_down(server: GitLabServer) -> None:
    server.push(HEAD, State(changed((10, "ten"))).patch)
    done = push(poster(server), GITLAB, FIRST, *ten_and_forty())
    assert said(server) == [("ten", "open")]
    [(refused, why)] = done.refused
    assert (refused.made.first, "line_code" in why) == (40, True)
    assert "wrong: forty" in summaries(server)[0]
    server.log.clear()
    push(poster(server), GITLAB, FIRST, *ten_and_forty())
    assert server.writes() == []
    push(poster(server), GITLAB, FIRST, *ten_and_forty(), FIRST.told(11))
    assert all(part in summaries(server)[0] for part in ("wrong: forty", "wrong: eleven"))


def test_commands_in_what_is_said_are_none(server: GitLabServer) -> None:
    told = FIRST.told(10, message="Careful.\n/approve\n  /merge")
    push(poster(server), GITLAB, FIRST, told)
    notes = [note["body"] for one in server.discussions for note in one["notes"]]
    assert "approve" in notes[0]
    assert not any(line.lstrip().startswith(("/approve", "/merge")) for body in notes for line in body.split("\n"))


def test_a_library_that_is_missing_is_named(server: GitLabServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gitlab", None)
    with pytest.raises(EnvironmentLacks) as missing:
        poster(server)
    assert missing.value.hint == '`pip install "swe-agent[gitlab]"`'


def test_errors_for_good_say_what_helps(server: GitLabServer) -> None:
    with pytest.raises(EnvironmentLacks, match="401 Bad credentials"):
        poster(server, token="unknown").read()
    with pytest.raises(EnvironmentLacks, match="404") as missing:
        GitLab(Target(api=f"{server.url_of()}/api/v4", token="t0", project="g/m", number=7), Time().pace()).read()
    assert "number" in missing.value.hint
    with pytest.raises(UsageError):
        GitLab(Target(api="gitlab.com", token="t0", project="g/m", number=7), Time().pace())


def test_waits_are_those_that_were_asked_for(server: GitLabServer) -> None:
    time = Time()
    server.faults = {1: Fault("", 429, {"Retry-After": "7"}, {"message": "Retry later"}), 2: Fault("", 503)}
    poster(server, time).read()
    assert time.slept == [7.0, 1.5]


def settled(server: GitLabServer) -> tuple[list[tuple[str, str]], int, int]:
    """What must be there in the end, once each, and no drafts."""
    return sorted(said(server)), len(summaries(server)), len(server.drafts)


def first_push(server: GitLabServer, time_out: int = 20) -> Done:
    return push(poster(server, time_out=time_out), GITLAB, FIRST, FIRST.told(11), FIRST.told(40))


def second_push(server: GitLabServer, time_out: int = 20) -> Done:
    """Everything at once: one stays, one is fixed, two are new, one of them on its file."""
    told = [SECOND.told(40), SECOND.told(12), SECOND.told(75)]
    return push(poster(server, time_out=time_out), GITLAB, SECOND, *told)


@dataclass(frozen=True)
class Story:
    """A push, what it begins with, what is there after it, and its calls: reading ones, and those that write."""

    push: Callable[..., Done]
    before: dict[str, Any]
    after: tuple[list[tuple[str, str]], int, int]
    published: int
    reads: list[int]
    writes: list[int]


def story(server: GitLabServer, push: Callable[..., Done], after: tuple, published: int) -> Story:
    before = server.keep()
    server.log.clear()
    push(server)
    assert settled(server) == after
    writes = [at for at, call in enumerate(server.log, 1) if server.is_write(call)]
    reads = [at for at in range(1, len(server.log) + 1) if at not in writes]
    return Story(push, before, after, published, reads, writes)


@pytest.fixture(scope="module")
def stories() -> Iterator[tuple[GitLabServer, Story, Story]]:
    with GitLabServer(FIRST.patch) as server:
        first = story(server, first_push, ([("eleven", "open"), ("forty", "open")], 1, 0), 2)
        server.push(NEXT, SECOND.patch)
        threads = [("eleven", "resolved"), ("forty", "open"), ("the file", "open"), ("twelve", "open")]
        second = story(server, second_push, (threads, 1, 0), 4)
        assert (len(first.writes), len(second.writes)) == (4, 5)
        yield server, first, second


def heals(server: GitLabServer, told: Story, faults: dict[int, Fault]) -> None:
    """After the run that meets the faults, and one more at most."""
    server.bring_back(told.before)
    server.faults = faults
    with suppress(EnvironmentLacks):
        told.push(server)
    server.faults = {}
    told.push(server)
    assert settled(server) == told.after, faults
    assert server.published == told.published


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_one_fault_at_any_call_that_writes(stories: tuple[GitLabServer, Story, Story], fault: Fault) -> None:
    server, *told = stories
    for one in told:
        for at in one.writes:
            heals(server, one, {at: fault})
        server.log.clear()
        one.push(server)
        assert server.writes() == []


@pytest.mark.parametrize("fault", FAULTS[::6], ids=lambda fault: fault.name)
def test_one_fault_at_any_call_that_reads(stories: tuple[GitLabServer, Story, Story], fault: Fault) -> None:
    server, _, second = stories
    for at in second.reads:
        heals(server, second, {at: fault})


@pytest.mark.parametrize("fault", FAULTS[::3], ids=lambda fault: fault.name)
def test_a_fault_that_stays(stories: tuple[GitLabServer, Story, Story], fault: Fault) -> None:
    """The run breaks off, and the next one makes it good."""
    server, *told = stories
    for one in told:
        for at in one.writes:
            heals(server, one, dict.fromkeys(range(at, at + 60), fault))


def test_time_outs_after_the_server_has_done_it(stories: tuple[GitLabServer, Story, Story]) -> None:
    server, first, _ = stories
    for at in first.writes:
        server.bring_back(first.before)
        server.faults = {at: Fault("silence", silence=1.2)}
        first_push(server, 1)
        assert settled(server) == first.after
        assert server.published == first.published

"""The poster against a small GitHub: what is planned is there once, whatever the network does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from forges.cases import BASE, HEAD, NEXT, State, Time, changed, push
from forges.faulty import Fault
from forges.github_server import GitHubServer
from forges.on_github import FIRST, SECOND, poster, said

from swe_agent.bot.forge import Target
from swe_agent.bot.github import GitHub
from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.review.marker import mark_comment, mark_summary
from swe_agent.review.platforms import GITHUB
from swe_agent.review.result import made_of


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with GitHubServer(FIRST.patch) as server:
        yield server


def ten_and_forty() -> tuple:
    return FIRST.told(10), FIRST.told(40)


def test_a_first_push_is_one_review_and_one_summary(server: GitHubServer) -> None:
    done = push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert said(server) == [("ten", 10, "open"), ("forty", 40, "open")]
    assert [(call.verb, call.path) for call in server.writes()] == [
        ("POST", "/repos/o/n/pulls/7/reviews"),
        ("POST", "/repos/o/n/issues/7/comments"),
    ]
    assert (done.comments, done.summary, done.calls, done.refused, done.troubles) == (2, "created", 2, (), ())
    [review] = server.reviews
    assert (review["event"], review["commit_id"]) == ("COMMENT", HEAD)


def test_an_unchanged_push_writes_nothing(server: GitHubServer) -> None:
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    server.log.clear()
    done = push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert (server.writes(), done.calls, done.summary) == ([], 0, "unchanged")


def test_what_is_fixed_is_resolved_and_what_is_new_is_said(server: GitHubServer) -> None:
    push(poster(server), GITHUB, FIRST, FIRST.told(11), FIRST.told(40))
    server.push(NEXT, SECOND.patch)
    server.log.clear()
    done = push(poster(server), GITHUB, SECOND, SECOND.told(40), SECOND.told(60))
    assert said(server) == [("eleven", None, "resolved"), ("forty", 40, "open"), ("sixty", 60, "open")]
    assert (done.comments, done.resolved, done.summary, done.calls) == (1, 1, "edited", 3)
    assert len([call for call in server.writes() if call.path != "/graphql"]) == 2
    assert len(server.comments) == 1


def test_what_comes_back_is_opened_again_and_not_said_twice(server: GitHubServer) -> None:
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    push(poster(server), GITHUB, FIRST, FIRST.told(40))
    assert said(server)[0] == ("ten", 10, "resolved")
    done = push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert said(server) == [("ten", 10, "open"), ("forty", 40, "open")]
    assert (done.reopened, done.comments) == (1, 0)


@pytest.mark.parametrize("how", ["resolved", "disliked"])
def test_what_a_person_has_dismissed_stays_silent(server: GitHubServer, how: str) -> None:
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    if how == "resolved":
        server.threads[0].is_resolved, server.threads[0].resolved_by = True, "ann"
    else:
        server.threads[0].dislikes = 1
    assert [thread.state for thread in poster(server).read().threads] == ["dismissed", "open"]
    server.log.clear()
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert server.writes() == []
    server.push(NEXT, SECOND.patch)
    done = push(poster(server), GITHUB, SECOND, SECOND.told(10), SECOND.told(40))
    assert (len(server.threads), done.reopened, done.comments) == (2, 0, 0)


def test_answers_of_people_are_left_alone(server: GitHubServer) -> None:
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    answer = {"id": 1, "user": {"login": "ann"}, "body": "why?"}
    server.threads[0].comments.append(answer)
    push(poster(server), GITHUB, FIRST, FIRST.told(40))
    assert server.threads[0].comments[1:] == [answer]
    assert all(call.verb != "DELETE" for call in server.log)


def test_after_a_push_by_force_threads_have_no_line_and_are_known_again(server: GitHubServer) -> None:
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    other = State(changed((50, "fifty")), NEXT)
    server.push(NEXT, other.patch)
    posted = poster(server).read()
    assert [(thread.made.first, thread.made.path) for thread in posted.threads] == [(0, "one.py"), (0, "one.py")]
    assert (posted.head, posted.base) == (NEXT, BASE)
    done = push(poster(server), GITHUB, other, other.told(50))
    assert (done.resolved, done.comments) == (2, 1)


@pytest.mark.parametrize("told", [(), ten_and_forty()], ids=["a summary", "comments"])
def test_a_plan_for_a_head_that_is_gone_is_not_carried_out(server: GitHubServer, told: tuple) -> None:
    posted = poster(server).read()
    plan = FIRST.plan(GITHUB, posted, told)
    server.push(NEXT, SECOND.patch)
    with pytest.raises(TreeMoved, match="nothing was posted"):
        poster(server).carry_out(plan, posted, FIRST.index)
    assert server.writes() == []


def test_marks_of_others_count_for_nothing(server: GitHubServer) -> None:
    plan = FIRST.plan(GITHUB, poster(server).read(), ten_and_forty())
    [made, _] = made_of(ten_and_forty())
    server.thread("ann", "one.py", 10, f"mine\n\n{mark_comment(made)}")
    server.say("ann", f"mine\n\n{mark_summary(plan.former)}")
    server.thread("robot", "one.py", 11, f"{mark_comment(made)}\n\nand more")  # quoted, not at the end
    assert poster(server).read().threads == ()
    assert poster(server).read().summary is None
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert len(server.threads) == 4
    assert [one["user"]["login"] for one in server.comments] == ["ann", "robot"]


def test_a_summary_of_a_newer_version_is_taken_over(server: GitHubServer) -> None:
    server.say("robot", "what is not known yet\n\n<!-- swe-agent:v99 abc= -->")
    done = push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert (done.summary, len(server.comments)) == ("edited", 1)


def test_what_is_not_committed_is_not_posted(server: GitHubServer) -> None:
    posted = poster(server).read()
    state = State(FIRST.files, "")
    with pytest.raises(UsageError):
        poster(server).carry_out(state.plan(GITHUB, posted, ten_and_forty()), posted, state.index)


def test_a_page_of_something_else_is_no_answer(server: GitHubServer) -> None:
    for fault in (Fault("", 200, {}, "<html>Log in</html>"), Fault("", 200, {}, ["a"]), Fault("", 200, {}, {"a": 1})):
        server.log.clear()
        server.faults = dict.fromkeys(range(4, 20), fault)
        with pytest.raises(EnvironmentLacks, match="does not do its part"):
            poster(server).read()


@pytest.mark.parametrize("login", ["github-actions[bot]", "reviewer[bot]"])
def test_a_workflow_is_known_by_the_name_that_it_is_told(server: GitHubServer, login: str) -> None:
    server.is_workflow = True
    server.tokens = {"t0": login}
    given = "" if login == "github-actions[bot]" else login
    target = Target(api=server.url_of(), token="t0", project="o/n", number=7, own_login=given)
    push(GitHub(target, Time().pace()), GITHUB, FIRST, *ten_and_forty())
    push(GitHub(target, Time().pace()), GITHUB, FIRST, FIRST.told(40))
    posted = GitHub(target, Time().pace()).read()
    assert [thread.state for thread in posted.threads] == ["outdated", "open"]
    assert posted.summary is not None
    server.threads[0].resolved_by = None  # as GitHub tells it where who resolved it was a robot
    assert [thread.state for thread in GitHub(target, Time().pace()).read().threads] == ["outdated", "open"]
    server.threads[0].resolved_by = "ann"
    assert [thread.state for thread in GitHub(target, Time().pace()).read().threads] == ["dismissed", "open"]


def test_hundreds_of_comments_are_read_page_by_page(server: GitHubServer) -> None:
    for n in range(350):
        server.thread("ann", "one.py", 40, f"I say {n}")
        server.say("ann", f"I say {n}")
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    for n in range(250):
        server.thread("ann", "one.py", 40, f"I say more {n}")
        server.say("ann", f"I say more {n}")
    server.log.clear()
    posted = poster(server).read()
    assert (len(posted.threads), posted.summary is not None) == (2, True)
    assert len(server.log) == 2 + 7 + 7
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert server.writes() == []


def test_a_run_that_comes_in_between_is_not_repeated(server: GitHubServer) -> None:
    posted = poster(server).read()
    plan = FIRST.plan(GITHUB, posted, ten_and_forty())
    push(poster(server), GITHUB, FIRST, *ten_and_forty())
    server.log.clear()
    done = poster(server).carry_out(plan, posted, FIRST.index)
    assert (done.calls, server.writes(), len(server.threads)) == (0, [], 2)


def test_what_the_platform_refuses_is_told_in_the_summary_and_takes_nobody_down(server: GitHubServer) -> None:
    """It shows less of the change than we think."""
    server.push(HEAD, State(changed((10, "ten"))).patch)
    done = push(poster(server), GITHUB, FIRST, *ten_and_forty())
    assert said(server) == [("ten", 10, "open")]
    assert [(one.made.first, why) for one, why in done.refused] == [(40, "line must be part of the diff")]
    assert "wrong: forty" in server.comments[0]["body"]
    assert (done.calls, len(server.writes())) == (2, 2)
    server.log.clear()
    posted = poster(server).read()
    assert not FIRST.plan(GITHUB, posted, ten_and_forty()).has_effect(posted.former)
    assert push(poster(server), GITHUB, FIRST, *ten_and_forty()).calls == 0
    assert server.writes() == []
    done = push(poster(server), GITHUB, FIRST, *ten_and_forty(), FIRST.told(11))
    assert [one.made.first for one, _ in done.refused] == [40]
    assert "wrong: forty" in server.comments[0]["body"], "it is still told"


def test_what_is_refused_without_a_reason_takes_few_down(server: GitHubServer) -> None:
    server.never = "wrong: forty"
    done = push(poster(server), GITHUB, FIRST, FIRST.told(10), FIRST.told(11), FIRST.told(40), FIRST.told(41))
    assert said(server) == [("ten", 10, "open"), ("eleven", 11, "open")]
    assert [one.made.first for one, _ in done.refused] == [40, 41]
    assert all(part in server.comments[0]["body"] for part in ("wrong: forty", "wrong: line 41"))
    assert len(server.writes()) == 2


def test_what_the_token_may_not_do_is_said_and_the_rest_is_done(server: GitHubServer) -> None:
    push(poster(server), GITHUB, FIRST, *ten_and_forty(), FIRST.told(70))
    server.may_resolve = server.may_check = False
    done = push(poster(server), GITHUB, FIRST, FIRST.told(40), FIRST.told(75))
    assert [part.split(":")[0] for part in done.troubles] == [
        "threads are not resolved or opened again",
        "findings beside the diff stand in the summary alone",
    ]
    assert done.summary == "edited"


def beside_the_diff(count: int) -> list:
    return [FIRST.told(70, rule=f"rule{n}") for n in range(count)]


def test_annotations_come_in_pages_of_fifty_and_once(server: GitHubServer) -> None:
    done = push(poster(server), GITHUB, FIRST, *beside_the_diff(120))
    assert [len(check["rows"]) for check in server.checks] == [120]
    assert (done.annotations, done.calls, server.checks[0]["conclusion"]) == (120, 4, "neutral")
    server.log.clear()
    push(poster(server), GITHUB, FIRST, *beside_the_diff(120))
    assert server.writes() == []


def test_a_library_that_is_missing_is_named(server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "github", None)
    with pytest.raises(EnvironmentLacks) as missing:
        poster(server)
    assert missing.value.hint == '`pip install "swe-agent[github]"`'


@pytest.mark.parametrize(("api", "project"), [("api.github.com", "o/n"), ("https://x", "n"), ("https://x", "o/n/m")])
def test_addresses_that_are_none(api: str, project: str) -> None:
    with pytest.raises(UsageError):
        GitHub(Target(api=api, token="t", project=project, number=1), Time().pace())


def test_errors_for_good_say_what_helps(server: GitHubServer) -> None:
    with pytest.raises(EnvironmentLacks, match="401 Bad credentials"):
        poster(server, token="unknown").read()
    with pytest.raises(EnvironmentLacks, match="404") as missing:
        GitHub(Target(api=server.url_of(), token="t0", project="o/other", number=7), Time().pace()).read()
    assert "number" in missing.value.hint
    assert "t0" not in repr(Target(api="", token="t0", project="o/n", number=7))


def test_waits_are_those_that_were_asked_for_and_end(server: GitHubServer) -> None:
    time = Time()
    server.faults = {
        1: Fault("", 429, {"Retry-After": "7"}),
        2: Fault("", 503),
        3: Fault("", 403, {}, {"message": "rate limit"}),
    }
    poster(server, time).read()
    assert time.slept == [7.0, 1.5, 45.0]
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1790000020", "Date": "Mon, 21 Sep 2026 14:13:20 GMT"}
    time = Time()
    server.log.clear()
    server.faults = {1: Fault("", 403, reset, {"message": "API rate limit exceeded"})}
    poster(server, time).read()
    assert len(time.slept) == 1
    server.log.clear()
    server.faults = {0: Fault("", 429, {"Retry-After": "3600"})}
    with pytest.raises(EnvironmentLacks, match="does not do its part"):
        poster(server, time).read()
    assert len(server.log) == 1, "who asks for an hour is not waited for"

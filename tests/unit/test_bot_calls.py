"""What an answer of a platform says: wait, no, or nothing that can be relied on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from swe_agent.bot.calls import Answer, Lost, answered, is_limit, reason, retry_after
from swe_agent.review.marker import Former, is_summary, mark_summary, of_summary
from swe_agent.review.plan import without_commands

DATE = {"date": "Mon, 30 Nov 2026 02:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "Mon, 30 Nov 2026 02:00:09 GMT", **DATE}, 9.0),
        ({"retry-after": "Mon, 30 Nov 2026 01:00:00 GMT", **DATE}, 0.0),
        ({"retry-after": "Mon, 30 Nov 2026 02:00:09 GMT"}, None),
        ({"retry-after": "soon", **DATE}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1796004020", **DATE}, 21.0),
        ({"x-ratelimit-remaining": "9", "x-ratelimit-reset": "1796004020", **DATE}, None),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "1796004010", **DATE}, 11.0),
        ({"x-ratelimit-remaining": "0", **DATE}, None),
        ({}, None),
    ],
)
def test_when_to_come_again(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("status", "headers", "text", "limited"),
    [
        (429, {}, "", True),
        (403, {"retry-after": "1"}, "", True),
        (403, {"x-ratelimit-remaining": "0"}, "", True),
        (403, {}, '{"message": "You have exceeded a secondary rate limit"}', True),
        (403, {}, '{"message": "Resource not accessible by integration"}', False),
        (422, {}, '{"errors": [{"code": "abuse"}]}', True),
        (422, {}, '{"errors": [{"message": "was submitted too quickly"}]}', True),
        (422, {}, '{"errors": ["line must be part of the diff: rate limit"]}', False),
        (500, {}, "abuse", False),
    ],
)
def test_what_says_not_so_fast(status: int, headers: dict[str, str], text: str, limited: bool) -> None:
    assert is_limit(Answer(status, headers, None, text)) is limited


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"message": "Not Found"}', "Not Found"),
        ('{"message": "Unprocessable Entity", "errors": ["a", {"message": "b"}]}', "Unprocessable Entity; a; b"),
        ('{"message": {"line_code": ["can\'t be blank"]}}', "line_code can't be blank"),
        ('{"error": "insufficient_scope"}', "insufficient_scope"),
        ("<html><title>502 Bad\x1b[1m Gateway</title></html>", "502 Bad [1m Gateway"),
        ("", ""),
        ("[1]", "[1]"),
    ],
)
def test_why(text: str, said: str) -> None:
    assert reason(answered("GET", 422, {}, text)) == said


def test_what_claims_to_be_in_order_and_is_not() -> None:
    for verb, text in (("GET", ""), ("GET", '{"a": '), ("POST", '{"a": ')):
        with pytest.raises(Lost):
            answered(verb, 200, {}, text)
    assert answered("POST", 204, {"Link": "x"}, "") == Answer(204, {"link": "x"}, None, "")
    assert answered("GET", 502, {}, "{").body is None


def test_what_was_refused_is_kept_in_the_marker() -> None:
    former = Former(
        base="b", head="a", patches={"x.py": "1"}, said="s", refused={"ab": "line must be part of the diff"}
    )
    assert of_summary(f"text\n\n{mark_summary(former)}") == former
    assert of_summary(mark_summary(Former(base="b", head="a"))) == Former(base="b", head="a")
    assert is_summary("text <!-- swe-agent:v9 abc= -->\n")
    assert not is_summary("text <!-- swe-agent:v1 abc= --> more")


@pytest.mark.parametrize(
    ("text", "quiet"),
    [
        ("/approve", "\u2060/approve"),
        ("a\n  /merge now", "a\n  \u2060/merge now"),
        ("see a/b, //c and / d", "see a/b, //c and / d"),
        ("```suggestion:-0+0\n/usr\n```", "```\n\u2060/usr\n```"),
        ("```suggestion\nusr\n```", "```suggestion\nusr\n```"),
    ],
)
def test_commands_are_none(text: str, quiet: str) -> None:
    assert without_commands(text) == quiet


def test_posters_load_the_libraries_of_platforms_when_they_are_opened() -> None:
    names = "{'github', 'gitlab', 'requests'}"
    program = f"import sys, swe_agent.bot.github, swe_agent.bot.gitlab; print(*{names} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

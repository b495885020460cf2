"""Formats of other tools: what is written is read back as it was, and ours are as their readers want them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swe_agent.metrics.attribution.interop import agent_trace, git_ai
from swe_agent.metrics.attribution.interop.git_ai import Wrote

COMMIT = "5f" * 20

MIXED = f"""lib/shop.rb
  s_0a1b2c3d4e5f60::t_112233445566aa 1-9,12
  h_aabbccddeeff00 14-20
"docs/how to.md"
  0123456789abcdef 3,7-8
---
{{
  "schema_version": "authorship/3.0.0",
  "git_ai_version": "1.5.0",
  "base_commit_sha": "{COMMIT}",
  "prompts": {{
    "0123456789abcdef": {{
      "agent_id": {{
        "tool": "first-tool",
        "id": "talk-1",
        "model": "small"
      }},
      "human_author": "Änne <anne@example.org>",
      "total_additions": 3,
      "total_deletions": 0,
      "accepted_lines": 3,
      "overriden_lines": 0
    }}
  }},
  "humans": {{
    "h_aabbccddeeff00": {{
      "author": "Änne <anne@example.org>"
    }}
  }},
  "sessions": {{
    "s_0a1b2c3d4e5f60": {{
      "agent_id": {{
        "tool": "second-tool",
        "id": "talk-2",
        "model": "large"
      }},
      "custom_attributes": {{
        "team": "till"
      }}
    }}
  }}
}}"""


def test_a_note_of_git_ai_is_read_and_written_byte_for_byte() -> None:
    log = git_ai.parse(MIXED)
    assert git_ai.write(log) == MIXED
    assert git_ai.wrote(log) == {
        "lib/shop.rb": [
            Wrote(first=1, last=9, kind="ai", session="talk-2", tool="second-tool", model="large"),
            Wrote(first=12, last=12, kind="ai", session="talk-2", tool="second-tool", model="large"),
            Wrote(first=14, last=20, kind="human"),
        ],
        "docs/how to.md": [
            Wrote(first=3, last=3, kind="ai", session="talk-1", tool="first-tool", model="small"),
            Wrote(first=7, last=8, kind="ai", session="talk-1", tool="first-tool", model="small"),
        ],
    }


def test_a_note_without_lines_says_nothing_of_them() -> None:
    empty = '---\n{\n  "schema_version": "authorship/3.0.0",\n  "base_commit_sha": "x",\n  "prompts": {}\n}'
    assert git_ai.write(git_ai.parse(empty)) == empty
    assert git_ai.wrote(git_ai.parse(empty)) == {}


def test_a_key_without_a_record_is_an_agents_all_the_same() -> None:
    log = git_ai.parse('a.py\n  s_0a1b::t_1 1\n---\n{"schema_version": "authorship/3.0.0", "sessions": null}')
    assert git_ai.wrote(log) == {"a.py": [Wrote(first=1, last=1, kind="ai", session="s_0a1b")]}


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("reviewed by me\n", "there is no line `---`"),
        ("---\nnot JSON", "what follows `---` is not JSON"),
        ("---\n[]", "no JSON object"),
        ('---\n{"schema_version": "authorship/4.0.0"}', "it has version 'authorship/4.0.0'"),
        ("---\n{}", "it has version None"),
        ('a.py\n  key 0-3\n---\n{"schema_version": "authorship/3.0.0"}', "these are no lines: 0-3"),
        ('a.py\n  key 5-3\n---\n{"schema_version": "authorship/3.0.0"}', "these are no lines: 5-3"),
        ('  key 1\n---\n{"schema_version": "authorship/3.0.0"}', "a line is no entry of a file"),
        ('a.py\n    key 1\n---\n{"schema_version": "authorship/3.0.0"}', "a line is no entry of a file"),
    ],
)
def test_a_note_that_is_none_of_git_ai(note: str, said: str) -> None:
    with pytest.raises(git_ai.NotGitAi, match=re.escape(said)):
        git_ai.parse(note)


own = st.builds(
    git_ai.Own,
    path=st.sampled_from(["a.py", "with space.py", "deep/ä.py"]),
    first=st.integers(1, 9),
    last=st.integers(10, 20),
    block=st.sampled_from(["e/1", "e/2"]),
    session=st.sampled_from(["s1", "s2"]),
    model=st.sampled_from(["maker/one", "maker/two"]),
)


@given(st.lists(own, max_size=6))
def test_our_notes_for_git_ai_are_as_its_standard_wants_them(lines: list[git_ai.Own]) -> None:
    text = git_ai.write(git_ai.log_of(COMMIT, lines))
    log = git_ai.parse(text)
    assert git_ai.write(log) == text
    assert (log.metadata["schema_version"], log.metadata["base_commit_sha"], log.metadata["prompts"]) == (
        "authorship/3.0.0", COMMIT, {}
    )  # fmt: skip
    keys = [key for file in log.files for key, _ in file.entries]
    assert all(re.fullmatch(r"s_[0-9a-f]{14}::t_[0-9a-f]{14}", key) for key in keys)
    assert {key.partition("::")[0] for key in keys} == log.metadata["sessions"].keys()
    for file in log.files:
        for _, ranges in file.entries:
            assert list(ranges) == sorted(ranges)
    told = {(path, one.first, one.last, one.session) for path, rows in git_ai.wrote(log).items() for one in rows}
    assert told == {(one.path, one.first, one.last, one.session) for one in lines}
    assert "example.org" not in text


# ---- Agent Trace

TRACE = {
    "version": "0.1.0",
    "id": "0b9c8d7e-1a2b-4c3d-9e8f-001122334455",
    "timestamp": "2026-02-03T04:05:06Z",
    "vcs": {"type": "git", "revision": COMMIT},
    "tool": {"name": "an-editor", "version": "3.1"},
    "files": [
        {
            "path": "lib/till.ts",
            "conversations": [
                {
                    "url": "https://example.org/talks/1",
                    "contributor": {"type": "ai", "model_id": "maker/large"},
                    "ranges": [
                        {"start_line": 4, "end_line": 9, "content_hash": "murmur3:00aa11bb"},
                        {"start_line": 12, "end_line": 12, "contributor": {"type": "mixed"}},
                    ],
                    "related": [{"type": "session", "url": "https://example.org/sessions/2"}],
                },
                {"ranges": []},
            ],
        },
        {"path": "lib/empty.ts", "conversations": []},
    ],
    "metadata": {"confidence": 0.5, "org.example": {"any": ["thing", None]}},
}
LEAST = {"version": "0.1", "id": "x", "timestamp": "2026-02-03T04:05:06Z", "files": []}


@pytest.mark.parametrize("record", [TRACE, LEAST])
def test_a_record_of_agent_trace_is_read_and_written_as_it_was(record: dict[str, object]) -> None:
    assert json.loads(agent_trace.write(agent_trace.parse(json.dumps(record)))) == record


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "2.0"}, "it has version 2.0"),
        ({"files": None}, "it is no record"),
        ({"id": 7}, "a string is expected, not 7"),
        ({"files": [{"path": "a", "conversations": [{"ranges": [{"start_line": 0, "end_line": 1}]}]}]}, "no lines: 0"),
        (
            {"files": [{"path": "a", "conversations": [{"ranges": [], "contributor": {"type": "robot"}}]}]},
            "no contributor of type 'robot'",
        ),
    ],
)
def test_a_record_that_is_none(change: dict[str, object], said: str) -> None:
    with pytest.raises(agent_trace.NotATrace, match=said):
        agent_trace.parse(json.dumps({**LEAST, **change}))
    with pytest.raises(agent_trace.NotATrace):
        agent_trace.parse("[" * 100_000)


def test_our_record_of_a_commit_is_the_same_each_time() -> None:
    lines = [
        agent_trace.Own(path="b.py", first=4, last=6, session="s1", model="maker/one"),
        agent_trace.Own(path="a.py", first=9, last=9, session="s2", model="maker/two"),
        agent_trace.Own(path="b.py", first=1, last=2, session="s1", model="maker/one"),
    ]
    record = agent_trace.record_of(COMMIT, "2026-02-03T04:05:06Z", lines, tool_version="1.2.3")
    text = agent_trace.write(record)
    assert agent_trace.parse(text) == record
    assert json.loads(text) == {
        "version": "0.1.0",
        "id": record.id,
        "timestamp": "2026-02-03T04:05:06Z",
        "vcs": {"type": "git", "revision": COMMIT},
        "tool": {"name": "swe-agent", "version": "1.2.3"},
        "files": [
            {
                "path": "a.py",
                "conversations": [
                    {
                        "contributor": {"type": "ai", "model_id": "maker/two"},
                        "ranges": [{"start_line": 9, "end_line": 9}],
                    }
                ],
            },
            {
                "path": "b.py",
                "conversations": [
                    {
                        "contributor": {"type": "ai", "model_id": "maker/one"},
                        "ranges": [{"start_line": 1, "end_line": 2}, {"start_line": 4, "end_line": 6}],
                    }
                ],
            },
        ],
        "metadata": {"dev.swe-agent": {"sessions": {"a.py": ["s2"], "b.py": ["s1"]}}},
    }
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", record.id)

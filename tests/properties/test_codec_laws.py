"""Events to lines and back: nothing is lost, nothing foreign is believed."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.strategies import of, words
from swe_agent.core.codec import CodecError, NewerEvent, decode, decode_event, encode_event
from swe_agent.core.encode import encode
from swe_agent.core.event import SCHEMA_VERSION, Event, EventBody, JournalBody, TrajectoryBody, Warned
from swe_agent.core.task import RunOptions, Task

KINDS = (*get_args(TrajectoryBody), *get_args(JournalBody))


def events(kind: type) -> st.SearchStrategy[Event]:
    return st.builds(Event, v=st.just(SCHEMA_VERSION), seq=st.integers(1, 2**40), at=words, job=words, body=of(kind))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=25)
def test_every_event_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    event = data.draw(events(kind))
    line = encode_event(event)
    assert decode_event(line) == event
    assert decode_event(line.encode("ascii")) == event
    assert encode_event(decode_event(line)) == line
    assert "\n" not in line


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=10)
def test_what_a_newer_program_added_is_ignored(kind: type, data: st.DataObject) -> None:
    event = data.draw(events(kind))
    line = json.dumps(json.loads(encode_event(event)) | {"added later": {"type": "Unknown", "deep": [1, {}]}})
    assert decode_event(line) == event


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_field_of_a_body_hides_one_of_the_event(kind: type) -> None:
    assert not {field.name for field in fields(kind)} & {"v", "seq", "at", "job", "type"}


def test_the_unions_are_disjoint_and_names_are_unique() -> None:
    assert len({kind.__name__ for kind in KINDS}) == len(KINDS)
    assert set(get_args(EventBody)) == set(KINDS)


def test_fields_that_an_older_program_did_not_write_take_their_defaults() -> None:
    data = {"type": "Task", "text": "x"}
    assert decode(Task, data) == Task(text="x")
    assert decode(RunOptions, {}) == RunOptions()


LINE = encode_event(Event(v=SCHEMA_VERSION, seq=7, at="2026-01-01T00:00:00", job="j", body=Warned(message="careful")))


def test_a_newer_version_is_refused_as_such() -> None:
    newer = json.dumps(json.loads(LINE) | {"v": SCHEMA_VERSION + 1, "type": "NotKnownHere"})
    with pytest.raises(NewerEvent, match=f"version {SCHEMA_VERSION + 1}; this program knows up to {SCHEMA_VERSION}"):
        decode_event(newer)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\0\0\0\0",
        b"null",
        b"[]",
        b"7",
        b'"v"',
        b"{}",
        b"\xff\xfe{}",
        b'{"v":null}',
        b'{"v":1e999}',
        b'{"v":1}',
        b'{"v":1,"type":"Warned","message":"without a seq"}',
        b'{"v":1,"seq":{},"at":"","job":"","type":"Warned","message":""}',
        b'{"v":1,"seq":1e999,"at":"","job":"","type":"Warned","message":""}',
        b'{"v":1,"seq":1,"at":"","job":"","type":["Warned"]}',
        b'{"v":1,"seq":1,"at":"","job":"","type":"Warned","message":7}',
        b'{"v":1,"seq":1,"at":"","job":"","type":"NoSuchEvent"}',
        b'{"v":1,"seq":1,"at":"","job":"","type":"TestsRan","run":[],"tree":""}',
        b'{"v":1,"seq":1,"at":"","job":"","type":"Indexed","files":1,"symbols":1,"languages":7,"seconds":0}',
        b'{"v":1,"seq":"1","at":"","job":"","type":"Warned","message":""}',
        b'{"v":1,"seq":1,"at":"","job":"","type":"CommandRan","argv":"ls","status":0,"seconds":0,"tier":""}',
        b"[" * 100_000,
        LINE.encode()[:-1],
        LINE.encode()[5:],
    ],
)
def test_garbage_is_a_codec_error(line: bytes) -> None:
    with pytest.raises(CodecError):
        decode_event(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
@settings(max_examples=300)
def test_a_spoiled_event_is_an_event_or_a_codec_error_and_nothing_else(data: st.DataObject) -> None:
    """Any value of any key may have been replaced by anything."""
    event = json.loads(encode_event(data.draw(events(data.draw(st.sampled_from(KINDS))))))
    place = event
    while place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], (dict, list)) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(json_values)
        break
    try:
        decoded = decode_event(json.dumps(event))
    except CodecError:
        return
    assert isinstance(decoded, Event)


def test_a_lone_surrogate_survives() -> None:
    body = Warned(message="latin \udce9 byte")
    assert decode(Warned, json.loads(json.dumps(encode(body)))) == body

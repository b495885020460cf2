"""What readers of our reports demand of them: reviewdog by its protocol buffers, code scanning by its limits."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from jsonschema import Draft202012Validator
from made_reviews import BY_HAND, NAMES, reviews, told

from swe_agent.review.findings import Told
from swe_agent.review.reports import code_quality, rd_rows, rdjson, sarif

Schema = dict[str, Any]
MEGABYTE = 10**6


def message(*required: str, **fields: Schema) -> Schema:
    """Of protocol buffers; reviewdog passes over what it does not know, so nothing that it does not may be said."""
    return {"type": "object", "properties": fields, "required": [*required], "additionalProperties": False}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


TEXT, SAID = {"type": "string"}, {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
RANGE = message("start", start=message("line", line=NUMBER, column=NUMBER), end=message(line=NUMBER, column=NUMBER))
LOCATION = message("path", path=SAID, range=RANGE)
SOURCE = message("name", name=SAID, url=SAID)
SEVERITY = {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]}
DIAGNOSTIC = message(
    "message", "location", message=SAID, location=LOCATION, severity=SEVERITY, source=SOURCE,
    code=message(value=SAID, url=SAID), suggestions=many(message("range", "text", range=RANGE, text=TEXT)),
    original_output=TEXT, related_locations=many(message("location", message=TEXT, location=LOCATION)),
)  # fmt: skip
RESULT = message(diagnostics=many(DIAGNOSTIC), source=SOURCE, severity=SEVERITY)


def faults(schema: Schema, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)]


def assert_utf8(value: Any) -> None:
    """Go's reader of JSON refuses a whole document for half of a surrogate pair."""
    json.dumps(value, ensure_ascii=False).encode("utf-8")


def by_hand(test: Any) -> Any:
    for one in BY_HAND.values():
        test = example(one)(test)
    return test


@given(reviews)
@by_hand
def test_reviewdog_reads_it(found: Sequence[Told]) -> None:
    result = json.loads(json.dumps(rdjson(found)))
    assert faults(RESULT, result) == []
    assert_utf8(result)
    assert result["diagnostics"] == list(rd_rows(found))
    assert len(result["diagnostics"]) == sum(bool(one.finding.path) for one in found)
    for row in result["diagnostics"]:
        ranges = [row["location"].get("range"), *(one["range"] for one in row.get("suggestions", ()))]
        for one in filter(None, ranges):
            assert list(one["start"].values()) <= list(one["end"].values())


@given(reviews)
@by_hand
def test_reviewdog_reads_every_line(found: Sequence[Told]) -> None:
    """Its scanner takes lines of less than 64 KiB, and says nothing of what comes after a longer one."""
    for row in rd_rows(found):
        line = json.dumps(row)
        assert len(line) < 64 * 1024
        assert "\n" not in line


@pytest.mark.parametrize(
    "spoilt",
    [
        {"severity": "HIGH"}, {"message": ""}, {"message": None}, {"location": {}}, {"line": 3}, {"code": "F401"},
        {"location": {"path": "a", "range": {"start": {"line": 0}}}}, {"suggestions": [{"text": "x"}]},
        {"location": {"path": "a", "range": {"start": {"line": 1.5}}}},
        {"location": {"path": "a", "range": {"end": {"line": 1}}}},
    ],
)  # fmt: skip
def test_what_reviewdog_would_not_read(spoilt: dict[str, Any]) -> None:
    [row] = rd_rows([told()])
    assert faults(DIAGNOSTIC, row) == []
    assert faults(DIAGNOSTIC, {**row, **spoilt}) != []


@given(reviews)
@by_hand
def test_code_scanning_takes_it(found: Sequence[Told]) -> None:
    log = sarif(found, version="1.2.3")
    assert_utf8(log)
    [run] = log["runs"]
    for rule in run["tool"]["driver"]["rules"]:
        assert len(rule["properties"]["tags"]) <= 20
        for name in ("shortDescription", "fullDescription"):
            assert 0 < len(rule[name]["text"]) <= 1024
    told_of = [
        *run["results"],
        *(note for one in run.get("invocations", ()) for note in one["toolExecutionNotifications"]),
    ]
    assert len(told_of) == len(found)


def test_addresses_are_the_names_of_the_files() -> None:
    """Byte for byte, also where they are no UTF-8."""
    [run] = sarif(BY_HAND["names"], version="1")["runs"]
    found = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert [unquote_to_bytes(one) for one in found] == [name.encode("utf-8", "surrogateescape") for name in NAMES]
    assert all(one.isascii() for one in found)


def test_code_scanning_refuses_more_results() -> None:
    """25,000 of a run, and 10 MB of gzip's. What is left out is said; what matters most is in."""
    found = [
        told(path=f"src/package{n % 997}/module{n % 89}.py", lines=(n + 1, n + 2), rule=f"linter/E{n % 400}",
             message=f"Line {n * 7919 % 100_003} is the {n}th that says {n * 104_729 % 1_000_003:x}.", detail="")
        for n in range(25_010)
    ]  # fmt: skip
    log = sarif(found, version="1")
    [run] = log["runs"]
    assert len(log["runs"]) <= 20
    assert [one["message"]["text"] for one in run["results"]] == [one.finding.message for one in found[:25_000]]
    [note] = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "Of 25,010 findings 10 are not in here."
    assert len(gzip.compress(json.dumps(log, indent=2).encode())) < 10 * MEGABYTE


@given(reviews)
@by_hand
def test_gitlab_reads_it(found: Sequence[Told]) -> None:
    assert_utf8(code_quality(found))

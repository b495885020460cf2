"""Events and answers as JSON on stdout: one event a line, or one object for a question."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from swe_agent.core.encode import encode
from swe_agent.core.errors import SweAgentError

if TYPE_CHECKING:
    from swe_agent.core.event import Event
    from swe_agent.core.schema import Schema


def print_event(event: Event) -> None:
    from swe_agent.core.codec import encode_event  # brings all events along; answers are none

    sys.stdout.write(encode_event(event) + "\n")
    sys.stdout.flush()


def print_object(kind: str, **fields: Any) -> None:
    """One object with its kind and the version of its schema."""
    body = {"v": 1, "type": kind} | {name: encode(value) for name, value in fields.items()}
    sys.stdout.write(json.dumps(body, ensure_ascii=True, allow_nan=False) + "\n")
    sys.stdout.flush()


def schema() -> Schema:
    """JSON Schema of one line of `--json`: an event, or an answer."""
    from importlib import resources  # brings what unpacks archives along

    from swe_agent.core.schema import DRAFT, event_schema

    event = event_schema()
    answer = json.loads(resources.files("swe_agent.ui").joinpath("answers.schema.json").read_text("utf-8"))
    defs = {**event.pop("$defs"), **answer.pop("$defs"), "Event": event, "Answer": answer}
    del event["$schema"], answer["$schema"]
    return {
        "$schema": DRAFT,
        "title": "One line that swe-agent prints with --json",
        "anyOf": [{"$ref": "#/$defs/Event"}, {"$ref": "#/$defs/Answer"}],
        "$defs": defs,
    }


def print_schema() -> None:
    sys.stdout.write(json.dumps(schema(), indent=2) + "\n")


def print_error(error: SweAgentError) -> None:
    print_object("Error", message=error.message, hint=error.hint, exit_code=error.exit_code)

"""Events and answers as JSON on stdout: one event a line, or one object for a question."""

from __future__ import annotations

import json
import sys
from typing import Any

from swe_agent.core.codec import encode, encode_event
from swe_agent.core.errors import SweAgentError
from swe_agent.core.event import Event


def print_event(event: Event) -> None:
    sys.stdout.write(encode_event(event) + "\n")
    sys.stdout.flush()


def print_object(kind: str, **fields: Any) -> None:
    """One object with its kind and the version of its schema."""
    body = {"v": 1, "type": kind} | {name: encode(value) for name, value in fields.items()}
    sys.stdout.write(json.dumps(body, ensure_ascii=True, allow_nan=False) + "\n")
    sys.stdout.flush()


def print_error(error: SweAgentError) -> None:
    print_object("Error", message=error.message, hint=error.hint, exit_code=error.exit_code)

"""Server-sent events to JSON objects. Pure; knows lines, not sockets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from swe_agent.core.errors import ModelBadAnswer
from swe_agent.llm.accumulate import ServerFault


def chunks_of(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The data of each event until `[DONE]` or the end. Comments keep a connection alive and say nothing."""
    event, data = "", list[str]()
    for line in chain(lines, ("",)):  # the last event may lack its blank line
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            event = value
        elif field == "data":
            data.append(value)
        elif not line:
            said = "\n".join(data).strip()
            if said == "[DONE]":
                return
            if said:
                yield _parsed(event, said)
            event, data = "", []


def _parsed(event: str, said: str) -> Mapping[str, Any]:
    try:
        chunk = json.loads(said)
    except ValueError as error:
        if event == "error":
            raise ServerFault(said) from None
        raise ModelBadAnswer(f"the server sent a chunk that is not JSON ({error})") from None
    if not isinstance(chunk, dict):
        raise ModelBadAnswer("the server sent a chunk that is not a JSON object")
    if event == "error" and not chunk.get("error"):
        raise ServerFault(chunk)
    return chunk

"""The shape of a tool, and the reading of its arguments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.core.message import ToolSpec

LIMIT = 20_000
"""Characters of one result that a model is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`text` is what the model is told."""

    text: str
    ok: bool = True
    changes_tree: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    spec: ToolSpec
    use: Callable[[Bench, Mapping[str, Any]], Result]
    reads: bool = False
    """It looks and changes nothing: a planner may use it."""
    beside: bool = False
    """It takes its time elsewhere, so that several calls of one answer may go on at once."""
    acts: bool = False
    """It does something that a guard looks at first."""
    own: bool = True
    """Its schema is a flat one of ours; another's is looked at by whoever it comes from."""

    def arguments(self, text: str) -> dict[str, Any]:
        """What a call holds, checked. BadArguments says what to send instead."""
        return arguments_of(self.spec, text) if self.own else object_of(text)


class BadArguments(ValueError):
    """What is wrong with the arguments, for the model."""


def spec(
    name: str, description: str, required: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> ToolSpec:
    """A flat schema. Each parameter is given as "type: description"; types are string, integer and boolean."""
    properties = {}
    for parameter, text in {**required, **(optional or {})}.items():
        type_, _, about = text.partition(": ")
        properties[parameter] = {"type": type_, "description": about}
    return ToolSpec(
        name=name,
        description=description,
        parameters={
            "type": "object",
            "properties": properties,
            "required": list(required),
            "additionalProperties": False,
        },
    )


def arguments_of(tool: ToolSpec, text: str) -> dict[str, Any]:
    """The call's arguments, checked against the schema. BadArguments says what to send instead."""
    data = object_of(text)
    schema = tool.parameters
    missing = [name for name in schema["required"] if name not in data]
    unknown = [name for name in data if name not in schema["properties"]]
    if missing or unknown:
        said = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(unknown)
        raise BadArguments(f"{tool.name} takes {', '.join(schema['properties'])}; " + "; ".join(said))
    return {name: _typed(name, schema["properties"][name]["type"], value) for name, value in data.items()}


def object_of(text: str) -> dict[str, Any]:
    """A call's arguments as they are."""
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise BadArguments(f"the arguments are not valid JSON ({error}); send the call again") from error
    if not isinstance(data, dict):
        raise BadArguments("the arguments are to be a JSON object")
    return data


def _typed(name: str, wanted: str, value: Any) -> Any:
    if wanted == "integer" and isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", value):
        return int(value)  # models often quote numbers; there is nothing else that it could mean
    right = {
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
    }[wanted]
    if not right:
        raise BadArguments(f"`{name}` is to be of type {wanted}")
    return value


def cut(text: str, limit: int = LIMIT) -> str:
    """Head and tail of a long text, saying how much is missing between them. The tail is twice the head: what went
    wrong stands there."""
    if len(text) <= limit:
        return text
    head = limit // 3
    tail = limit - head
    return f"{text[:head]}\n[… {len(text) - limit} characters left out …]\n{text[-tail:]}"

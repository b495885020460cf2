"""JSON Schema of the event stream, made from the same type hints that the codec reads by.

It says what this version writes. Fields without a default are required; more fields than these may come from a newer
version, as the codec allows.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from swe_agent.core.event import SCHEMA_VERSION, EventBody

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def event_schema() -> Schema:
    """One event, that is one line of a trajectory, of the journal, or of `--json` while a job runs."""
    defs: dict[str, Schema] = {}
    bodies = _schema(EventBody, defs)
    envelope = {"v": {"const": SCHEMA_VERSION}, "seq": {"type": "integer"}, "at": _TEXT, "job": _TEXT}
    return {
        "$schema": DRAFT,
        "title": f"An event of swe-agent, version {SCHEMA_VERSION}",
        "type": "object",
        "properties": envelope,
        "required": [*envelope, "type"],
        **bodies,
        "$defs": dict(sorted(defs.items())),
    }


_TEXT: Schema = {"type": "string"}


def _schema(hint: Any, defs: dict[str, Schema]) -> Schema:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(arg, defs) for arg in args]}
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple:
        return _tuple(args, defs)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(args[1], defs)}
    if is_dataclass(hint):
        return _reference(hint, defs)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    return {} if hint is Any else {"type": _PLAIN[hint]}


def _tuple(args: tuple[Any, ...], defs: dict[str, Schema]) -> Schema:
    if args[1:] == (Ellipsis,):
        return {"type": "array", "items": _schema(args[0], defs)}
    parts = [_schema(arg, defs) for arg in args]
    return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}


def _reference(cls: Any, defs: dict[str, Schema]) -> Schema:
    """A class is described once, under its name, which it carries as "type" too."""
    name = cls.__name__
    if name not in defs:
        defs[name] = {}  # known before its fields are looked at: values may hold values of their own kind
        hints = get_type_hints(cls)
        own = [f for f in fields(cls) if f.init]
        defs[name] = {
            "type": "object",
            "properties": {"type": {"const": name}} | {f.name: _schema(hints[f.name], defs) for f in own},
            "required": ["type", *(f.name for f in own if _required(f))],
        }
    return {"$ref": f"#/$defs/{name}"}


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING

"""Frozen dataclasses to JSON and back, by their type hints.

    encode_event(event) -> one line of JSON without its newline
    decode_event(line)  -> the same event

Tuples become arrays, enums their values, members of a union carry their class name under "type". Fields that a newer
program added are ignored; fields that an older one did not write take their defaults. Text with lone surrogates
(bytes that were not UTF-8) survives as JSON escapes.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from swe_agent.core.encode import encode
from swe_agent.core.event import SCHEMA_VERSION, Event, EventBody

T = TypeVar("T")
Decoder = Callable[[Any], Any]


class CodecError(ValueError):
    """A line that is not what this program writes, or that a newer one wrote."""


class NewerEvent(CodecError):
    """Written by a newer version of this program: to be refused, never skipped."""


def decode(cls: type[T], data: Any) -> T:
    """The value of `cls` that `data` stands for; CodecError where it stands for none."""
    try:
        return cast(T, _decoder(cast(Any, cls))(data))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CodecError(f"not a {getattr(cls, '__name__', cls)}: {error}") from error


def encode_event(event: Event) -> str:
    body = encode(event.body)
    flat = {"v": event.v, "seq": event.seq, "at": event.at, "job": event.job, **body}
    return json.dumps(flat, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def decode_event(line: str | bytes) -> Event:
    try:
        data = json.loads(line)
        v = _plain(int)(data["v"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise CodecError(f"not an event: {error}") from error
    if v > SCHEMA_VERSION:  # before all else: what a newer program means by the rest is not known here
        raise NewerEvent(f"an event of version {v}; this program knows up to {SCHEMA_VERSION}")
    body: Any = decode(cast(Any, EventBody), data)
    try:
        seq, at, job = _plain(int)(data["seq"]), _plain(str)(data["at"]), _plain(str)(data["job"])
    except (ValueError, KeyError) as error:
        raise CodecError(f"not an event: {error}") from error
    return Event(v=v, seq=seq, at=at, job=job, body=body)


@cache
def _decoder(hint: Any) -> Decoder:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint))
    if is_dataclass(hint):
        return _dataclass(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if origin is Literal:
        return _literal(get_args(hint))
    if origin is tuple:
        return _tuple(get_args(hint))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        key, item = (_decoder(arg) for arg in get_args(hint))
        return lambda data: {key(k): item(v) for k, v in data.items()}
    if hint is Any:
        return lambda data: data
    if hint is type(None):
        return _nothing
    return _plain(hint)


def _nothing(data: Any) -> None:
    if data is not None:
        raise ValueError(f"expected null, found {data!r}")


def _plain(hint: type) -> Decoder:
    def plain(data: Any) -> Any:
        if hint is float and isinstance(data, int) and not isinstance(data, bool):
            return float(data)
        if not isinstance(data, hint) or (isinstance(data, bool) and hint is not bool):
            raise ValueError(f"expected {hint.__name__}, found {data!r}")
        return data

    return plain


def _literal(allowed: tuple[Any, ...]) -> Decoder:
    def literal(data: Any) -> Any:
        if data not in allowed:
            raise ValueError(f"expected one of {allowed}, found {data!r}")
        return data

    return literal


def _tuple(args: tuple[Any, ...]) -> Decoder:
    if len(args) == 2 and args[1] is Ellipsis:
        item = _decoder(args[0])
        return lambda data: tuple(item(part) for part in _array(data))
    parts = [_decoder(arg) for arg in args]
    return lambda data: tuple(part(value) for part, value in zip(parts, _array(data), strict=True))


def _array(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise ValueError(f"expected an array, found {data!r}")  # a string would pass for one of its letters
    return data


def _union(members: tuple[Any, ...]) -> Decoder:
    tagged: dict[str, Any] = {m.__name__: m for m in members if isinstance(m, type) and is_dataclass(m)}
    plain = [_decoder(m) for m in members if not is_dataclass(m)]

    def union(data: Any) -> Any:
        if isinstance(data, dict) and data.get("type") in tagged:
            return _decoder(tagged[data["type"]])(data)
        for decoder in plain:
            try:
                return decoder(data)
            except (ValueError, TypeError):
                continue
        kind = data.get("type") if isinstance(data, dict) else data
        raise ValueError(f"unknown kind {kind!r}")

    return union


def _dataclass(cls: Any) -> Decoder:
    hints = get_type_hints(cls)
    known = {f.name: _decoder(hints[f.name]) for f in fields(cls) if f.init}

    def dataclass(data: Any) -> Any:
        if data.get("type", cls.__name__) != cls.__name__:
            raise ValueError(f"expected {cls.__name__}, found {data.get('type')!r}")
        return cls(**{name: decoder(data[name]) for name, decoder in known.items() if name in data})

    return dataclass

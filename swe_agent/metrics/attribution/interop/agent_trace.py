"""Agent Trace records, 0.1.0: JSON objects that say which lines of which revision came from which conversation.

After the draft (cursor/agent-trace, January 2026). Its text and examples number it `0.1.0`, its JSON Schema allows two
numbers alone: we write the former, and read both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

VERSION = "0.1.0"
VENDOR = "dev.swe-agent"
"""Under which what is ours stands in a record's metadata."""
_VERSION = re.compile(r"0\.\d+(?:\.\d+)?|1(?:\.\d+)+")
_MODEL = 250

Kind = Literal["human", "ai", "mixed", "unknown"]
_KINDS = ("human", "ai", "mixed", "unknown")


class NotATrace(ValueError):
    """Not a record, or one of a later version; says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    type: Kind
    model_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    start_line: int
    end_line: int
    content_hash: str = ""
    contributor: Contributor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    ranges: tuple[Range, ...]
    url: str = ""
    contributor: Contributor | None = None
    related: tuple[tuple[str, str], ...] = ()
    """Kinds and addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    path: str
    conversations: tuple[Conversation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`vcs` is a kind and a revision, `tool` a name and a version; empty where there is none."""

    id: str
    timestamp: str
    files: tuple[File, ...]
    version: str = VERSION
    vcs: tuple[str, str] = ("", "")
    tool: tuple[str, str] = ("", "")
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Lines of ours, as they go into a record."""

    path: str
    first: int
    last: int
    session: str
    model: str


def parse(text: str) -> Record:
    """Raises NotATrace."""
    try:
        data = json.loads(text)
        if not _VERSION.fullmatch(data["version"]):
            raise NotATrace(f"it has version {data['version']}; {VERSION} is known here")
        return Record(
            version=data["version"],
            id=_string(data["id"]),
            timestamp=_string(data["timestamp"]),
            vcs=(_string(data["vcs"]["type"]), _string(data["vcs"]["revision"])) if "vcs" in data else ("", ""),
            tool=(data["tool"].get("name", ""), data["tool"].get("version", "")) if "tool" in data else ("", ""),
            files=tuple(_file(one) for one in data["files"]),
            metadata=data.get("metadata", {}),
        )
    except NotATrace:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotATrace(f"it is no record: {error!r}") from error


def _file(data: Mapping[str, Any]) -> File:
    return File(path=_string(data["path"]), conversations=tuple(_conversation(one) for one in data["conversations"]))


def _conversation(data: Mapping[str, Any]) -> Conversation:
    return Conversation(
        ranges=tuple(_range(one) for one in data["ranges"]),
        url=data.get("url", ""),
        contributor=_contributor(data.get("contributor")),
        related=tuple((_string(one["type"]), _string(one["url"])) for one in data.get("related", ())),
    )


def _range(data: Mapping[str, Any]) -> Range:
    first, last = data["start_line"], data["end_line"]
    if not (isinstance(first, int) and isinstance(last, int) and 0 < first <= last):
        raise NotATrace(f"these are no lines: {first} to {last}")
    return Range(
        start_line=first,
        end_line=last,
        content_hash=data.get("content_hash", ""),
        contributor=_contributor(data.get("contributor")),
    )


def _contributor(data: Mapping[str, Any] | None) -> Contributor | None:
    if data is None:
        return None
    if data["type"] not in _KINDS:
        raise NotATrace(f"there is no contributor of type {data['type']!r}")
    return Contributor(type=data["type"], model_id=data.get("model_id", ""))


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise NotATrace(f"a string is expected, not {value!r}")
    return value


def write(record: Record) -> str:
    """One line of JSON."""
    data: dict[str, Any] = {"version": record.version, "id": record.id, "timestamp": record.timestamp}
    if record.vcs[0]:
        data["vcs"] = {"type": record.vcs[0], "revision": record.vcs[1]}
    if record.tool[0]:
        data["tool"] = {"name": record.tool[0], "version": record.tool[1]}
    data["files"] = [
        {"path": file.path, "conversations": [_conversation_data(one) for one in file.conversations]}
        for file in record.files
    ]
    if record.metadata:
        data["metadata"] = dict(record.metadata)
    return json.dumps(data, ensure_ascii=True)


def _conversation_data(one: Conversation) -> dict[str, Any]:
    return {
        **({"url": one.url} if one.url else {}),
        **({"contributor": _contributor_data(one.contributor)} if one.contributor else {}),
        "ranges": [
            {
                "start_line": part.start_line,
                "end_line": part.end_line,
                **({"content_hash": part.content_hash} if part.content_hash else {}),
                **({"contributor": _contributor_data(part.contributor)} if part.contributor else {}),
            }
            for part in one.ranges
        ],
        **({"related": [{"type": kind, "url": url} for kind, url in one.related]} if one.related else {}),
    }


def _contributor_data(one: Contributor) -> dict[str, str]:
    return {"type": one.type, **({"model_id": one.model_id} if one.model_id else {})}


def record_of(commit: str, timestamp: str, lines: Sequence[Own], *, tool_version: str) -> Record:
    """The record of a commit of ours: the same one each time. Conversations have no address that others could open, so
    their ids stand in the metadata, in the order of the conversations of each file."""
    by_path: dict[str, dict[tuple[str, str], list[Own]]] = {}
    for one in lines:
        by_path.setdefault(one.path, {}).setdefault((one.session, one.model), []).append(one)
    files = tuple(
        File(path=path, conversations=tuple(_own(model, rows) for (_, model), rows in conversations.items()))
        for path, conversations in sorted(by_path.items())
    )
    sessions = {path: [session for session, _ in conversations] for path, conversations in sorted(by_path.items())}
    return Record(
        id=_uuid(f"{VENDOR}:{commit}"),
        timestamp=timestamp,
        vcs=("git", commit),
        tool=("swe-agent", tool_version),
        files=files,
        metadata={VENDOR: {"sessions": sessions}},
    )


def _own(model: str, lines: Iterable[Own]) -> Conversation:
    ranges = sorted((one.first, one.last) for one in lines)
    return Conversation(
        contributor=Contributor(type="ai", model_id=model[:_MODEL]),
        ranges=tuple(Range(start_line=first, end_line=last) for first, last in ranges),
    )


def _uuid(text: str) -> str:
    """Of version 8 (RFC 9562): its digits are a hash."""
    digits = sha256(text.encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"

"""A decision made elsewhere, as one line of JSON: read strictly, with words for what is wrong.

`decisions.schema.json` beside this module says the same for other programs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from swe_agent.core.errors import UsageError

HINT = "nothing was taken in; `swe-agent stats ingest --schema` prints what a line holds"
_MOST = 200
"""Characters of an id or a name."""
_BASE = re.compile(r"[0-9a-fA-F]{4,64}")
_ODD = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]+")
_FIELDS = frozenset(
    ("id", "session", "path", "base", "before", "after", "accepted", "author", "model")
)  # fmt: skip
_OPTIONAL = frozenset(("time", "tool", "kind", "reason", "proposed"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`before`, `after` and `proposed` are the bytes of a file; None for no file, and for no `proposed`."""

    id: str
    session: str
    path: str
    base: str
    """Empty where there was no commit yet."""
    before: bytes | None
    after: bytes | None
    accepted: bool
    author: str
    """A mail address; empty where nobody is named."""
    model: str
    at: str
    """UTC, ISO 8601."""
    tool: str = ""
    kind: str = ""
    reason: str = ""
    proposed: bytes | None = None


def schema() -> str:
    """JSON Schema of a line."""
    return resources.files("swe_agent.jobs").joinpath("decisions.schema.json").read_text("utf-8")


def given_of(line: bytes, number: int, *, top: str, now: datetime) -> Given:
    """The decision in a line; UsageError names the line and what is wrong. `top` is the checkout's folder, for tools
    that name files by absolute paths; `now` is for a decision that does not say when it was made."""
    try:
        data = json.loads(line)
        if not isinstance(data, dict):
            raise _Wrong(f"a JSON object is expected, not {_kind(data)}")
        return _given(data, top, now)
    except _Wrong as error:
        raise UsageError(f"line {number}: {error}", hint=HINT) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"line {number}: not UTF-8 at byte {error.start + 1}", hint=HINT) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"line {number}: not JSON: {error}", hint=HINT) from error


class _Wrong(Exception):
    pass


def _given(data: dict[str, Any], top: str, now: datetime) -> Given:
    if missing := sorted(_FIELDS - data.keys()):
        raise _Wrong(f"`{missing[0]}` is missing")
    if unknown := sorted(data.keys() - _FIELDS - _OPTIONAL):
        raise _Wrong(f"there is no field `{unknown[0]}`")
    before, after = _text(data, "before"), _text(data, "after")
    if before is None and after is None:
        raise _Wrong("`before` and `after` are both null: there is no edit")
    proposed = _text(data, "proposed")
    if proposed is not None and (after is None or not data["accepted"]):
        raise _Wrong("`proposed` is for what was accepted with changes")
    return Given(
        id=_name(data, "id", words=False),
        session=_name(data, "session", words=False),
        path=_path(_string(data, "path"), top),
        base=_base(data["base"]),
        before=before,
        after=after,
        accepted=_truth(data, "accepted"),
        author=_author(data),
        model=_name(data, "model", empty=True),
        at=_time(data.get("time"), now),
        tool=_name(data, "tool", empty=True),
        kind=_name(data, "kind", empty=True),
        reason=_string(data, "reason"),
        proposed=proposed,
    )


def _kind(value: object) -> str:
    names = {str: "a string", bool: "true or false", int: "a number", float: "a number", list: "an array"}
    return "null" if value is None else names.get(type(value), "an object")


def _string(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise _Wrong(f"`{name}` is {_kind(value)}; a string is expected")
    return value


def _name(data: dict[str, Any], name: str, *, empty: bool = False, words: bool = True) -> str:
    """A short string on one line; without `words` no white space either."""
    value = _string(data, name)
    if not value and not empty:
        raise _Wrong(f"`{name}` is empty")
    if len(value) > _MOST:
        raise _Wrong(f"`{name}` is longer than {_MOST} characters")
    if _ODD.search(value.replace(" ", "") if words else value):
        what = "a line break or a control character" if words else "white space or a control character"
        raise _Wrong(f"`{name}` holds {what}")
    return value


def _truth(data: dict[str, Any], name: str) -> bool:
    value = data[name]
    if not isinstance(value, bool):
        raise _Wrong(f"`{name}` is {_kind(value)}; true or false is expected")
    return value


def _text(data: dict[str, Any], name: str) -> bytes | None:
    """A file's bytes. Bytes that are no UTF-8 stand in JSON as lone surrogates from U+DC80 to U+DCFF, as Python writes
    them; another lone surrogate, as JavaScript may leave one, becomes three bytes of its own."""
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _Wrong(f"`{name}` is {_kind(value)}; a string or null is expected")
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _LONE.sub(_three_bytes, value).encode("utf-8", "surrogateescape")


def _three_bytes(found: re.Match[str]) -> str:
    return found[0].encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def _path(path: str, top: str) -> str:
    """Relative to the top of the repository, with `/` between its parts, as git writes it."""
    if "\\" in path and "/" not in path:
        path = path.replace("\\", "/")  # of a tool on Windows
    inside = path[len(top) + 1 :] if path.startswith(top + "/") else path
    parts = [part for part in inside.split("/") if part != "."]
    if not path or "\0" in path or inside.startswith("/") or ".." in parts or "" in parts or not parts:
        raise _Wrong(f"`path` is {path!r}; a path below the top of the repository is expected")
    return "/".join(parts)


def _base(base: object) -> str:
    if base is None:
        return ""
    if not isinstance(base, str) or not _BASE.fullmatch(base):
        raise _Wrong("`base` is no commit id; 4 or more hexadecimal digits or null are expected")
    return base.lower()


def _author(data: dict[str, Any]) -> str:
    """A mail address alone, or as git writes it: `NAME <MAIL>`."""
    value = data["author"]
    if value is None:
        return ""
    named = _string(data, "author")
    found = re.search(r"<([^<>]*)>\s*$", named)
    return (found[1] if found else named).strip()


def _time(value: object, now: datetime) -> str:
    if value is None:
        return now.astimezone(UTC).isoformat(timespec="seconds")
    try:
        if not isinstance(value, str):
            raise ValueError
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise _Wrong(f"`time` is {value!r}, without a time zone; end it with `Z` or `+02:00`")
        return at.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        raise _Wrong(f"`time` is {value!r}; ISO 8601 is expected, as `2026-11-29T12:00:00Z`") from None

"""Notes of git-ai, `authorship/3.0.0`: a section that says which lines are whose, a line `---`, and a JSON object.

After the standard (git-ai-project/git-ai, `specs/git_ai_standard_v3.0.0.md`). What is written is read back as it was;
fields that are not known here are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

SCHEMA = "authorship/3.0.0"
TOOL = "swe-agent"
_DIVIDER = "---"
_ENTRY = re.compile(r"  (\S+) (\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)")
_SPACE = re.compile(r"\s")
_DIGITS = 14

Ranges = tuple[tuple[int, int], ...]
"""First and last lines, from 1."""


class NotGitAi(ValueError):
    """A note that is of another format, damaged, or of another version; says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Which keys own which lines of a file."""

    path: str
    entries: tuple[tuple[str, Ranges], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """`metadata` as it stands in the note."""

    files: tuple[File, ...]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote:
    """Lines of one file, and who wrote them. `session` is the tool's own id of the conversation."""

    first: int
    last: int
    kind: Literal["ai", "human"]
    session: str = ""
    tool: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Lines of ours, as they go into a note of git-ai."""

    path: str
    first: int
    last: int
    block: str
    session: str
    model: str


def parse(text: str) -> Log:
    """Raises NotGitAi."""
    lines = text.split("\n")
    if _DIVIDER not in lines:
        raise NotGitAi("there is no line `---`")
    at = lines.index(_DIVIDER)
    try:
        metadata = json.loads("\n".join(lines[at + 1 :]))
    except (ValueError, RecursionError) as error:
        raise NotGitAi(f"what follows `---` is not JSON: {error}") from error
    if not isinstance(metadata, dict):
        raise NotGitAi("what follows `---` is no JSON object")
    version = metadata.get("schema_version")
    if not isinstance(version, str) or not version.startswith("authorship/3."):
        raise NotGitAi(f"it has version {version!r}; {SCHEMA} is known here")
    return Log(files=tuple(_files(lines[:at])), metadata=metadata)


def _files(lines: Iterable[str]) -> Iterator[File]:
    path = ""
    entries: list[tuple[str, Ranges]] = []
    for line in lines:
        found = _ENTRY.fullmatch(line)
        if found and path:
            entries.append((found[1], _ranges(found[2])))
        elif line.startswith(" "):
            raise NotGitAi(f"a line is no entry of a file: {line!r}")
        elif line:
            if path:
                yield File(path=path, entries=tuple(entries))
            path, entries = line[1:-1] if len(line) > 1 and line[0] == line[-1] == '"' else line, []
    if path:
        yield File(path=path, entries=tuple(entries))


def _ranges(text: str) -> Ranges:
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.append((int(first), int(last or first)))
    if any(not 0 < first <= last for first, last in found):
        raise NotGitAi(f"these are no lines: {text}")
    return tuple(found)


def write(log: Log) -> str:
    rows: list[str] = []
    for file in log.files:
        rows.append(f'"{file.path}"' if _SPACE.search(file.path) else file.path)
        rows += [f"  {key} {_told(ranges)}" for key, ranges in file.entries]
    return "\n".join([*rows, _DIVIDER, json.dumps(log.metadata, indent=2, ensure_ascii=False)])


def _told(ranges: Ranges) -> str:
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def wrote(log: Log) -> dict[str, list[Wrote]]:
    """By path, who wrote which lines. Lines that no key names are unknown, and left out."""
    found: dict[str, list[Wrote]] = {}
    for file in log.files:
        for key, ranges in file.entries:
            kind, agent = _who(key, log.metadata)
            for first, last in ranges:
                found.setdefault(file.path, []).append(
                    Wrote(
                        first=first,
                        last=last,
                        kind=kind,
                        session=_text(agent, "id") or ("" if kind == "human" else key.partition("::")[0]),
                        tool=_text(agent, "tool"),
                        model=_text(agent, "model"),
                    )
                )
    return found


def _who(key: str, metadata: Mapping[str, Any]) -> tuple[Literal["ai", "human"], object]:
    """By the beginning of a key: a session, a known person, or a conversation as versions before 1.4 wrote it."""
    if key.startswith("h_"):
        return "human", {}
    table, name = ("sessions", key.partition("::")[0]) if key.startswith("s_") else ("prompts", key)
    records = metadata.get(table)
    record = records.get(name) if isinstance(records, dict) else None
    return "ai", record.get("agent_id") if isinstance(record, dict) else {}


def _text(agent: object, name: str) -> str:
    value = agent.get(name) if isinstance(agent, dict) else None
    return value if isinstance(value, str) else ""


def log_of(commit: str, lines: Sequence[Own]) -> Log:
    """The note on a commit of ours. Whom the agent worked for is not told: that is a person's name."""
    by_path: dict[str, dict[str, list[tuple[int, int]]]] = {}
    sessions: dict[str, Any] = {}
    for one in lines:
        session = "s_" + _digits(f"{TOOL}:{one.session}")
        sessions[session] = {"agent_id": {"tool": TOOL, "id": one.session, "model": one.model}}
        key = f"{session}::t_{_digits(one.block)}"
        by_path.setdefault(one.path, {}).setdefault(key, []).append((one.first, one.last))
    files = tuple(
        File(path=path, entries=tuple((key, tuple(sorted(ranges))) for key, ranges in entries.items()))
        for path, entries in sorted(by_path.items())
    )
    metadata = {"schema_version": SCHEMA, "base_commit_sha": commit, "prompts": {}, "sessions": sessions}
    return Log(files=files, metadata=metadata)


def _digits(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]

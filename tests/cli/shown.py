"""What a person sees of a command, with times, paths and ids filtered out; and JSON held to the shipped schema."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from program import Program, Ran

from swe_agent.ui.jsonl import schema

_FILTERS = (
    (r"\b20\d{6}-\d{6}-[a-z0-9]{4}\b", "[ID]"),
    (r"\b\d+\.\d+ s\b", "[TIME]"),
    (r"\bpid \d+", "pid [PID]"),
    (r"process \d+", "process [PID]"),
    (r"\b[0-9a-f]{40}\b", "[HASH]"),
    (r"sandbox: (namespaced|none)\b.*", "sandbox: [TIER]"),
    (r"`python3? -m pytest`", "`[PYTEST]`"),
    (r"\[/[^\]]*\]|(?<![\w`])/(?:tmp|var|root|home|private)/[^\s`:;]*", "[PATH]"),
)


def shown(ran: Ran, *folders: Path) -> str:
    """Exit code, stdout and stderr together."""
    text = f"exit code {ran.code}\n--- stdout\n{ran.stdout}--- stderr\n{ran.stderr}"
    for folder in folders:
        text = text.replace(str(folder), "[DIR]")
    lines = [
        line.rstrip() for line in text.splitlines() if not line.startswith(("· warning: no sandbox", "  leave `--s"))
    ]
    text = "\n".join(lines)
    for pattern, name in _FILTERS:
        text = re.sub(pattern, name, text)
    return text


def answer(program: Program, *args: str, code: int = 0, input: str = "") -> dict[str, Any]:
    """The one object that a command prints with --json; nothing else may stand on stdout."""
    ran = program.run(*args, "--json", input=input)
    assert ran.code == code, ran.stderr
    lines = ran.stdout.splitlines()
    assert len(lines) == 1, lines
    assert conforms(ran.object) == []
    return ran.object


def conforms(line: Any) -> list[str]:
    """What is wrong with one line of `--json`; nothing where it is as the schema says."""
    return _wrong(line, _shipped(), "line")


@cache
def _shipped() -> dict[str, Any]:
    return schema()


_TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "null": type(None)}


def _is(value: Any, name: str) -> bool:
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, _TYPES[name])


def _wrong(value: Any, rule: dict[str, Any], at: str) -> list[str]:
    """The part of JSON Schema that ours uses."""
    if "$ref" in rule:
        return _wrong(value, _shipped()["$defs"][rule["$ref"].removeprefix("#/$defs/")], at)
    wrong = []
    if "anyOf" in rule:
        tried = [_wrong(value, one, at) for one in rule["anyOf"]]
        wrong += min(tried, key=len)
    if "const" in rule and value != rule["const"]:
        wrong.append(f"{at}: {value!r} is not {rule['const']!r}")
    if "enum" in rule and value not in rule["enum"]:
        wrong.append(f"{at}: {value!r} is none of {rule['enum']}")
    if "type" in rule:
        names = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
        if not any(_is(value, name) for name in names):
            return [*wrong, f"{at}: {value!r} is no {' or '.join(names)}"]
    if isinstance(value, dict):
        wrong += [f"{at}: no {name}" for name in rule.get("required", ()) if name not in value]
        for name, one in value.items():
            inner = rule.get("properties", {}).get(name, rule.get("additionalProperties", {}))
            wrong += _wrong(one, inner, f"{at}.{name}")
    if isinstance(value, list):
        parts = rule.get("prefixItems", [rule.get("items", {})] * len(value))
        wrong += [f"{at}: {len(value)} items"] if len(parts) != len(value) else []
        for number, (one, inner) in enumerate(zip(value, parts, strict=False)):
            wrong += _wrong(one, inner, f"{at}[{number}]")
    return wrong

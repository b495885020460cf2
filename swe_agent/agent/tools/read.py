"""Read a file, whole or in part, with line numbers; a long one begins with what it defines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swe_agent.agent.bench import Bench
from swe_agent.agent.tools.search import definition
from swe_agent.agent.tools.tool import Result, Tool, cut, spec

_MOST = 400
_HEAD = 120
"""Lines of a file that is longer than that, below its outline."""
_OUTLINED = 150


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    path = arguments["path"].removeprefix("./")
    text = bench.read(path)
    if text is None:
        return _not_a_file(bench, path)
    if "\0" in text[:8000]:
        return Result(text=f"{path} is a binary file of {len(text)} bytes", ok=False)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    outline = ""
    if len(lines) > _MOST and not {"start", "end"} & arguments.keys():
        outline = _outline(bench, path)
    start = max(1, arguments.get("start", 1))
    most = _HEAD if outline else _MOST
    end = min(len(lines), arguments.get("end", start + most - 1), start + 2 * _MOST - 1)
    if start > len(lines):
        return Result(text=f"{path} has only {len(lines)} lines", ok=bool(not lines))
    shown = "\n".join(f"{number:>5}\t{lines[number - 1]}" for number in range(start, end + 1))
    rest = f"\n[lines {start} to {end} of {len(lines)}]" if (start, end) != (1, len(lines)) else ""
    return Result(text=cut(outline + shown + rest, 40_000))


def _outline(bench: Bench, path: str) -> str:
    """What a long file defines; empty where that is not known."""
    found = [one for one in bench.outline(path) if one.kind != "module"]
    if not found:
        return ""
    more = f"\n[{len(found) - _OUTLINED} more]" if len(found) > _OUTLINED else ""
    return "\n".join(definition(one).removeprefix(f"{path}:") for one in found[:_OUTLINED]) + more + "\n\n"


def _not_a_file(bench: Bench, path: str) -> Result:
    prefix = path.rstrip("/") + "/" if path not in ("", ".") else ""
    below = sorted({f[len(prefix) :].split("/", 1)[0] + ("/" if "/" in f[len(prefix) :] else "")
                    for f in bench.files() if f.startswith(prefix)})  # fmt: skip
    if below:
        return Result(text=f"{path or '.'} is a folder:\n" + cut("\n".join(below), 4000))
    name = path.rsplit("/", 1)[-1]
    alike = [f for f in bench.files() if f.rsplit("/", 1)[-1] == name][:5]
    return Result(text=f"there is no file {path}" + (f"; did you mean {', '.join(alike)}?" if alike else ""), ok=False)


TOOL = Tool(
    spec=spec(
        "read",
        f"Read a file with line numbers, or list a folder. Of a file of more than {_MOST} lines: what it defines, and "
        f"its first {_HEAD} lines, unless `start` or `end` says otherwise.",
        {"path": "string: relative to the top of the repository"},
        {"start": "integer: first line, from 1", "end": "integer: last line"},
    ),
    use=_use,
    reads=True,
)

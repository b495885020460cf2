"""Find definitions and text in the files of the tree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from swe_agent.agent.bench import Bench, Hit
from swe_agent.agent.tools.tool import Result, Tool, cut, spec
from swe_agent.core.source import Symbol
from swe_agent.core.task import within

_MOST = 100
_MOST_AROUND = 10
_MOST_DEFINITIONS = 20
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")


def _use(bench: Bench, arguments: Mapping[str, Any]) -> Result:
    pattern, regex = arguments["pattern"], arguments.get("regex", False)
    if not pattern:
        return Result(text="the pattern is empty", ok=False)
    if regex:
        try:
            re.compile(pattern)
        except re.error as error:
            return Result(text=f"not a regular expression: {error}", ok=False)
    under = arguments.get("under", "").removeprefix("./").strip("/")
    if under and not any(path == under or path.startswith(under + "/") for path in bench.files()):
        return Result(text=f"there is no {under} in the repository; `read` lists folders", ok=False)
    defined = _definitions(bench, pattern, under)
    hits = bench.search(pattern, under, regex=regex)
    if not hits and not defined:
        return Result(text="nothing found")
    around = min(arguments.get("context", 0), _MOST_AROUND)
    shown = [f"defined: {definition(symbol)}" for symbol in defined]
    shown += _shown(bench, hits[:_MOST], around)
    if len(hits) > _MOST:
        shown.append(f"[{len(hits) - _MOST} or more further places; narrow the search]")
    return Result(text=cut("\n".join(shown)))


def _definitions(bench: Bench, pattern: str, under: str) -> Sequence[Symbol]:
    """Those that a pattern names, where it is a name: they are what most searches are for."""
    if not _NAME.fullmatch(pattern):
        return ()
    found = [one for one in bench.symbols(pattern) if not under or within(one.path, (under,))]
    return found[:_MOST_DEFINITIONS]


def definition(symbol: Symbol) -> str:
    """A definition on one line."""
    where = f"{symbol.path}:{symbol.span.start}-{symbol.span.end}"
    return f"{where}  {symbol.kind} {symbol.qualified}  {symbol.signature}"


def _shown(bench: Bench, hits: Sequence[Hit], around: int) -> list[str]:
    if around <= 0:
        return [f"{hit.path}:{hit.line}: {hit.text[:200]}" for hit in hits]
    return [
        part
        for path in dict.fromkeys(hit.path for hit in hits)
        for part in _regions(path, bench.read(path) or "", [hit.line for hit in hits if hit.path == path], around)
    ]


def _regions(path: str, text: str, found: Sequence[int], around: int) -> list[str]:
    """Lines around those that were found, each shown once."""
    lines = text.split("\n")
    shown: list[str] = []
    last = 0
    for line in found:
        first, end = max(1, line - around, last + 1), min(len(lines), line + around)
        if first > last + 1 or not shown:
            shown.append(f"{path}:{line}:")
        shown += [f"{n:>5}\t{lines[n - 1]}" for n in range(first, end + 1)]
        last = max(last, end)
    return shown


TOOL = Tool(
    spec=spec(
        "search",
        "Search all files: where a name such as `total` or `Cart.total` is defined, and each line that holds the text. "
        "Answers `path:line: text`.",
        {"pattern": "string: text to find, case-sensitive"},
        {
            "under": "string: only in this folder or file",
            "regex": "boolean: the pattern is a Python regular expression",
            "context": "integer: lines to show around each place, up to 10",
        },
    ),
    use=_use,
    reads=True,
)

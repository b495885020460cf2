"""Places in code, for the terminal and for pipes: one a line, `path:line:` first, as editors and grep have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from swe_agent.core.context import Context
from swe_agent.core.source import Symbol
from swe_agent.core.suspicion import Suspected
from swe_agent.index.complete import Kept
from swe_agent.index.rank import Localised, Ranked
from swe_agent.index.store import Size
from swe_agent.ui.console import line, safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    path: str
    line: int
    text: str
    name: str = ""
    kind: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"path": self.path, "line": self.line, "text": self.text, "name": self.name, "kind": self.kind}


def places_text(found: Sequence[Place], limit: int) -> Text:
    text = Text()
    for place in found[:limit]:
        text += line(place.path, "cyan") + line(f":{place.line}: ", "dim") + line(place.text)
        text += line(f"  [{place.kind} {place.name}]" if place.name else "", "dim") + Text("\n")
    if len(found) > limit:
        text += line(f"… and {len(found) - limit} more; `--limit` shows them", "yellow") + Text("\n")
    return _trimmed(text)


def symbol_row(symbol: Symbol) -> dict[str, Any]:
    return {
        "kind": symbol.kind,
        "name": symbol.name,
        "qualified": symbol.qualified,
        "start": symbol.span.start,
        "end": symbol.span.end,
        "signature": symbol.signature,
        "doc": symbol.doc,
    }


def outline_text(symbols: Sequence[Symbol], path: str) -> Text:
    if not symbols:
        return line(f"{path}: nothing is defined that is known to define something", "yellow")
    width = len(str(symbols[-1].span.end))
    text = Text()
    known = {symbol.qualified for symbol in symbols}
    for symbol in symbols:
        indent = Text("  " * symbol.depth_among(known))
        text += line(f"{symbol.span.start:>{width}}  ", "dim") + indent + line(symbol.signature)
        text += line(f"  {symbol.doc}" if symbol.doc else "", "dim") + Text("\n")
    return _trimmed(text)


def localised_text(found: Localised, *, why: bool) -> Text:
    text = Text()
    if not found.files:
        return line("no file fits the words of this task", "yellow")
    for place, one in enumerate(found.files, 1):
        text += line(f"{place:>2}. ", "dim") + line(one.path, "bold") + line(f"  {', '.join(one.reasons)}", "dim")
        text += Text("\n") + (_features(one) if why else Text())
    if found.functions:
        text += Text("\n")
    for one_ in found.functions:
        text += line(f"{one_.path}:{one_.symbol.span.start}: ", "cyan") + line(one_.symbol.qualified)
        text += line(f"  {one_.symbol.doc}" if one_.symbol.doc else "", "dim") + Text("\n")
    return _trimmed(text)


def led_text(led: Suspected) -> Text:
    tests = f"{len(led.tests)} failing test" + ("s" if len(led.tests) != 1 else "")
    text = line(f"{tests}, traced in {led.seconds:.1f} s, may fail for", "bold") + Text("\n")
    for one in led.suspects:
        text += line(f"{one.path}:{one.span.start}: ", "cyan") + line(f"{one.score:.2f}", "bold")
        text += line(f"  {'; '.join(one.reasons)}", "dim") + Text("\n")
    return text


def _features(one: Ranked) -> Text:
    parts = sorted(one.why.items(), key=lambda part: -abs(part[1]))
    shown = "  ".join(f"{name} {value:+.2f}" for name, value in parts if abs(value) >= 0.005)
    return line(f"      {one.score:.2f} = {shown}", "dim") + Text("\n")


def context_text(chosen: Context) -> Text:
    text = line(f"map, about {chosen.repo_map.tokens:,} tokens", "bold") + Text("\n") + safe(chosen.repo_map.text)
    for snippet in chosen.snippets:
        head = f"{snippet.path}:{snippet.span.start}-{snippet.span.end}"
        text += (
            Text("\n") + line(head, "bold cyan") + line(f"  {snippet.reason}, about {snippet.tokens:,} tokens", "dim")
        )
        text += Text("\n") + safe(snippet.text) + Text("\n")
    for path, _ in chosen.instructions:
        text += Text("\n") + line(f"instructions: {path}", "bold")
    return text + Text("\n") + line(f"about {chosen.tokens:,} tokens in all", "bold")


def index_text(here: Kept, size: Size, directory: str) -> Text:
    languages = ", ".join(f"{name} {count}" for name, count in here.languages.items()) or "no language that is known"
    rows = [
        f"here     {here.files:,} files ({languages})",
        f"known    the words of {here.words:,}; {here.parsed:,} parsed, with {here.symbols:,} symbols"
        + ("; the rest is read when it is asked for" if here.words < here.files else ""),
        f"kept     {size.blobs:,} files and {size.outlines:,} outlines of all repositories, {size.bytes / 1e6:.1f} MB",
        f"in       {directory}",
    ]
    return Text("\n").join(line(row) for row in rows)


def _trimmed(text: Text) -> Text:
    text.rstrip()
    return text

"""Lines with who wrote them, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Protocol

from swe_agent.core.encode import encode
from swe_agent.core.evidence import LineKind, LineOrigin
from swe_agent.core.record import BlockRecord, JobRecord
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, line, safe

_STYLES: dict[LineKind, str] = {"ai": "cyan", "ai_edited": "yellow", "human": "green", "unknown": "dim"}
_WIDE = 28


class File(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def origins(self) -> Sequence[LineOrigin]: ...


class Way(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def origin(self) -> LineOrigin: ...
    @property
    def job(self) -> JobRecord | None: ...
    @property
    def block(self) -> BlockRecord | None: ...
    @property
    def commit(self) -> str: ...


def print_json(revision: str, files: Iterable[File]) -> None:
    jsonl.print_object("Blame", revision=revision, files=[_file(one) for one in files])


def _file(file: File) -> dict[str, Any]:
    """Lines in a row that have one origin are one entry; lines count from 1."""
    runs, at = [], 1
    for origin, same in groupby(file.origins):
        size = len(list(same))
        runs.append({"first": at, "last": at + size - 1, **encode(origin)})
        at += size
    return {"path": file.path, "lines": len(file.lines), "runs": runs}


def print_text(files: Iterable[File]) -> None:
    console = data_console()
    for number, file in enumerate(files):
        if number:
            console.print()
        console.print(line(file.path, "bold"))
        width = len(str(len(file.lines)))
        last: LineOrigin | None = None
        for place, (text, origin) in enumerate(zip(file.lines, file.origins, strict=True), 1):
            who = _who(origin) if origin != last else ""
            last = origin
            row = line(f"{who:{_WIDE}.{_WIDE}} ", _STYLES[origin.kind])
            row.append_text(line(f"{place:{width}} ", "dim"))
            row.append_text(safe(text.replace("\t", "    ").rstrip("\r")))
            console.print(row, soft_wrap=True)


def _who(origin: LineOrigin) -> str:
    if origin.kind in ("ai", "ai_edited"):
        word = "AI" if origin.kind == "ai" else "AI, edited"
        return " ".join(part for part in (word, origin.model, origin.session[-8:]) if part)
    return f"{origin.kind} {origin.commit[:8]}".strip()


def print_chain_json(way: Way) -> None:
    jsonl.print_object(
        "LineExplained",
        path=way.path,
        line=way.line,
        origin=way.origin,
        job=way.job,
        block=way.block,
        commit=way.commit,
    )


def print_chain(way: Way) -> None:
    console, origin = data_console(), way.origin
    console.print(line(f"{way.path}:{way.line}", "bold"), line(way.text.strip()))
    for word, said in (
        ("written by", _written(origin)),
        ("found by", _found(origin)),
        ("proposed", _proposed(way)),
        ("decided", _decided(way)),
        ("committed", way.commit or "in a commit that is not in this history"),
    ):
        if said:
            row = line(f"  {word:11}", "dim")
            row.append_text(line(said))
            console.print(row, soft_wrap=True)


def _written(origin: LineOrigin) -> str:
    match origin.kind:
        case "ai" | "ai_edited":
            by = f"an agent ({origin.model})" if origin.model else "an agent"
            return by if origin.kind == "ai" else f"{by}, and changed by a person since"
        case "human":
            return "a person"
        case "unknown":
            return "nobody who is known: no accepted work explains it, and nobody attests it"


def _found(origin: LineOrigin) -> str:
    return f"{origin.via} (right in {origin.confidence:.1%} of such lines where it was measured)" if origin.via else ""


def _proposed(way: Way) -> str:
    if way.job is not None:
        return f"{way.job.job}, {way.job.title}" if way.job.title else way.job.job
    return f"{way.origin.session}, in another clone or tool" if way.origin.session else ""


def _decided(way: Way) -> str:
    if way.block is None:
        return ""
    landed = f", landed as {way.block.landing}" if way.block.landing else ""
    return f"{way.block.outcome.replace('_', ' ')} on {way.block.decided_at[:16]}{landed}"

"""Answers to questions, as tables: jobs, models, settings, checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from swe_agent.core.record import JobBook
from swe_agent.ui.console import line

if TYPE_CHECKING:
    from swe_agent.core.usage import Price


NARROW = 72
"""Columns; below it a table of six columns is torn to pieces."""


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=number == 0)
    return table


def state_of(book: JobBook, alive: Mapping[str, int]) -> str:
    """In a word or two: running, waiting for decisions or for a landing, landed, closed, or how it ended."""
    if book.job.job in alive:
        return "running"
    standing = [one for one in book.landings if one.state == "landed"]
    if book.open_blocks and book.job.closed in ("expired", "forgotten"):
        return "landed" if standing else book.job.closed
    if book.undecided:
        is_undone = not standing and all(block.outcome == "undone" for block in book.undecided)
        return "undone" if is_undone else _open(book)
    if book.to_land:
        return f"{len(book.to_land)} accepted, not landed"
    if standing:
        return "landed"
    if book.blocks:
        return "decided"
    return book.job.end_reason.replace("_", " ") or "stopped half-way"


def _open(book: JobBook) -> str:
    return f"{len(book.undecided)} of {len(book.blocks)} blocks open"


def _state(book: JobBook, alive: Mapping[str, int]) -> str:
    """The same for a person, who wants to know what is to do about it."""
    state = state_of(book, alive)
    if state == "running":
        return f"running (pid {alive[book.job.job]})"
    return f"undone, {_open(book)}" if state == "undone" else state


def jobs_table(books: Sequence[JobBook], alive: Mapping[str, int], *, hidden: int, width: int) -> RenderableType:
    ones = "one" if hidden == 1 else "ones"
    rest = [line(f"and {hidden} closed {ones}: `swe-agent list --all`", "dim")] if hidden else []
    if not books:
        return Group(line('no jobs yet; start one: `swe-agent run "fix: …"`'), *rest) if not hidden else Group(*rest)
    if width < NARROW:
        return Group(*(_job_lines(book, alive) for book in books), *rest)
    table = _table("job", "state", "verdict", "by", "cost", "task")
    for book in books:
        table.add_row(
            line(book.job.job),
            line(_state(book, alive)),
            line(book.job.verdict or "-"),
            line(book.job.model or "-"),
            line(str(book.cost)),
            line(book.job.title),
        )
    return Group(table, *rest)


def _job_lines(book: JobBook, alive: Mapping[str, int]) -> Text:
    said = [_state(book, alive), book.job.verdict, book.job.title]
    return line(book.job.job, "bold") + Text("").join(Text("\n  ") + line(part) for part in said if part)


class _Facts(Protocol):
    @property
    def price(self) -> Price | None: ...
    @property
    def context_tokens(self) -> int | None: ...


class _Model(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def facts(self) -> _Facts: ...


def models_table(rows: Sequence[_Model], part: str) -> RenderableType:
    if not rows:
        asked = f" whose name holds `{part}`" if part else ""
        return Group(
            line(f"no usable model{asked} was found"),
            line(
                "set a provider's key (ANTHROPIC_API_KEY, OPENAI_API_KEY, …), name a server with `--base-url`, or "
                "start Ollama, llama.cpp, LM Studio or vLLM here",
                "cyan",
            ),
        )
    table = _table("model", "where", "$/M in", "cached", "$/M out", "context", "")
    for row in rows:
        price = row.facts.price
        cells = [f"{nano / 1000:.2f}" if nano is not None else "unknown" for nano in _nanos(price)]
        context = f"{row.facts.context_tokens:,}" if row.facts.context_tokens else "unknown"
        table.add_row(line(row.name), line(row.where), *cells, context, line(row.note))
    return table


def _nanos(price: Price | None) -> tuple[float | None, float | None, float | None]:
    return (price.input_nano, price.cached_nano, price.output_nano) if price else (None, None, None)


class _Settings(Protocol):
    @property
    def by_name(self) -> Mapping[str, Any]: ...


def settings_table(settings: _Settings, *, origin: bool) -> RenderableType:
    table = _table("setting", "value", *(("from",) if origin else ()), "")
    for name, setting in settings.by_name.items():
        value = "" if setting.value in (None, "", (), {}) else str(setting.shown)
        table.add_row(name, line(value), *((line(setting.origin),) if origin else ()), line(setting.key.help, "dim"))
    return table


class _Check(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def said(self) -> str: ...
    @property
    def fix(self) -> str: ...


def checks_table(checks: Iterable[_Check]) -> RenderableType:
    style = {"ok": "green", "note": "yellow", "missing": "bold red"}
    table = _table("", "what", "")
    for check in checks:
        said = line(check.said)
        if check.fix:
            said = said + Text("\n") + line(check.fix, "cyan")
        table.add_row(Text(check.state, style=style[check.state]), check.name, said)
    return table

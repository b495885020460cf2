"""Which pieces of the repository are put before the model: the map, the code that fits the task best, instructions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from swe_agent.context.budget import share, tokens_of
from swe_agent.context.skills import skills_in
from swe_agent.core.context import Budget, Context, Snippet
from swe_agent.core.diff import is_binary
from swe_agent.core.plan import Plan
from swe_agent.core.source import Span, Symbol
from swe_agent.core.suspicion import Suspicion
from swe_agent.core.task import within
from swe_agent.index.index import Index
from swe_agent.index.rank import Ranked
from swe_agent.index.task_text import code_names

CUT = "\n[cut]"
INSTRUCTION_FILES = ("AGENTS.md", "CLAUDE.md", "GEMINI.md")
WHOLE_FILE_LINES = 160
"""A file up to this long is shown whole: an outline of it would cost nearly as much."""
LONGEST = 120
"""A definition longer than this is shown by its head."""
LONGEST_PLANNED = 300
"""But where a plan names it, it is shown whole up to so many lines: it will be edited, and would be read at once."""
FILES = 8
SYMBOLS = 4
"""Definitions of one ranked file."""
FILE_SHARE = 0.4
"""Of the snippets' budget, for one file: a long table of constants must not crowd out the code that uses it."""
PLANNED = "named by the plan"
RARE = 12
"""A name of the task that stands on no more lines than this points somewhere."""

Read = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A span of a file that is worth showing, and why."""

    path: str
    span: Span
    reason: str


def choose(
    index: Index,
    query: str,
    budget: Budget,
    read: Read,
    *,
    under: Sequence[str] = (),
    suspects: Sequence[Suspicion] = (),
) -> Context:
    """The context for a task. `under` limits it to these paths; `suspects` come before everything else."""

    def allowed(found: Iterable[Ranked]) -> tuple[Ranked, ...]:
        return tuple(one for one in found if not under or within(one.path, tuple(under)))

    ranked = allowed(index.rank(query))
    # Words in another language than the code's fit nothing; the model should still see where it is.
    mapped = ranked or allowed(index.overview())
    shares = share(budget)
    pieces = [
        *(_Piece(path=s.path, span=s.span, reason="; ".join(s.reasons) or "suspected") for s in suspects),
        *_holders(index, query, under),
        *_of_ranked(index, ranked),
    ]
    snippets = tuple(_fit(_snippets(pieces, read), shares.snippets))
    return Context(
        repo_map=index.repo_map(mapped, tokens=shares.repo_map),
        snippets=snippets,
        instructions=tuple(_instructions(read, _instruction_files(snippets), shares.instructions)),
        skills=skills_in(index.paths, read),
    )


def planned(index: Index, plan: Plan) -> tuple[Suspicion, ...]:
    """The places that a plan names: in each of its files the definitions whose names it says, else the whole file."""
    text = "\n".join([plan.summary, *(step.text for step in plan.steps)])
    names = set(re.findall(r"\w+", text))
    dotted = set(re.findall(r"\w+(?:\.\w+)+", text))
    found: list[Suspicion] = []
    for path in dict.fromkeys(path for step in plan.steps for path in step.paths):
        path = path.split("::")[0]
        if path not in index:
            continue
        outline = [symbol for symbol in index.outline(path) if symbol.kind != "module"]
        # `Cart.total` means that one, and not every `total` of the file.
        named = [symbol for symbol in outline if symbol.qualified in dotted]
        named = named or [symbol for symbol in outline if symbol.name in names]
        spans = [
            symbol.span
            for symbol in named
            if symbol.span.end - symbol.span.start < LONGEST_PLANNED and not _only_around(symbol, named)
        ]
        whole = Span(start=1, end=index.text(path).count("\n") + 1)
        found += [Suspicion(path=path, span=span, score=1.0, reasons=(PLANNED,)) for span in spans or [whole]]
    return tuple(found)


def _only_around(symbol: Symbol, named: Sequence[Symbol]) -> bool:
    """Whether it is a long definition around another one that is named: that one is what is meant."""
    span = symbol.span
    return span.end - span.start >= LONGEST and any(
        other is not symbol and span.start <= other.span.start and other.span.end <= span.end for other in named
    )


def _holders(index: Index, query: str, under: Sequence[str]) -> Iterator[_Piece]:
    """Definitions around the few lines that hold a name which the task spells out: ranking knows names of definitions,
    and a task often names what stands inside of one."""
    for name in sorted(code_names(query)):
        if len(name) < 5 or index.defines(name):
            continue
        found = index.search(name, paths=tuple(under), limit=RARE + 1).found
        for match in found if len(found) <= RARE else ():
            around = [symbol.span for symbol in index.outline(match.path) if match.line in symbol.span]
            if around and not index.is_test(match.path):
                smallest = min(around, key=lambda span: span.end - span.start)
                yield _Piece(path=match.path, span=smallest, reason=f"holds `{name}`")


def _of_ranked(index: Index, ranked: Sequence[Ranked]) -> Iterator[_Piece]:
    """The best definitions of the best files, and of the best file of tests."""
    tests = [entry for entry in ranked if index.is_test(entry.path)][:1]
    sources = [entry for entry in ranked if not index.is_test(entry.path)][:FILES]
    for entry in [*sources[:3], *tests, *sources[3:]]:
        reason = ", ".join(entry.reasons)
        for symbol in entry.symbols[: 2 if entry in tests else SYMBOLS]:
            yield _Piece(path=entry.path, span=symbol.span, reason=reason)


def _snippets(pieces: Sequence[_Piece], read: Read) -> Iterator[Snippet]:
    """In order of the pieces' files; the pieces of one file in order of lines, joined where they overlap."""
    by_path: dict[str, list[_Piece]] = {}
    for piece in pieces:
        by_path.setdefault(piece.path, []).append(piece)
    for path, wanted in by_path.items():
        text = read(path)
        if text is None or is_binary(text[:8000].encode("utf-8", "surrogateescape")):
            continue
        lines = text.split("\n")
        if len(lines) <= WHOLE_FILE_LINES:
            yield _snippet(path, Span(start=1, end=len(lines)), lines, wanted[0].reason)
            continue
        for span, reason in _joined(wanted, len(lines)):
            yield _snippet(path, span, lines, reason)


def _snippet(path: str, span: Span, lines: Sequence[str], reason: str) -> Snippet:
    most = LONGEST_PLANNED if reason == PLANNED else WHOLE_FILE_LINES
    shown = span if span.end - span.start < most else Span(start=span.start, end=span.start + LONGEST - 1)
    text = "\n".join(lines[shown.start - 1 : shown.end])
    if shown != span:
        text += f"\n[… goes on to line {span.end}]"
    return Snippet(path=path, span=shown, text=text, reason=reason, tokens=tokens_of(text))


def _joined(wanted: Sequence[_Piece], last: int) -> list[tuple[Span, str]]:
    joined: list[tuple[Span, str]] = []
    for piece in sorted(wanted, key=lambda piece: (piece.span.start, -piece.span.end)):
        start, end = max(1, piece.span.start), min(last, piece.span.end)
        if joined and start <= joined[-1][0].end:
            before, reason = joined[-1]
            joined[-1] = (Span(start=before.start, end=max(before.end, end)), reason)
        elif start <= end:
            joined.append((Span(start=start, end=end), piece.reason))
    return joined


def _fit(candidates: Iterator[Snippet], tokens: int) -> Iterator[Snippet]:
    """Candidates in order while they fit; one that does not is passed over for smaller ones behind it."""
    left, of_file = tokens, int(tokens * FILE_SHARE)
    used: dict[str, int] = {}
    for snippet in candidates:
        taken = used.get(snippet.path, 0)
        if snippet.tokens <= left and (taken + snippet.tokens <= of_file or snippet.reason == PLANNED):
            left -= snippet.tokens
            used[snippet.path] = taken + snippet.tokens
            yield snippet


def _instruction_files(snippets: Sequence[Snippet]) -> list[str]:
    """Those at the top, then those of the folders that the code shown lies in: the nearest says most about it."""
    folders = {"": None}
    for snippet in snippets:
        parts = snippet.path.split("/")[:-1]
        folders |= dict.fromkeys("/".join(parts[:depth]) + "/" for depth in range(1, len(parts) + 1))
    return [folder + name for folder in folders for name in INSTRUCTION_FILES]


def _instructions(read: Read, paths: Sequence[str], tokens: int) -> Iterator[tuple[str, str]]:
    left = tokens * 4
    seen: set[str] = set()
    for path in paths:
        text = read(path)
        if text and text not in seen and left > 0 and not _only_points(text):
            seen.add(text)
            yield path, text if len(text) <= left else text[: max(0, left - len(CUT))] + CUT[:left]
            left -= len(text)


def _only_points(text: str) -> bool:
    """Such as a CLAUDE.md that says `@AGENTS.md` and nothing else."""
    return text.strip().startswith("@") and len(text.split()) == 1

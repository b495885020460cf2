"""Which pieces of the repository are put before the model: the map, the code that fits the task best, instructions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

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
"""Of the snippets' budget, for what words find in one file: a long table of constants must not crowd out the code that
uses it. Where failing tests or a plan lead may be one file alone."""
GOES_ON_TOKENS = 8
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
    suspect: bool = False
    """Led to by failing tests or a plan, and not by words."""


@dataclass(slots=True, kw_only=True)
class _Page:
    """A file, and what of it has been chosen: its lines with the reason of the first piece that wanted them."""

    path: str
    lines: Sequence[str]
    reasons: dict[int, str] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)
    """By the last line of a definition's head, the definition's own."""
    tokens: int = 0


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
        *(_Piece(path=s.path, span=s.span, reason="; ".join(s.reasons) or "suspected", suspect=True) for s in suspects),
        *_holders(index, query, under),
        *_of_ranked(index, ranked),
    ]
    snippets = tuple(_snippets(_fit(pieces, read, shares.snippets)))
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


def _fit(pieces: Iterable[_Piece], read: Read, tokens: int) -> Sequence[_Page]:
    """Pieces in their order while they fit, what speaks most for itself first; one that does not fit is passed over for
    smaller ones behind it. What two want is paid for once."""
    pages: dict[str, _Page | None] = {}
    left = tokens
    for piece in pieces:
        if piece.path not in pages:
            pages[piece.path] = _page(piece.path, read)
        page = pages[piece.path]
        if page is None:
            continue
        most = left if piece.suspect else min(left, int(tokens * FILE_SHARE) - page.tokens)
        left -= next((_take(page, span, piece) for span in _spans(piece, page) if _cost(piece, page, span) <= most), 0)
    return [page for page in pages.values() if page is not None and page.reasons]


def _page(path: str, read: Read) -> _Page | None:
    text = read(path)
    if text is None or is_binary(text[:8000].encode("utf-8", "surrogateescape")):
        return None
    return _Page(path=path, lines=text.split("\n"))


def _spans(piece: _Piece, page: _Page) -> Iterator[Span]:
    """What to show of it, the best first: a short file whole, of a long definition the head."""
    last = len(page.lines)
    if last <= WHOLE_FILE_LINES:
        yield Span(start=1, end=last)
    start, end = max(1, piece.span.start), min(last, piece.span.end)
    most = LONGEST_PLANNED if piece.reason == PLANNED else WHOLE_FILE_LINES
    if start <= end:
        yield Span(start=start, end=end if end - start < most else start + LONGEST - 1)


def _cost(piece: _Piece, page: _Page, span: Span) -> int:
    """Of its lines that are not shown yet, each with its end, and of saying that it goes on."""
    fresh = sum(len(page.lines[n - 1]) + 1 for n in range(span.start, span.end + 1) if n not in page.reasons)
    return -(-fresh // 4) + (GOES_ON_TOKENS if _goes_on(piece, page, span) else 0)


def _goes_on(piece: _Piece, page: _Page, span: Span) -> bool:
    return span.end < min(piece.span.end, len(page.lines))


def _take(page: _Page, span: Span, piece: _Piece) -> int:
    cost = _cost(piece, page, span)
    page.tokens += cost
    if _goes_on(piece, page, span):
        page.ends[span.end] = piece.span.end
    for line in range(span.start, span.end + 1):
        page.reasons.setdefault(line, piece.reason)
    return cost


def _snippets(pages: Iterable[_Page]) -> Iterator[Snippet]:
    """Of each page in order of lines, what touches joined."""
    for page in pages:
        chosen = sorted(page.reasons)
        starts = [line for line in chosen if line - 1 not in page.reasons]
        ends = [line for line in chosen if line + 1 not in page.reasons]
        for start, end in zip(starts, ends, strict=True):
            text = "\n".join(page.lines[start - 1 : end])
            if end in page.ends:
                text += f"\n[… goes on to line {page.ends[end]}]"
            span, reason = Span(start=start, end=end), page.reasons[start]
            yield Snippet(path=page.path, span=span, text=text, reason=reason, tokens=tokens_of(text))


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

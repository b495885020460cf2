"""Which pieces of the repository are put before the model: the map, the code that fits the task best, instructions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from swe_agent.context.budget import share, tokens_of
from swe_agent.core.context import Budget, Context, Snippet
from swe_agent.core.source import Span
from swe_agent.core.suspicion import Suspicion
from swe_agent.index.index import Index
from swe_agent.index.rank import Ranked

INSTRUCTION_FILES = ("AGENTS.md", "CLAUDE.md", "GEMINI.md")
WHOLE_FILE_LINES = 160
"""A file up to this long is shown whole: an outline of it would cost nearly as much."""
FILES = 8
MARGIN = 2
"""Lines of surroundings that a symbol is shown with."""

Read = Callable[[str], str | None]


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
    ranked = tuple(r for r in index.rank(query) if not under or any(_beneath(r.path, path) for path in under))
    shares = share(budget)
    return Context(
        repo_map=index.repo_map(ranked, tokens=shares.repo_map),
        snippets=tuple(_fit(_candidates(index, ranked, read, suspects), shares.snippets)),
        instructions=tuple(_instructions(read, shares.instructions)),
    )


def _candidates(
    index: Index, ranked: Sequence[Ranked], read: Read, suspects: Sequence[Suspicion]
) -> Iterator[tuple[str, Span, str, str]]:
    """(path, span, text, reason), best first. A file may come in several spans, which do not overlap."""
    spans: dict[str, list[tuple[Span, str]]] = {}
    for suspect in suspects:
        spans.setdefault(suspect.path, []).append((suspect.span, "; ".join(suspect.reasons) or "suspected"))
    for entry in ranked[:FILES]:
        reason = ", ".join(entry.reasons)
        spans.setdefault(entry.path, []).extend((symbol.span, reason) for symbol in entry.symbols[:4])
    for path, wanted in spans.items():
        text = read(path)
        if text is None or "\0" in text[:8000]:
            continue
        lines = text.split("\n")
        if len(lines) <= WHOLE_FILE_LINES or not wanted:
            whole = Span(start=1, end=min(len(lines), WHOLE_FILE_LINES))
            yield path, whole, "\n".join(lines[: whole.end]), wanted[0][1] if wanted else "ranked"
            continue
        for span, reason in _joined(wanted, len(lines)):
            yield path, span, "\n".join(lines[span.start - 1 : span.end]), reason


def _joined(wanted: Sequence[tuple[Span, str]], last: int) -> list[tuple[Span, str]]:
    joined: list[tuple[Span, str]] = []
    for span, reason in sorted(wanted, key=lambda pair: pair[0]):
        start, end = max(1, span.start - MARGIN), min(last, span.end + MARGIN)
        if joined and start <= joined[-1][0].end + 1:
            before = joined[-1]
            joined[-1] = (Span(start=before[0].start, end=max(before[0].end, end)), before[1])
        else:
            joined.append((Span(start=start, end=end), reason))
    return joined


def _fit(candidates: Iterator[tuple[str, Span, str, str]], tokens: int) -> Iterator[Snippet]:
    """Candidates in order while they fit; one that does not is passed over for smaller ones behind it."""
    left = tokens
    for path, span, text, reason in candidates:
        cost = tokens_of(text)
        if cost <= left:
            left -= cost
            yield Snippet(path=path, span=span, text=text, reason=reason, tokens=cost)


def _instructions(read: Read, tokens: int) -> Iterator[tuple[str, str]]:
    left = tokens * 4
    seen: set[str] = set()
    for path in INSTRUCTION_FILES:
        text = read(path)
        if text and text not in seen and left > 0:
            seen.add(text)
            yield path, text if len(text) <= left else text[:left] + "\n[cut]"
            left -= len(text)


def _beneath(path: str, folder: str) -> bool:
    folder = folder.strip("/")
    return folder in ("", ".") or path == folder or path.startswith(folder + "/")

"""From suspicious lines to candidates: every template on every node there, without doubles, in a fixed order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from swe_agent.repair.candidate import Candidate
from swe_agent.repair.languages import language_of, neighbourhood
from swe_agent.repair.languages.base import Reading
from swe_agent.repair.neighbourhood import Neighbourhood
from swe_agent.syntax.parse import Parsed, parse

if TYPE_CHECKING:
    from tree_sitter import Node

NEWLINE = ord("\n")
ANSWER_BONUS = 1.2
"""Off the cost of a template that cures what a test raised."""


def parse_all(sources: Mapping[str, str]) -> dict[str, Parsed]:
    """Those of the sources whose language has templates."""
    parsed = {path: tree for path in sorted(sources) if (tree := parse(path, sources[path])) is not None}
    return {path: tree for path, tree in parsed.items() if language_of(tree) is not None}


def candidates_in(parsed: Parsed, lines: Mapping[int, frozenset[str]], around: Neighbourhood) -> tuple[Candidate, ...]:
    """Candidates whose own line or statement's first line is among `lines`, in order of their place in the text.

    `lines` maps each line to the names of the exceptions that tests raised which run it.
    """
    language = language_of(parsed)
    if language is None:
        return ()
    reading = language.reading(parsed, around)
    starts = [0, *(at + 1 for at, byte in enumerate(parsed.data) if byte == NEWLINE)]
    best: dict[tuple[int, int, str], Candidate] = {}
    for node in reading.nodes:
        places = (node.start_point.row + 1, reading.statement_of(node).start_point.row + 1)
        if not any(place in lines for place in places):
            continue
        raised = frozenset(name for place in places for name in lines.get(place, ()))
        for candidate in _at(parsed, starts, reading, node, raised):
            key = (candidate.start, candidate.end, candidate.replacement)
            if key not in best or candidate.cost < best[key].cost:
                best[key] = candidate
    return tuple(sorted(best.values(), key=lambda c: (c.start, c.end, c.cost, c.replacement)))


def all_candidates(sources: Mapping[str, str]) -> tuple[Candidate, ...]:
    """Every candidate of every module: for a look at what the templates do."""
    parsed = parse_all(sources)
    around = neighbourhood(parsed.values())
    return tuple(
        candidate
        for tree in parsed.values()
        for candidate in candidates_in(
            tree, dict.fromkeys(range(1, tree.data.count(b"\n") + 2), frozenset[str]()), around
        )
    )


def _at(
    parsed: Parsed, starts: Sequence[int], reading: Reading, node: Node, exceptions: frozenset[str]
) -> Iterator[Candidate]:
    data = parsed.data
    statement = reading.statement_of(node).start_point.row + 1
    for template, change in reading.proposals(node):
        bonus = ANSWER_BONUS if template.answers & exceptions else 0.0
        if data[change.start : change.end] == change.text.encode("utf-8", "surrogateescape"):
            continue
        yield Candidate(
            path=parsed.path,
            start=change.start,
            end=change.end,
            replacement=change.text,
            template=template.name,
            cost=round(template.cost + change.cost - bonus, 6),
            line=bisect_right(starts, change.start),
            statement=statement,
        )

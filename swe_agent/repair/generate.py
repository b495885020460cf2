"""From suspicious lines to candidates: every template on every node there, without doubles, in a fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swe_agent.repair.candidate import Candidate
from swe_agent.repair.languages import language_of, neighbourhood
from swe_agent.repair.languages.base import Kind, Reading
from swe_agent.repair.naturalness import Words
from swe_agent.repair.neighbourhood import Neighbourhood
from swe_agent.repair.prior import doubt, kind_of_edit
from swe_agent.repair.templates.base import Change
from swe_agent.syntax.parse import Parsed, parse

if TYPE_CHECKING:
    from tree_sitter import Node

ANSWER_BONUS = 1.2
"""Off the cost of a template that cures what a test raised."""
USUAL_WEIGHT = 0.1
"""Off the cost for each unit by which an edit makes its line more usual in the project: half a point at most."""


def parse_all(sources: Mapping[str, str]) -> dict[str, Parsed]:
    """Those of the sources whose language has templates."""
    parsed = {path: tree for path in sorted(sources) if (tree := parse(path, sources[path])) is not None}
    return {path: tree for path, tree in parsed.items() if language_of(tree) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a template would write at a node; `place` counts the offers of the same template there."""

    template: Kind
    node: Node
    change: Change
    place: int


def offers(parsed: Parsed, reading: Reading, nodes: Iterable[Node]) -> Iterator[Offer]:
    """All that any template says to the nodes and that changes something, doubles included."""
    data = parsed.data
    for node in nodes:
        places: Counter[str] = Counter()
        for template, change in reading.proposals(node):
            if data[change.start : change.end] != change.text.encode("utf-8", "surrogateescape"):
                yield Offer(template=template, node=node, change=change, place=places[template.name])
                places[template.name] += 1


def candidates_in(parsed: Parsed, lines: Mapping[int, frozenset[str]], around: Neighbourhood) -> tuple[Candidate, ...]:
    """Candidates whose own line or statement's first line is among `lines`, in order of their place in the text.

    `lines` maps each line to the names of the exceptions that tests raised which run it.
    """
    language = language_of(parsed)
    if language is None:
        return ()
    reading, words = language.reading(parsed, around), Words(parsed.data, around.usual)
    best: dict[tuple[int, int, str], Candidate] = {}
    for node in reading.nodes:
        places = (node.start_point.row + 1, reading.statement_of(node).start_point.row + 1)
        if not any(place in lines for place in places):
            continue
        raised = frozenset(name for place in places for name in lines.get(place, ()))
        for offer in offers(parsed, reading, (node,)):
            change = offer.change
            candidate = Candidate(
                path=parsed.path,
                start=change.start,
                end=change.end,
                replacement=change.text,
                template=offer.template.name,
                cost=_cost(parsed, offer, words, raised),
                line=reading.line_of(change.start),
                statement=places[1],
            )
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


def _cost(parsed: Parsed, offer: Offer, words: Words, raised: frozenset[str]) -> float:
    """What its template says of an edit, what a test raised, people's fixes, and the project itself."""
    change = offer.change
    removed = parsed.data[change.start : change.end].decode("utf-8", "surrogateescape")
    gain = words.gain(change.start, change.end, change.text.encode("utf-8", "surrogateescape"))
    cost = offer.template.cost + change.cost - (ANSWER_BONUS if offer.template.answers & raised else 0.0)
    return round(cost + doubt(offer.template.name, kind_of_edit(removed, change.text)) - USUAL_WEIGHT * gain, 6)

"""From suspicious lines to candidates: every template on every node there, without doubles, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from swe_agent.repair.candidate import Candidate
from swe_agent.repair.module import Module
from swe_agent.repair.neighbourhood import Neighbourhood, neighbourhood
from swe_agent.repair.nodes import statement_of
from swe_agent.repair.templates import TEMPLATES
from swe_agent.repair.templates.base import Template
from swe_agent.syntax.parse import Parsed, parse

if TYPE_CHECKING:
    from tree_sitter import Node

ANSWER_BONUS = 1.2
"""Off the cost of a template that cures what a test raised."""
_BY_NODE: dict[str, list[Template]] = {}
for _template in TEMPLATES:
    for _node in sorted(_template.nodes):
        _BY_NODE.setdefault(_node, []).append(_template)


def parse_all(sources: Mapping[str, str]) -> dict[str, Parsed]:
    """The Python modules among the sources."""
    parsed = {path: tree for path in sorted(sources) if (tree := parse(path, sources[path])) is not None}
    return {path: tree for path, tree in parsed.items() if tree.language.name == "python"}


def candidates_in(parsed: Parsed, lines: Mapping[int, frozenset[str]], around: Neighbourhood) -> tuple[Candidate, ...]:
    """Candidates whose own line or statement's first line is among `lines`, in order of their place in the text.

    `lines` maps each line to the names of the exceptions that tests raised which run it.
    """
    module = Module(parsed=parsed, around=around)
    best: dict[tuple[int, int, str], Candidate] = {}
    for node in module.nodes:
        if node.type not in _BY_NODE:
            continue
        places = (node.start_point.row + 1, statement_of(node).start_point.row + 1)
        if not any(place in lines for place in places):
            continue
        raised = frozenset(name for place in places for name in lines.get(place, ()))
        for candidate in _at(module, node, raised):
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


def _at(module: Module, node: Node, exceptions: frozenset[str]) -> Iterator[Candidate]:
    data = module.parsed.data
    statement = statement_of(node).start_point.row + 1
    for template in _BY_NODE[node.type]:
        bonus = ANSWER_BONUS if template.answers & exceptions else 0.0
        for change in template.propose(module, node):
            if data[change.start : change.end] == change.text.encode("utf-8", "surrogateescape"):
                continue
            yield Candidate(
                path=module.parsed.path,
                start=change.start,
                end=change.end,
                replacement=change.text,
                template=template.name,
                cost=round(template.cost + change.cost - bonus, 6),
                line=module.line_of(change.start),
                statement=statement,
            )

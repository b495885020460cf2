"""Lines that no test "runs" and that matter all the same: what is evaluated once, at import, and used by suspects."""

from __future__ import annotations

from collections.abc import Mapping

from swe_agent.repair.languages import language_of
from swe_agent.repair.localise import Place
from swe_agent.syntax.parse import Parsed, walk

SHARE = 0.5
"""What a definition inherits from the most suspicious line that uses it."""
NAMES = frozenset(("identifier", "shorthand_property_identifier"))


def with_definitions(parsed: Mapping[str, Parsed], scores: Mapping[Place, float]) -> dict[Place, float]:
    """Adds what is evaluated once, as constants and defaults are: which lines hold it, each language knows."""
    used = _used_names(parsed, scores)
    extended = dict(scores)
    for path, tree in parsed.items():
        language = language_of(tree)
        for line, score in language.definitions(tree, used, scores) if language is not None else ():
            extended[path, line] = max(extended.get((path, line), 0.0), SHARE * score)
    return extended


def _used_names(parsed: Mapping[str, Parsed], scores: Mapping[Place, float]) -> dict[str, float]:
    """For each name on a suspicious line, the best score of such a line."""
    used: dict[str, float] = {}
    for path, tree in parsed.items():
        for node in walk(tree.root):
            score = scores.get((path, node.start_point.row + 1)) if node.type in NAMES else None
            if score is not None:
                name = tree.text_of(node)
                used[name] = max(used.get(name, 0.0), score)
    return used

"""Files that a task names: by path, by a traceback's frame, by module, by what they define or speak of."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from swe_agent.index.paths import stands_for_folder
from swe_agent.index.segment import TF_BITS
from swe_agent.index.task_text import TaskText
from swe_agent.index.tree import Tree

_MANY = 8
"""A path's end that fits more files names none of them."""
_COMMON = 0.3
"""A name that this share of all files holds says nothing."""
Scores = dict[int, float]


@dataclass(frozen=True, kw_only=True)
class Mentions:
    """By entry. `functions` are the frames' functions, by entry and name."""

    path: Scores = field(default_factory=dict)
    whole_path: Scores = field(default_factory=dict)
    """Named from the top, as people do who mean it; what a traceback prints begins elsewhere."""
    frame: Scores = field(default_factory=dict)
    module: Scores = field(default_factory=dict)
    member: Scores = field(default_factory=dict)
    defines: Scores = field(default_factory=dict)
    refers: Scores = field(default_factory=dict)
    functions: dict[tuple[int, str], float] = field(default_factory=dict)


def mentions(tree: Tree, task: TaskText) -> Mentions:
    found = Mentions()
    _paths(tree, task, found)
    _frames(tree, task, found)
    _modules(tree, task, found)
    _defined(tree, task, found)
    _referred(tree, task, found)
    return found


def _paths(tree: Tree, task: TaskText, found: Mentions) -> None:
    for path in task.paths:
        parts = path.lstrip("./").split("/")
        hits = _longest_end(tree, parts)[1]
        if 0 < len(hits) <= _MANY:
            weight = (1.0 if len(parts) > 1 else 0.6) / len(hits)
            for entry in hits:
                found.path[entry] = max(found.path.get(entry, 0.0), weight)
                if path == tree.paths[entry] and len(parts) > 1:
                    found.whole_path[entry] = 1.0


def _longest_end(tree: Tree, parts: list[str]) -> tuple[int, list[int]]:
    """The files whose path ends as `parts` do, for the longest such end, and where it begins."""
    same_name = tree.by_path.by_name.get(parts[-1], ())
    for start in range(len(parts)):
        end = "/" + "/".join(parts[start:])
        if hits := [entry for entry in same_name if ("/" + tree.paths[entry]).endswith(end)]:
            return start, hits
    return len(parts), []


def _frames(tree: Tree, task: TaskText, found: Mentions) -> None:
    for frame in task.frames:
        parts = frame.path.split("/")[-6:]
        start, hits = _longest_end(tree, parts)
        if not 0 < len(hits) <= 2 or (start == len(parts) - 1 and len(parts) > 1):
            continue
        for entry in hits:
            found.frame[entry] = max(found.frame.get(entry, 0.0), 1 / (1 + 0.35 * frame.depth))
            key = (entry, frame.function)
            found.functions[key] = max(found.functions.get(key, 0.0), 1 / (1 + 0.3 * frame.depth))


def _modules(tree: Tree, task: TaskText, found: Mentions) -> None:
    for dotted in task.dotted:
        parts = dotted.split(".")
        for end in range(len(parts), 0, -1):
            hits = tree.modules.get(".".join(parts[:end]), ())
            if not hits:
                continue
            for entry in hits:
                if len(parts) > 1:
                    found.module[entry] = max(found.module.get(entry, 0.0), min(1.0, 0.25 * end))
                _members(tree, entry, parts[end:], found)
            break


def _members(tree: Tree, module: int, names: list[str], found: Mentions) -> None:
    """`package.Name` is defined in the module, or anywhere below the package."""
    path = tree.paths[module]
    folder = path.rsplit("/", 1)[0] + "/" if stands_for_folder(path) else path
    for name in names:
        definers = tree.definers(name)
        for entry in definers:
            if tree.paths[entry].startswith(folder):
                found.member[entry] = found.member.get(entry, 0.0) + 1 / len(definers)


def _defined(tree: Tree, task: TaskText, found: Mentions) -> None:
    count = len(tree.entries)
    for name, weight in task.names.items():
        definers = tree.definers(name)
        places = [entry for entry in definers if not tree.tests[entry]] or list(definers)
        if places:
            gain = weight * math.log(1 + count / len(places)) / math.sqrt(len(places)) / math.log(1 + count)
            for entry in places:
                found.defines[entry] = found.defines.get(entry, 0.0) + gain


def _referred(tree: Tree, task: TaskText, found: Mentions) -> None:
    """Whole names that occur in a file; in small letters, as terms are kept."""
    count = len(tree.entries)
    for term, weight in _terms_of_names(tree, task).items():
        hits = tree.holders(term)
        if 0 < len(hits) < count * _COMMON:
            gain = weight * math.log(count / len(hits)) / math.log(count)
            for entry in hits:
                found.refers[entry] = found.refers.get(entry, 0.0) + gain


def _terms_of_names(tree: Tree, task: TaskText, least: float = 0.0) -> dict[str, float]:
    """The terms that stand for the names of a task as a whole, of names that are sure enough to be some."""
    best: dict[str, float] = {}
    for name, weight in task.names.items():
        if weight >= least and (term := tree.whole_term(name)):
            best[term] = max(best.get(term, 0.0), weight)
    return best


def uses(tree: Tree, task: TaskText) -> tuple[dict[int, float], ...]:
    """Of each segment the pieces that say a name of the task, rare names counting most."""
    found: tuple[dict[int, float], ...] = tuple({} for _ in tree.segments)
    total = tree.live_pieces or 1
    for term, weight in _terms_of_names(tree, task, least=0.7).items():
        postings = tree.postings(term)
        holding = sum(map(len, postings))
        gain = weight * math.log(1 + max(total - holding, 0) / (holding + 1))
        for scores, values in zip(found, postings, strict=True):
            for value in values:
                piece = value >> TF_BITS
                scores[piece] = scores.get(piece, 0.0) + gain
    return found

"""Where a fault stands in the engine's ranking, and when the search would come to the edit that takes it back.

The running program tells neither, so both are asked of the same public functions: the ranking of the same traced run,
and the search itself with tests that never pass, which then goes through its candidates in the order it tries them in.
"""

from __future__ import annotations

import ast
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.mutants import Mutant, sandboxed
from swe_agent.repair.asking import Bounds
from swe_agent.repair.candidate import Trial
from swe_agent.repair.generate import parse_all
from swe_agent.repair.languages import PYTHON
from swe_agent.repair.localise import line_scores
from swe_agent.repair.probe import ProbeError, parse, probe_directory
from swe_agent.repair.search import Tried, repair
from swe_agent.repair.spectrum import Spectrum
from swe_agent.repair.suspects import with_definitions

MOST, SECONDS = 20_000, 60
"""Candidates that are gone through for the right one, and the CPU for them."""
TRACED_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """`rank` of the line that was changed, or of the first one of its statement, counted from 1 in the engine's order;
    `tied` other lines have the same score. `position` of the right edit among the candidates, by `template`; `through`
    says that there were no more than the `candidates` that were gone through."""

    rank: int | None = None
    tied: int = 0
    position: int | None = None
    template: str = ""
    candidates: int = 0
    through: bool = False
    failing: int = 0


def ranks(mutant: Mutant, repo: Path) -> Ranks:
    """For a repository of the mutant; no rank where the run could not be traced."""
    spectrum = _traced(mutant, repo)
    if spectrum is None or not spectrum.failing:
        return Ranks()
    texts = {path: _text(data) for path, data in mutant.package.files.items() if path.endswith(".py")}
    sources = {path: text for path, text in texts.items() if text is not None} | {mutant.place.path: mutant.text}
    rank, tied = _rank(mutant, sources, spectrum)
    position, template, candidates, through = _position(mutant, sources, spectrum)
    return Ranks(
        rank=rank,
        tied=tied,
        position=position,
        template=template,
        candidates=candidates,
        through=through,
        failing=len(spectrum.failing),
    )


def statement_lines(text: str, line: int) -> range:
    """The lines of the innermost statement around a line; of one that holds others, up to the first of these."""
    around = [
        (node.lineno, node.end_lineno or node.lineno, getattr(node, "body", []))
        for node in ast.walk(_parsed(text))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    start, end, body = max(around, key=lambda found: (found[0], -found[1]), default=(line, line, []))
    below = min((inner.lineno for inner in body if inner.lineno > start), default=end + 1)
    return range(start, max(below, line + 1))


def tree_of(text: str) -> str:
    """A text's syntax tree, written out: equal for texts that differ in layout and notes alone."""
    return ast.dump(_parsed(text))


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings(action="ignore"):
        return ast.parse(text)


def _text(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _traced(mutant: Mutant, repo: Path) -> Spectrum | None:
    env = PYTHON.recording(0.0)
    argv = PYTHON.recorded(["python", "-m", "pytest", "-q", *mutant.package.tests])
    done = sandboxed(repo, argv, TRACED_SECONDS, env, (probe_directory(),))
    try:
        return parse(done.stdout)
    except ProbeError:
        return None


def _rank(mutant: Mutant, sources: Mapping[str, str], spectrum: Spectrum) -> tuple[int | None, int]:
    lines = line_scores(spectrum, spectrum.failing)
    parsed = parse_all({path: sources[path] for path, _ in lines if path in sources})
    scores = with_definitions(parsed, lines)
    order = sorted(scores, key=lambda place: (-scores[place], place))
    line = mutant.place.line
    true = {(mutant.place.path, line), (mutant.place.path, statement_lines(mutant.text, line).start)}
    at = next((number for number, place in enumerate(order) if place in true), None)
    if at is None:
        return None, 0
    return at + 1, sum(score == scores[order[at]] for score in scores.values()) - 1


def _position(mutant: Mutant, sources: Mapping[str, str], spectrum: Spectrum) -> tuple[int | None, str, int, bool]:
    right = tree_of(mutant.original)
    lines = statement_lines(mutant.text, mutant.place.line)
    near = range(lines.start - 1, lines.stop + 1)
    found: list[Tried] = []
    deadline = time.thread_time() + SECONDS

    def told(tried: Tried) -> None:
        candidate = tried.candidate
        if found or candidate.path != mutant.place.path or candidate.line not in near:
            return
        try:
            is_right = tree_of(candidate.apply(mutant.text)) == right
        except SyntaxError:
            return
        if is_right:
            found.append(tried)

    result = repair(
        sources,
        spectrum,
        spectrum.failing,
        lambda patches, tests, lookahead=None: [Trial(outcomes={}) for _ in patches],
        lambda: bool(found) or time.thread_time() > deadline,
        told,
        bounds=Bounds(candidates=MOST),
    )
    if found:
        return found[0].number, found[0].candidate.template, found[0].number, False
    return None, "", result.tried, result.ended == "exhausted"

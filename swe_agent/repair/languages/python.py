"""Python: templates on its own trees, pytest and unittest with a plug-in of ours, trials that fork."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swe_agent.repair import probe
from swe_agent.repair.candidate import Behaviour, Patch, Trial
from swe_agent.repair.module import Module
from swe_agent.repair.neighbourhood import Neighbourhood, neighbourhood
from swe_agent.repair.nodes import statement_of
from swe_agent.repair.spectrum import Spectrum
from swe_agent.repair.templates import TEMPLATES
from swe_agent.repair.templates.base import TemplateReading, by_node
from swe_agent.syntax.parse import Parsed, walk
from swe_agent.verify.run import PYTEST_ADDOPTS, SAME_ORDER

if TYPE_CHECKING:
    from tree_sitter import Node

_TABLE = by_node(TEMPLATES)


@dataclass(frozen=True, slots=True)
class Python:
    name: str = "Python"
    grammars: frozenset[str] = frozenset(("python",))
    suffixes: tuple[str, ...] = (".py",)
    programs: tuple[str, ...] = ("python", "python3")
    runners: frozenset[str] = frozenset(("pytest", "python", "python3", "tox", "nox"))
    reports: frozenset[str] = frozenset(("pytest", "unittest"))
    hint: str = "of Python projects it works on what pytest or unittest test; name a model with `--model` for others"

    @property
    def templates(self) -> frozenset[str]:
        return frozenset(template.name for template in TEMPLATES)

    def reading(self, parsed: Parsed, around: Neighbourhood) -> TemplateReading[Module]:
        return TemplateReading(facts=Module(parsed=parsed, around=around), table=_TABLE, statement_of=statement_of)

    def neighbourhood(self, modules: Iterable[Parsed]) -> Neighbourhood:
        return neighbourhood(modules)

    def definitions(
        self, parsed: Parsed, used: Mapping[str, float], scores: Mapping[tuple[str, int], float]
    ) -> Iterable[tuple[int, float]]:
        """Constants of modules and classes, and the first lines of functions: of those that have defaults, and of
        those that are spoken of."""
        return (*_constants(parsed, used), *_defaults(parsed, scores), *_functions(parsed, used))

    def recorded(self, argv: Sequence[str]) -> tuple[str, ...]:
        return probe.record_command(argv)

    def recording(self, hangs: float, near: Sequence[str] = ()) -> dict[str, str]:
        environment = probe.record_environment(hangs=hangs, near=near)
        return environment | SAME_ORDER | {"PYTEST_ADDOPTS": f"{PYTEST_ADDOPTS} {environment['PYTEST_ADDOPTS']}"}

    def spectrum(self, output: bytes) -> Spectrum:
        return probe.parse(output)

    def trying(self) -> dict[str, str]:
        return {"PYTHONPATH": str(probe.probe_directory()), **SAME_ORDER}

    def plan(
        self,
        program: str,
        spectrum: Spectrum,
        patches: Sequence[Patch],
        tests: Sequence[str],
        lookahead: int | None = None,
    ) -> tuple[tuple[str, ...], int]:
        seconds = probe.trial_seconds(spectrum, tests)
        return probe.plan_trials(program, spectrum, patches, tests, seconds=seconds, lookahead=lookahead)

    def seconds(self, spectrum: Spectrum, tests: Sequence[str]) -> float:
        return probe.trial_seconds(spectrum, tests)

    def trials(self, output: bytes, count: int) -> tuple[Trial, ...]:
        return probe.parse_trials(output, count)

    def retracing(self, program: str, spectrum: Spectrum, patch: Patch, tests: Sequence[str]) -> tuple[str, ...] | None:
        seconds = probe.trial_seconds(spectrum, tests)
        argv, _ = probe.plan_trials(program, spectrum, [patch], tests, seconds=seconds, what="trace")
        return argv

    def comparing(
        self, program: str, spectrum: Spectrum, patches: Sequence[Patch], tests: Sequence[str]
    ) -> tuple[str, ...] | None:
        seconds = probe.trial_seconds(spectrum, tests)
        argv, taken = probe.plan_trials(program, spectrum, patches, tests, seconds=seconds, what="compare")
        return argv if taken == len(patches) else None

    def behaviour(self, output: bytes, count: int) -> Behaviour | None:
        return probe.parse_behaviour(output, count)


def _functions(tree: Parsed, used: Mapping[str, float]) -> Iterable[tuple[int, float]]:
    """The first lines of those that are spoken of: what decorates them is evaluated there."""
    for node in walk(tree.root):
        name = node.child_by_field_name("name") if node.type == "function_definition" else None
        if name is not None and tree.text_of(name) in used:
            yield node.start_point.row + 1, used[tree.text_of(name)]


def _constants(tree: Parsed, used: Mapping[str, float]) -> Iterable[tuple[int, float]]:
    for statement in _statements_at_import(tree.root):
        assignment = statement.named_children[0] if statement.named_children else None
        left = assignment.child_by_field_name("left") if assignment and assignment.type == "assignment" else None
        if left is not None and tree.text_of(left) in used:
            yield statement.start_point.row + 1, used[tree.text_of(left)]


def _statements_at_import(node: Node) -> Iterable[Node]:
    for child in node.named_children:
        if child.type == "expression_statement":
            yield child
        elif child.type in ("class_definition", "decorated_definition", "block", "if_statement", "try_statement"):
            yield from _statements_at_import(child)


def _defaults(tree: Parsed, scores: Mapping[tuple[str, int], float]) -> Iterable[tuple[int, float]]:
    for node in walk(tree.root):
        parameters = node.child_by_field_name("parameters") if node.type == "function_definition" else None
        if parameters is None or not any("default" in child.type for child in parameters.named_children):
            continue
        lines = range(node.start_point.row + 1, node.end_point.row + 2)
        best = max((scores.get((tree.path, line), 0.0) for line in lines), default=0.0)
        if best:
            yield node.start_point.row + 1, best

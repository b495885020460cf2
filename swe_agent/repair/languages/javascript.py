"""JavaScript and TypeScript: node's own test runner and mocha, by V8's coverage and node alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from swe_agent.repair.candidate import Behaviour, Patch, Trial
from swe_agent.repair.neighbourhood import Neighbourhood
from swe_agent.repair.probe import (
    MARK_SPECTRUM,
    ProbeError,
    each_seconds,
    packed,
    parse_trials,
    payloads,
    probe_directory,
    traced,
    trial_seconds,
)
from swe_agent.repair.script import Script, defaults, definitions, neighbourhood, statement_of
from swe_agent.repair.spectrum import Spectrum, Start, Traced
from swe_agent.repair.templates.base import TemplateReading, by_node
from swe_agent.repair.templates.javascript import TEMPLATES
from swe_agent.syntax.language import is_test_file
from swe_agent.syntax.parse import Parsed

if TYPE_CHECKING:
    pass

START = 2.0
"""Seconds that a process of node may take beside its tests."""
SHORT = 0.2
"""Where all tests of a process take no longer, all are run: to leave some out may change what the others see."""

_TABLE = by_node(TEMPLATES)


@dataclass(frozen=True, slots=True)
class JavaScript:
    name: str = "JavaScript"
    grammars: frozenset[str] = frozenset(("javascript", "typescript", "tsx"))
    suffixes: tuple[str, ...] = (".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx")
    programs: tuple[str, ...] = ("node",)
    runners: frozenset[str] = frozenset(("node", "npm", "npx", "yarn", "pnpm", "mocha", "jest", "vitest"))
    reports: frozenset[str] = frozenset(("tap", "mocha", "marks"))
    hint: str = (
        "of JavaScript projects it works on those that are tested by `node --test` or mocha under node 18 or later; "
        "name a model with `--model` for others"
    )

    # ---- texts

    @property
    def templates(self) -> frozenset[str]:
        return frozenset(template.name for template in TEMPLATES)

    def reading(self, parsed: Parsed, around: Neighbourhood) -> TemplateReading[Script]:
        return TemplateReading(facts=Script(parsed=parsed, around=around), table=_TABLE, statement_of=statement_of)

    def neighbourhood(self, modules: Iterable[Parsed]) -> Neighbourhood:
        return neighbourhood(modules)

    def definitions(
        self, parsed: Parsed, used: Mapping[str, float], scores: Mapping[tuple[str, int], float]
    ) -> Iterable[tuple[int, float]]:
        """What is declared at the top and used by suspects, and the first lines of functions that have defaults."""
        return (*definitions(parsed, used), *defaults(parsed, scores))

    # ---- runs

    def recorded(self, argv: Sequence[str]) -> tuple[str, ...]:
        return tuple(argv)

    def recording(self, hangs: float, near: Sequence[str] = ()) -> dict[str, str]:
        return {"NODE_OPTIONS": f"--require={_quoted(str(probe_directory() / 'node' / 'preload.cjs'))}"}

    def spectrum(self, output: bytes) -> Spectrum:
        found = payloads(output, MARK_SPECTRUM)
        if not found:
            raise ProbeError("no process of node told what it ran")
        try:
            spectrum = _spectrum(found)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise ProbeError(f"the spectrum is not what the probe writes: {error}") from error
        if not spectrum.cases:
            raise ProbeError(_why_none(found))
        unread = sorted({path for one in found for process in one["processes"] for path in process["unread"]})
        if unread and not any(not is_test_file(path) for case in spectrum.cases for path in case.lines):
            raise ProbeError(f"what runs was made from {unread[0]} and other files without an inline source map")
        return spectrum

    def trying(self) -> dict[str, str]:
        return {}

    def plan(
        self,
        program: str,
        spectrum: Spectrum,
        patches: Sequence[Patch],
        tests: Sequence[str],
        lookahead: int | None = None,
    ) -> tuple[tuple[str, ...], int]:
        plan = {
            "seconds": self.seconds(spectrum, tests),
            "each": each_seconds(spectrum),
            "launches": _launches(spectrum, tests),
        }
        text, count = packed(plan, patches)
        return (program, str(probe_directory() / "node" / "trials.cjs"), text), count

    def seconds(self, spectrum: Spectrum, tests: Sequence[str]) -> float:
        return trial_seconds(spectrum, tests) + START * len(_launches(spectrum, tests))

    def trials(self, output: bytes, count: int) -> tuple[Trial, ...]:
        return parse_trials(output, count)

    def retracing(self, program: str, spectrum: Spectrum, patch: Patch, tests: Sequence[str]) -> None:
        return None

    def comparing(self, program: str, spectrum: Spectrum, patches: Sequence[Patch], tests: Sequence[str]) -> None:
        return None

    def behaviour(self, output: bytes, count: int) -> Behaviour | None:
        return None


def _quoted(path: str) -> str:
    """As NODE_OPTIONS takes a word with blanks in it."""
    return json.dumps(path) if re.search(r"[\s\"\\]", path) else path


def _spectrum(payloads: Sequence[dict[str, Any]]) -> Spectrum:
    """Of one process or more: tests of one name are one, as in what the runner prints."""
    cases: dict[str, Traced] = {}
    starts: list[str] = []
    for process in (one for payload in payloads for one in payload["processes"]):
        launch, times = process["launch"], {}
        for data in process["cases"]:
            case = traced(data)
            times[case.id] = [int(data["times"]), [str(name) for name in data["within"]], case.outcome]
            cases[case.id] = _joined(cases[case.id], case) if case.id in cases else case
        if times:
            took = sum(float(data["seconds"]) for data in process["cases"])
            starts.append(json.dumps({"launch": launch, "times": times, "took": round(took, 3)}))
    return Spectrum(
        cases=tuple(cases[name] for name in sorted(cases)),
        truncated=any(payload["truncated"] for payload in payloads),
        start=Start(runner="node", arguments=tuple(starts)),
    )


def _joined(one: Traced, other: Traced) -> Traced:
    """Red is not hidden, and a skip hides nothing."""
    first, second = (other, one) if (other.red and not one.red) or one.outcome == "skipped" else (one, other)
    paths = dict.fromkeys((*first.lines, *second.lines))
    none: frozenset[int] = frozenset()
    lines = {path: first.lines.get(path, none) | second.lines.get(path, none) for path in paths}
    return replace(first, lines=lines, seconds=one.seconds + other.seconds)


def _why_none(payloads: Sequence[dict[str, Any]]) -> str:
    others = sorted({str(name) for payload in payloads for name in payload["others"]})
    if others:
        return f"tests of {' and '.join(others)} are not traced, only those of `node --test` and mocha"
    return "no file of tests of `node --test` or mocha was run"


def _launches(spectrum: Spectrum, tests: Sequence[str]) -> list[dict[str, Any]]:
    """The processes to start for these tests (for all, if none), each with those of them that it runs."""
    wanted = frozenset(tests)
    launches = []
    for start in map(json.loads, spectrum.start.arguments):
        times: dict[str, tuple[int, list[str], str]] = start["times"]
        own = sorted(wanted & times.keys())
        if wanted and not own:
            continue
        around = [name for test in own for name in times[test][1]]
        only = _pattern([*own, *around]) if own and start["took"] > SHORT else ""
        recorded = {test: outcome for test, (_, _, outcome) in times.items() if own}
        told = {"tests": {test: times[test][0] for test in own}, "only": only, "recorded": recorded}
        launches.append(start["launch"] | told)
    return launches


def _pattern(names: Sequence[str]) -> str:
    """What `--test-name-pattern` takes: node matches the name of a test, or that with its suites' names before it."""
    escaped = (re.sub(r"[^\w\s]", lambda found: f"\\{found[0]}", name) for name in dict.fromkeys(names))
    return f"(^| )({'|'.join(escaped)})$"

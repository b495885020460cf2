"""What can be said of a change without a model. One module a signal, each with a function `findings`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from swe_agent.review.change import Reviewed
from swe_agent.review.findings import Finding
from swe_agent.review.signals import (
    api,
    characters,
    complexity,
    conflicts,
    dead_code,
    dependencies,
    leftovers,
    secrets,
    servers,
    syntax_errors,
    tests_lost,
    untested,
    unused_imports,
)

Signal = Callable[[Reviewed], Iterator[Finding]]
SIGNALS: Mapping[str, Signal] = {
    "secrets": secrets.findings,
    "conflicts": conflicts.findings,
    "syntax errors": syntax_errors.findings,
    "leftovers": leftovers.findings,
    "characters": characters.findings,
    "api": api.findings,
    "weakened tests": tests_lost.findings,
    "servers": servers.findings,
    "dependencies": dependencies.findings,
    "complexity": complexity.findings,
    "dead code": dead_code.findings,
    "unused imports": unused_imports.findings,
    "untested": untested.findings,
}

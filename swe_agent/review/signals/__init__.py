"""What can be said of a change without a model. One module a signal, each with a function `findings`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from swe_agent.review.change import Reviewed
from swe_agent.review.findings import Finding
from swe_agent.review.signals import conflicts, leftovers, secrets, syntax_errors

Signal = Callable[[Reviewed], Iterator[Finding]]
SIGNALS: Mapping[str, Signal] = {
    "secrets": secrets.findings,
    "conflicts": conflicts.findings,
    "syntax errors": syntax_errors.findings,
    "leftovers": leftovers.findings,
}

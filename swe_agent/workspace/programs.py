"""Whether a workspace would have a program, which is known before one is made: making it takes seconds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from sandbox import Tier, find_dependencies
from sandbox.programs import may_start
from swe_agent.workspace.rules import Rules
from swe_agent.workspace.translate import translated


def finder(checkout: Path, *, tier: Tier, rules: Rules, top: Collection[str]) -> Callable[[Sequence[str]], bool]:
    """Of a command: False where it is certain that it would not be found. `top` are the names at the top of the commit
    that would be laid out. What an image holds is not known here."""
    if tier is Tier.ISOLATED or rules.image or rules.runtime:
        return lambda _: True
    with translated():
        lent = find_dependencies(checkout)
    return lambda argv: may_start(argv, checkout, lent, top)

"""How a budget of tokens is shared out. Tokens are characters divided by four until a provider has counted."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.context import Budget

MAP_SHARE = 0.3
INSTRUCTIONS_SHARE = 0.15


def tokens_of(text: str) -> int:
    """An estimate, rounded up.

    >>> tokens_of("four"), tokens_of("fives")
    (1, 2)
    """
    return -(-len(text) // 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    repo_map: int
    instructions: int
    snippets: int


def share(budget: Budget) -> Shares:
    """What is not used by the map or the instructions is not given to others: predictable beats full."""
    repo_map = int(budget.tokens * MAP_SHARE)
    instructions = int(budget.tokens * INSTRUCTIONS_SHARE)
    return Shares(repo_map=repo_map, instructions=instructions, snippets=budget.tokens - repo_map - instructions)

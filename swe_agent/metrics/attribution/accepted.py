"""From the text of an accepted block to what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence

from swe_agent.core.diff import Block
from swe_agent.metrics.attribution.align import align
from swe_agent.metrics.attribution.packing import Line, Mark
from swe_agent.metrics.attribution.tokens import Hasher, Tokens

HALF = 0.5


BESIDE = 3
"""Lines between two blocks that have to do with each other: a formatter's work on one function is often told as a block
that goes and one that comes."""


def replaced(blocks: Sequence[Block]) -> list[tuple[str, ...]]:
    """For each block of one file the text that it replaces: what it removes, and what the blocks right beside it do."""
    groups: list[list[Block]] = []
    for block in blocks:
        last = groups[-1][-1] if groups else None
        if last is not None and block.base_start - last.base_start - len(last.removed) <= BESIDE:
            groups[-1].append(block)
        else:
            groups.append([block])
    together = [tuple(line for block in group for line in block.removed) for group in groups]
    return [gone for group, gone in zip(groups, together, strict=True) for _ in group]


def accepted_lines(
    hasher: Hasher, removed: Sequence[str], added: Sequence[str], proposed: Sequence[str] | None = None
) -> list[Line]:
    """One Line for each of `added`, which stand in the place of `removed` (see `replaced`). `proposed` is what the
    agent had written, where a person has changed it before they took it."""
    new = [hasher.line(text) for text in added]
    explained = _explained([hasher.line(text) for text in removed], new)
    if proposed is None:
        return [Line(_mark(tokens, share), tokens) for tokens, share in zip(new, explained, strict=True)]
    of_agent = _explained([hasher.line(text) for text in proposed], new)
    return [
        Line(_mark(tokens, share) if whole == 1 else Mark.EDITED if whole >= HALF else Mark.HUMAN, tokens)
        for tokens, share, whole in zip(new, explained, of_agent, strict=True)
    ]


def _mark(tokens: Tokens, explained: float) -> Mark:
    return Mark.REFORMAT if tokens and explained == 1 else Mark.AI


def _explained(old: Sequence[Tokens], new: Sequence[Tokens]) -> list[float]:
    """For each new line, the share of its tokens that stood in the old ones; a line without tokens is all there."""
    return [sum(at >= 0 for at in places) / len(places) if places else 1.0 for places in align(old, new)]

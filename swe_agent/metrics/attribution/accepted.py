"""From the text of an accepted block to what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence

from swe_agent.metrics.attribution.align import align
from swe_agent.metrics.attribution.packing import Line, Mark
from swe_agent.metrics.attribution.tokens import Hasher, Tokens

HALF = 0.5


def accepted_lines(
    hasher: Hasher, removed: Sequence[str], added: Sequence[str], proposed: Sequence[str] | None = None
) -> list[Line]:
    """One Line for each of `added`, which stand in the place of `removed`. `proposed` is what the agent had written,
    where a person has changed it before they took it."""
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

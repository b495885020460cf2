"""What is kept of accepted work, so that its lines are found again: keyed hashes of tokens, never text.

Made where a block is accepted (or where another tool's decision is taken in), read by `metrics.attribution`, carried to
other clones by notes. What the packed lines hold, and why that is enough, stands in `metrics/attribution/packing.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceBlock:
    """One accepted block. `id` names it for ever, in every clone."""

    id: str
    session: str
    """The job that proposed it, or the session of another tool."""
    model: str
    author: str
    """A keyed hash of the mail address of who accepted it; empty where nobody is named."""
    path: str
    base: str
    """The commit below which it cannot have come to be; empty where there was none yet."""
    at: str
    """When it was accepted: UTC, ISO 8601."""
    lines: int
    """How many lines of the packed ones are this block's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Blocks that were accepted together, with their lines packed in one: the dictionary of hashes is shared."""

    key: str
    """The id of the key that the hashes are made with."""
    blocks: tuple[EvidenceBlock, ...]
    packed: str
    """Base 85."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestedBlock:
    """`lines` are its effective lines, as of a block of our own."""

    id: str
    """Its number within the edit, from 1: a hash of its text would be kept where text is not."""
    added: int
    removed: int
    lines: int
    edited: bool = False
    """A person changed it before they took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestedEdit:
    """A decision made elsewhere, on the edit of one file. Its text was hashed at once and is not kept."""

    id: str
    """Given by the other tool; the same id again is the same decision."""
    session: str
    path: str
    language: str
    model: str
    author: str
    """As in EvidenceBlock."""
    base: str
    at: str
    accepted: bool
    tool: str = ""
    kind: str = ""
    """The kind of task, where the other tool knows it."""
    reason: str = ""
    blocks: tuple[IngestedBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecorded:
    """`landing` is the one that brought the blocks into the user's tree."""

    evidence: Evidence
    landing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    edit: IngestedEdit
    evidence: Evidence | None = None
    """None where the edit was rejected, or added nothing."""


LineKind = Literal["ai", "ai_edited", "human", "unknown"]
"""`human` is attested; what nobody attests is `unknown`, and is never counted as human."""
Cause = Literal["", "deleted", "rewritten", "rewritten by ai", "reverted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """Effective lines of the default branch that had the same fate."""

    kind: Literal["ai", "human", "unknown"]
    language: str
    lines: int
    landed_at: str
    """When they came to the default branch; empty for what was there before the records begin."""
    edited_at: str = ""
    """When a person changed them, so that they are `ai_edited` from then on; as `landed_at` if before that."""
    ended_at: str = ""
    """Empty while they live."""
    end: Cause = ""
    model: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOrigin:
    """Of one line: who wrote it, and how that was found."""

    kind: LineKind
    via: str = ""
    """`landed`, `content`, `content elsewhere`, `git-ai` …, see docs/attribution.md."""
    confidence: float = 0.0
    """The share of such answers that were right where it was measured; 0 where nothing is claimed."""
    commit: str = ""
    """That brought the line to where it is known from."""
    block: str = ""
    session: str = ""
    model: str = ""
    how: tuple[str, ...] = field(default=())
    """What has happened to it since: `moved`, `reformatted`."""

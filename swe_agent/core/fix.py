"""What a search for repairs found: small edits that make failing tests pass."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallEdit:
    """The lines `before`, from `line` on (counted from 1), become `after`; either may be empty. `kind` says what it is
    an instance of."""

    path: str
    line: int
    before: str
    after: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """An edit that was kept: it is in terms of the text before it, with all earlier fixes applied."""

    edit: SmallEdit
    fixed: tuple[str, ...]
    """Tests that fail without it, and pass."""
    alternatives: tuple[SmallEdit, ...] = ()
    """Others that pass the same tests, the most plausible first, instead of this one: how little the tests prove."""
    alike: tuple[SmallEdit, ...] = ()
    """Others again, which also answer as this one does to `inputs` inputs near those of the tests."""
    inputs: int = 0
    confidence: float = 1.0
    """0 to 1: the share of the plausibility of all these that the fix has, with those alike. It says nothing of what
    was not tried."""
    needs_next: bool = False
    """It fixes them only together with the fix after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixesFound:
    """A search is over. `unfixed` are the tests that still fail."""

    fixes: tuple[Fix, ...]
    tried: int
    unfixed: tuple[str, ...] = ()
    ended: str = ""
    """Why: "fixed", "exhausted", "candidates" or "time"."""

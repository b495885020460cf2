"""Why an edit is not applied: one value, from which both the text for a model and the text for a person are made."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Codes of refusals. They are recorded and counted, and part of the JSON output."""

    NO_EDIT = "no edit"
    """The reply holds nothing in any format."""
    MALFORMED = "malformed"
    """Marks of a format that do not fit together."""
    TRUNCATED = "truncated"
    LAZY = "lazy"
    """A new line stands for code that is left out."""
    NO_FILE = "no file"
    """An edit that names no file."""
    MISSING_FILE = "missing file"
    EXISTS = "exists"
    """A file that is to be made is there already."""
    OUTSIDE = "outside"
    """No path of the tree, or none that this task may change."""
    UNANCHORED = "unanchored"
    """Nothing of the file is quoted, so that nothing says where."""
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    APPLIED = "applied already"
    STALE = "stale"
    """It fits the file as it was before."""
    MISSING_SYMBOL = "missing symbol"
    OVERLAP = "overlap"
    SYNTAX = "syntax"
    NO_CHANGE = "no change"

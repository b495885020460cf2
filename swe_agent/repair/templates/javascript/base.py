"""What templates for JavaScript share."""

from __future__ import annotations

LOOKED_INTO = frozenset(("TypeError", "ReferenceError"))
"""What is thrown where something is not there, or is no function."""

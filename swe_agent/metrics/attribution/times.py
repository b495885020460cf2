"""Times as they are recorded."""

from __future__ import annotations

from datetime import datetime

SLACK_S = 86_400
"""Clocks differ, and a record may be made a little after the commit that it is of."""


def seconds(at: str) -> int:
    """Since 1970; 0 for a time that cannot be read."""
    try:
        return int(datetime.fromisoformat(at).timestamp())
    except ValueError:
        return 0

"""The clock, and ids that no one has had before."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime


def clock() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """`20261124-143015-k3f9`: sorts by time, short enough to type the end of it."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    return f"{clock():%Y%m%d-%H%M%S}-{letters}"

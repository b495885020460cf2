"""Keys of keyed hashes: a secret, when it was made, and an id that tells nothing of the secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2s


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Key:
    """Sorts by age."""

    made: str
    """UTC, ISO 8601, to the second."""
    id: str
    secret: bytes


def key_of(secret: bytes, made: datetime) -> Key:
    return Key(made=made.isoformat(timespec="seconds"), id=key_id(secret), secret=secret)


def key_id(secret: bytes) -> str:
    return blake2s(secret, digest_size=6, person=b"key id").hexdigest()

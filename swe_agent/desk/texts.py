"""Both ends of a change, for whoever looks at its subsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Both ends of a change by path, as core.diff takes them; b"" or nothing where there is no file."""

    base: Mapping[str, bytes]
    head: Mapping[str, bytes]

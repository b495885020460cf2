"""Files that nobody of the project has written, told by their paths alone. The rules are data (`made_paths.toml`)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Literal

Made = Literal["generated", "lock", "vendored"]


def is_generated(path: str) -> bool:
    """Whether a program has written it, a package manager among them. Most of what is generated says so itself, and is
    not known by its name.

    >>> is_generated("web/app.min.js"), is_generated("poetry.lock"), is_generated("app/lock.py")
    (True, True, False)
    """
    return bool(_pattern("generated").search(path) or _pattern("lock").search(path))


def is_vendored(path: str) -> bool:
    """Whether it was written elsewhere, and is carried along."""
    return bool(_pattern("vendored").search(path))


@cache
def _pattern(made: Made) -> re.Pattern[str]:
    rules = tomllib.loads(resources.files("swe_agent.syntax").joinpath("made_paths.toml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{rule})" for rule in rules[made]))

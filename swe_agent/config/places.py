"""The environment of the process, and the user's folders that it names. The one module of the program that reads it;
apart from the settings, which questions about a tree do without."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def process_environment() -> dict[str, str]:
    """The environment of this process, read here and handed on."""
    return dict(os.environ)


def xdg(environment: Mapping[str, str], variable: str, fallback: str) -> Path:
    """A base directory of the XDG specification; relative values are to be ignored, it says."""
    value = environment.get(variable, "")
    base = Path(value) if value.startswith("/") else Path(environment.get("HOME") or "/") / fallback
    return base / "swe-agent"


def state_home(environment: Mapping[str, str]) -> Path:
    return xdg(environment, "XDG_STATE_HOME", ".local/state")


def cache_home(environment: Mapping[str, str]) -> Path:
    return xdg(environment, "XDG_CACHE_HOME", ".cache")


def user_file(environment: Mapping[str, str]) -> Path:
    return xdg(environment, "XDG_CONFIG_HOME", ".config") / "config.toml"

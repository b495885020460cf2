"""What stays of a fault of our own."""

from __future__ import annotations

from pathlib import Path

from swe_agent import __version__
from swe_agent.config.places import process_environment, state_home
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.wiring.chance import new_id


def versions() -> str:
    """For the record of a job and for bug reports."""
    return f"swe-agent {__version__}"


def log_bug(error: BaseException, text: str) -> Path | None:
    """Write a traceback where the user can find it. None where nothing can be written."""
    folder = state_home(process_environment()) / "logs"
    path = folder / f"bug-{new_id()}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{versions()}\n{type(error).__name__}: {error}\n\n{text}", encoding="utf-8", errors="replace")
    except (OSError, EnvironmentLacks):
        return None
    return path

"""A task's text, as it is typed."""

from __future__ import annotations

import sys
from pathlib import Path

from swe_agent.core.errors import UsageError


def task_text(typed: str) -> str:
    """What was typed; with `-` what comes on stdin, and with `@FILE` what the file holds."""
    if typed == "-":
        text = sys.stdin.read()
    elif typed.startswith("@") and Path(typed[1:]).is_file():
        text = Path(typed[1:]).read_text("utf-8", "replace")
    else:
        text = typed
    if not text.strip():
        raise UsageError("there is no task", hint='say what is to be done: `swe-agent localise "totals ignore …"`')
    return text

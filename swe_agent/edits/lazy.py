"""Lines that stand for code that their author did not want to write: `# ... existing code ...`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

_LAZY = re.compile(
    r"^\s*(?:#|//|/\*+|<!--|--|;|%|\*)?\s*(?:\.\.\.|…)?\s*\(?(?:the\s+)?"
    r"(?:existing|rest of|remaining|remainder of|other|previous|unchanged|same|original|keep|more|omitted)\b"
    r"[^\n]*?\s*\)?\s*(?:\.\.\.|…)?\s*(?:\*/|-->)?\s*$",
    re.IGNORECASE,
)


def is_lazy(line: str) -> bool:
    return ("..." in line or "…" in line) and bool(_LAZY.match(line))


def left_out(new: Iterable[str], own: Collection[str]) -> str:
    """The first new line of that kind, "" for none. A line that the file has, white space aside, is its own."""
    for line in new:
        if is_lazy(line) and line.strip() not in own:
            return line.strip()
    return ""


def lazy(line: str) -> tuple[str, str]:
    """What is wrong with it, and what to do."""
    return f"`{line}` stands for code that is left out", "write all of it, or leave those lines out of the edit"

"""Conflict markers of a merge that nobody has finished. Read by git's hooks, so next to nothing is loaded here."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def conflicts(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Places, from 0, of the first and the last marker of each; a lone row of signs, as under a heading, is none."""
    opened: int | None = None
    divided = False
    for at, text in enumerate(lines):
        if _marks(text, "<"):
            opened, divided = at, False
        elif opened is not None and text.rstrip() == "=======":
            divided = True
        elif opened is not None and divided and _marks(text, ">"):
            yield opened, at
            opened = None


def _marks(text: str, sign: str) -> bool:
    return text.startswith(sign * 7) and text[7:8] in ("", " ")

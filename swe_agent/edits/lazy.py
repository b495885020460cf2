"""Lines that stand for code that their author did not want to write: `# ... existing code ...`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

_DOTS = r"(?:\.{3,}|…)"
_BEGINNINGS = frozenset("#/<-;%*{.…[(")
_COMMENT = re.compile(r"\{?\s*(?:#+|//+|/\*+|<!--|--+|;+|%+|\*)\s*(?P<said>.*?)\s*(?:\*+/|-->)?\s*\}?")
"""Of the languages that models write; the braces are those of JSX."""
_PLACEHOLDER = re.compile(
    rf"""
    {_DOTS}                                                     # nothing but dots
    | \(?\[?{_DOTS}.*{_DOTS}\]?\)?                              # ... whatever is said ...
    | \(?\[?{_DOTS}\s*[(\[]?(?:\w+\s+){{0,4}}?
      (?:existing|rest|remain\w*|other|previous|unchanged|same|original|omitted)\b.*
    | \(?(?:the\s+)?(?:existing|rest\s+of|remain\w+|other|previous|unchanged|same|original|keep|more|omitted)\b
      .*{_DOTS}\)?
    | [(\[<]\s*(?:the\s+)?(?:existing|rest|remaining|unchanged|omitted)\b.*[)\]>]
    | \(?(?:the\s+)?(?:rest|remainder)\b.*\b(?:unchanged|(?:the\s+)?same|as\s+(?:it\s+)?(?:is|was|before)|omitted)\b.*
    | \(?(?:existing|previous|remaining|other|original|unchanged)\s+(?:\w+\s+){{0,2}}?
      (?:code|methods?|functions?|imports?|lines|implementation|content|logic)\s+
      (?:(?:goes\s+|stays\s+|remains?\s+)?here
        |(?:(?:is|are|stays?|remains?)\s+)?(?:unchanged|the\s+same|as\s+before|omitted)).*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_BARE = re.compile(
    rf"\(?\[?{_DOTS}\s*\(?(?:the\s+)?"
    r"(?:existing|rest|remaining|remainder|other|previous|unchanged|same|original|omitted)\b[^=]*",
    re.IGNORECASE,
)
"""Without the mark of a comment only what begins with dots, which no code does before a word and a blank."""


def is_lazy(line: str) -> bool:
    """Whether a line stands for code, by the comments and marks that models use for that."""
    said = line.strip()
    if said[:1] not in _BEGINNINGS:  # most lines are done with
        return False
    if comment := _COMMENT.fullmatch(said):
        return bool(_PLACEHOLDER.fullmatch(comment["said"]))
    return bool(_BARE.fullmatch(said)) and " " in said


def left_out(new: Iterable[str], own: Callable[[], Collection[str]]) -> str:
    """The first new line of that kind, "" for none. A line that the file has (`own`, without white space around) is its
    own."""
    found = (line.strip() for line in new if is_lazy(line))
    return next((line for line in found if line not in own()), "")


def lazy(line: str) -> tuple[str, str]:
    """What is wrong with it, and what to do."""
    return f"`{line}` stands for code that is left out", "write all of it, or leave those lines out of the edit"

"""Search/replace blocks: the lines to look for, and those to put in their place.

shop/cart.py
```python
<<<<<<< SEARCH
return amount + discount
=======
return amount - discount
>>>>>>> REPLACE
```
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from swe_agent.core.edit import Change, Create, Edit, Hunk
from swe_agent.edits.places import hunk_between
from swe_agent.edits.refusal import Reason
from swe_agent.edits.reply import (
    FENCE,
    Malformed,
    cleaned,
    fenced,
    lines_of,
    looks_like_a_path,
    named_by,
    no_such_file,
    path_in,
)

_SEARCH = re.compile(r"^[ \t]*<{5,9}[ \t]*(?:SEARCH|ORIGINAL|HEAD|OLD)?\b[ \t>:]*(.*)$", re.IGNORECASE)
_DIVIDER = re.compile(r"^[ \t]*={5,9}[ \t]*$")
_REPLACE = re.compile(r"^[ \t]*>{5,9}[ \t]*(?:REPLACE|UPDATED|NEW)?\b.*$", re.IGNORECASE)
_NAMED = re.compile(r"^[ \t]*[<>]+[ \t]*(?:SEARCH|ORIGINAL|OLD|REPLACE|UPDATED|NEW)\b", re.IGNORECASE)
_ABOVE = 4
"""Lines above a block in which its file is named."""


class SearchReplace:
    name = "search-replace"

    def mark(self, lines: Sequence[str]) -> int | None:
        return next((at for at, line in enumerate(lines) if _SEARCH.match(line) and _is_block(lines, at)), None)

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        lines = lines_of(reply)
        hunks: dict[str, list[Hunk]] = {}
        made: dict[str, str] = {}
        outside = list(lines)
        path, at, free = "", 0, 0
        while at < len(lines):
            opening = _SEARCH.match(lines[at])
            if not opening:
                at += 1
                continue
            ruled = _dividers(lines, at)
            divider = _next(ruled, lines, at + 1)
            end = _next(_REPLACE, lines, divider + 1) if divider else 0
            if not divider or not end:
                raise Malformed(
                    Reason.TRUNCATED, "the last block has no `>>>>>>> REPLACE`", "send all blocks again, whole"
                )
            if _next(ruled, lines[:end], divider + 1):
                raise Malformed(
                    Reason.MALFORMED, "a block has two lines of `=======`", "edit around such lines, or by a diff"
                )
            search, replace = lines[at + 1 : divider], lines[divider + 1 : end]
            if any(map(_SEARCH.match, search)) or any(map(_SEARCH.match, replace)):
                raise Malformed(Reason.MALFORMED, "a block begins within another", "close each with `>>>>>>> REPLACE`")
            made_here = not any(search)
            named = path_in(opening[1], files, new=made_here) or _named_above(lines, free, at, files, new=made_here)
            if not named and (other := _unknown_above(lines, free, at)):
                raise no_such_file(cleaned(other), files)
            path = named or path
            if not path:
                raise Malformed(
                    Reason.NO_FILE, "a block names no file", "name it on a line of its own right above the block"
                )
            if any(line.strip() for line in search) or path in files:
                hunks.setdefault(path, []).append(
                    hunk_between("".join(f"{s}\n" for s in search), "".join(f"{r}\n" for r in replace))
                )
            elif path in made:
                raise Malformed(Reason.MALFORMED, f"two blocks make {path}", "join them")
            else:
                made[path] = "".join(f"{line}\n" for line in replace)
            outside[at : end + 1] = [""] * (end + 1 - at)
            at = free = end + 1
        if _goes_on(outside, free):
            raise Malformed(Reason.TRUNCATED, "it ends where another block begins", "send all blocks again, whole")
        return (
            *(Create(path=name, text=text) for name, text in made.items()),
            *(Change(path=name, hunks=tuple(own), called="block") for name, own in hunks.items()),
        )


def _goes_on(lines: Sequence[str], free: int) -> bool:
    """Whether the reply, without its blocks, ends in a fence, or with the name of another file."""
    is_open = any(not marks for *_, marks in fenced(lines))
    last = next((line for line in reversed(lines[free:]) if line.strip()), "")
    return is_open or (not FENCE.match(last) and " " not in last.strip() and looks_like_a_path(last))


def _is_block(lines: Sequence[str], at: int) -> bool:
    """Whether lines that begin like a block or a conflict of a merge are the first. Half a block is one."""
    if _NAMED.match(lines[at]):
        return True
    divider = _next(_DIVIDER, lines, at + 1)
    end = _next(_REPLACE, lines, divider + 1) if divider else 0
    return bool(divider) and (not end or bool(_NAMED.match(lines[end])) or not lines[end].strip(" \t>"))


def _next(pattern: re.Pattern[str], lines: Sequence[str], start: int) -> int:
    return next((at for at in range(start, len(lines)) if pattern.match(lines[at])), 0)


def _dividers(lines: Sequence[str], at: int) -> re.Pattern[str]:
    """Lines as long as the mark that opens the block, for a shorter one may underline a heading; or any of them where
    the block has none of that length."""
    alike = re.compile(rf"^[ \t]*={{{lines[at].count('<')}}}[ \t]*$")
    end = _next(_REPLACE, lines, at + 1) or len(lines)
    return alike if any(map(alike.match, lines[at:end])) else _DIVIDER


def _above(lines: Sequence[str], free: int, at: int) -> list[str]:
    """What stands above a block and in no other one, the nearest first; of a fence what it says behind a colon."""
    said = []
    for line in reversed(lines[max(free, at - _ABOVE) : at]):
        fence = FENCE.match(line)
        said.append(named_by(fence) if fence else line)
    return said


def _named_above(lines: Sequence[str], free: int, at: int, files: Collection[str], *, new: bool) -> str:
    """The nearest file that is named there."""
    named = (path_in(line, files, new=new, among_words=True) for line in _above(lines, free, at))
    return next(filter(None, named), "")


def _unknown_above(lines: Sequence[str], free: int, at: int) -> str:
    """What looks like the name of a file there."""
    return next((line for line in _above(lines, free, at) if line.strip() and looks_like_a_path(line)), "")

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
from swe_agent.edits.reply import FENCE, Malformed, lines_of, no_such_file, path_in

_SEARCH = re.compile(r"^[ \t]*<{5,9}[ \t]*(?:SEARCH|ORIGINAL|HEAD|OLD)?\b[ \t>:]*(.*)$", re.IGNORECASE)
_DIVIDER = re.compile(r"^[ \t]*={5,9}[ \t]*$")
_REPLACE = re.compile(r"^[ \t]*>{5,9}[ \t]*(?:REPLACE|UPDATED|NEW)?\b.*$", re.IGNORECASE)
_ABOVE = 4
"""Lines above a block in which its file is named."""


class SearchReplace:
    name = "search-replace"

    def is_there(self, reply: str) -> bool:
        lines = lines_of(reply)
        return any(_SEARCH.match(line) for line in lines) and any(_DIVIDER.match(line) for line in lines)

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        lines = lines_of(reply)
        hunks: dict[str, list[Hunk]] = {}
        made: dict[str, str] = {}
        path, at, free = "", 0, 0
        while at < len(lines):
            opening = _SEARCH.match(lines[at])
            if not opening:
                at += 1
                continue
            divider = _next(_DIVIDER, lines, at + 1)
            end = _next(_REPLACE, lines, divider + 1) if divider else 0
            if not divider or not end:
                raise Malformed(
                    Reason.TRUNCATED, "the last block has no `>>>>>>> REPLACE`", "send all blocks again, whole"
                )
            if _next(_DIVIDER, lines[:end], divider + 1):
                raise Malformed(
                    Reason.MALFORMED, "a block has two lines of `=======`", "edit around such lines, or by a diff"
                )
            search, replace = lines[at + 1 : divider], lines[divider + 1 : end]
            if any(map(_SEARCH.match, search)) or any(map(_SEARCH.match, replace)):
                raise Malformed(Reason.MALFORMED, "a block begins within another", "close each with `>>>>>>> REPLACE`")
            made_here = not any(search)
            named = path_in(opening[1], files, new=made_here) or _named_above(lines, free, at, files, new=made_here)
            if not named and (other := _named_above(lines, free, at, files, new=True)):
                raise no_such_file(other, files)
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
            at = free = end + 1
        return (
            *(Create(path=name, text=text) for name, text in made.items()),
            *(Change(path=name, hunks=tuple(own), called="block") for name, own in hunks.items()),
        )


def _next(pattern: re.Pattern[str], lines: Sequence[str], start: int) -> int:
    return next((at for at in range(start, len(lines)) if pattern.match(lines[at])), 0)


def _named_above(lines: Sequence[str], free: int, at: int, files: Collection[str], *, new: bool) -> str:
    """Of the lines above that belong to no other block, the nearest that names a file."""
    for line in reversed(lines[max(free, at - _ABOVE) : at]):
        fence = FENCE.match(line)
        if name := path_in(fence[2].partition(":")[2] if fence else line, files, new=new):
            return name
    return ""

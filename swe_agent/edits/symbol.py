"""Edits that name a definition: what becomes of it, or of the place beside it.

*** Replace Symbol: shop/cart.py::Cart.total
```python
def total(self):
    return sum(self.lines)
```
*** Insert After: shop/cart.py::Cart.total
```python
def count(self):
    return len(self.lines)
```
*** Delete Symbol: shop/cart.py::Cart.reset
*** Rename Symbol: shop/cart.py::Cart.add -> append
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Literal

from swe_agent.core.edit import Edit, Rename, SymbolEdit
from swe_agent.edits.refusal import Reason
from swe_agent.edits.reply import FENCE, Malformed, cleaned, fenced, lines_of, no_such_file, path_of

_HEADING = re.compile(
    r"^[ \t>#]*\*\*\*[ \t]*(Replace|Insert Before|Insert After|Delete|Rename)(?:[ \t]+Symbol)?[ \t]*:[ \t]*(.+?)\s*$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"^`?(?P<path>.+?)(?:::|#|:[ \t]*)(?P<symbol>[^`]+?)`?$")
_TO = re.compile(r"\s*(?:->|→|=>)\s*`?|\s+to\s+`?")
_WHAT: dict[str, Literal["replace", "before", "after"]] = {
    "replace": "replace",
    "insert before": "before",
    "insert after": "after",
}


class SymbolFormat:
    name = "symbol"

    def mark(self, lines: Sequence[str]) -> int | None:
        heads = ((at, _HEADING.match(line)) for at, line in enumerate(lines))
        return next((at for at, match in heads if match and _place(match[2])), None)

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        lines = lines_of(reply)
        fences = list(fenced(lines))
        inside = {line for start, end, _ in fences for line in range(start, end)}
        heads = [at for at, line in enumerate(lines) if at not in inside and _HEADING.match(line)]
        edits = [_edit(lines, at, end, files) for at, end in pairwise([*heads, len(lines)])]
        if not edits:
            raise Malformed(
                Reason.MALFORMED, "no definition is named", "write `*** Replace Symbol: PATH::NAME` above the new text"
            )
        return tuple(edits)


def _edit(lines: Sequence[str], at: int, end: int, files: Collection[str]) -> Edit:
    match = _HEADING.match(lines[at])
    assert match is not None
    what = " ".join(match[1].lower().split())
    named, to = match[2], ""
    if what == "rename":
        named, to = (*_TO.split(named, maxsplit=1), "")[:2]
        if not to:
            raise Malformed(
                Reason.MALFORMED, "a rename says no new name", "write `*** Rename Symbol: PATH::OLD -> NEW`"
            )
    place = _place(named)
    if place is None:
        raise Malformed(Reason.NO_FILE, f"`{named}` is no definition in a file", "write it as PATH::NAME")
    path = path_of(place["path"], files)
    if not path:
        raise no_such_file(cleaned(place["path"]), files)
    symbol = place["symbol"].strip()
    if what == "rename":
        return Rename(path=path, symbol=symbol, to=to.strip(" `"))
    if what == "delete":
        return SymbolEdit(path=path, symbol=symbol, what="delete")
    return SymbolEdit(path=path, symbol=symbol, what=_WHAT[what], text=_text(lines[at + 1 : end], end == len(lines)))


def _place(named: str) -> re.Match[str] | None:
    return _PLACE.match(named.strip(" *"))


def _text(section: Sequence[str], last: bool) -> str:
    """What stands in the one fence below a heading."""
    blocks = list(fenced(section))
    if not blocks or any(line.strip() for line in section[: blocks[0][0] - 1]):
        if last and not blocks:
            raise Malformed(Reason.TRUNCATED, "the last heading has no text below it", "send all of it again")
        raise Malformed(Reason.MALFORMED, "a heading has no fenced text right below it", "put the new text in a fence")
    start, end, marks = blocks[0]
    if not marks:
        raise Malformed(Reason.TRUNCATED, "the last fence is not closed", "send all of it again")
    if any((more := FENCE.match(line)) and not more[2] for line in section[end + 1 : end + 2]):
        raise Malformed(
            Reason.MALFORMED, "more than one fence follows a heading", "put text that holds fences between ````"
        )
    return "".join(f"{line}\n" for line in section[start:end])

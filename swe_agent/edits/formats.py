"""All formats, and which of them a reply is in."""

from __future__ import annotations

from collections.abc import Collection

from swe_agent.core.edit import Edit, Move
from swe_agent.edits.apply import Applied, NewFaults, Read, apply, no_older
from swe_agent.edits.apply_patch import ApplyPatch
from swe_agent.edits.located import Older
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.edits.rename import Names
from swe_agent.edits.reply import Format, Malformed
from swe_agent.edits.search_replace import SearchReplace
from swe_agent.edits.symbol import SymbolFormat
from swe_agent.edits.unified import Unified
from swe_agent.edits.whole_file import WholeFile

FORMATS: tuple[Format, ...] = (SymbolFormat(), ApplyPatch(), SearchReplace(), Unified(), WholeFile())
"""Those with the clearest marks first."""


def format_of(reply: str) -> Format | None:
    return next((one for one in FORMATS if one.is_there(reply)), None)


def parse(reply: str, files: Collection[str], name: str = "auto") -> tuple[Edit, ...]:
    """The edits of a reply; Malformed where it holds none, or half of one."""
    one = format_of(reply) if name == "auto" else next(one for one in FORMATS if one.name == name)
    if one is None:
        names = ", ".join(each.name for each in FORMATS)
        raise Malformed(Reason.NO_EDIT, "there is no edit in it", f"formats that are read: {names}")
    edits = one.parse(reply, files)
    for path in (path for edit in edits for path in (edit.path, *((edit.to,) if isinstance(edit, Move) else ()))):
        if path.startswith("/") or not {"..", ".", "", ".git"}.isdisjoint(path.lower().split("/")):
            raise Malformed(
                Reason.OUTSIDE, f"`{path}` is no path of the tree", "name files from its top, such as src/cart.py"
            )
    return edits


def apply_text(
    reply: str,
    files: Collection[str],
    read: Read,
    new_faults: NewFaults,
    name: str = "auto",
    *,
    older: Older = no_older,
    names: Names | None = None,
) -> Applied | Refused:
    """The edits of a reply, applied to the tree of `files`: all of them, or none and why."""
    try:
        edits = parse(reply, files, name)
    except Malformed as error:
        return error.refusal
    return apply(edits, read, new_faults, older=older, names=names)

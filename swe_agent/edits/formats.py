"""All formats, and which of them a reply is in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from swe_agent.core.edit import Edit, Move
from swe_agent.edits.apply import Applied, NewFaults, Read, apply, no_older
from swe_agent.edits.apply_patch import ApplyPatch
from swe_agent.edits.located import Older
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.edits.rename import Names
from swe_agent.edits.reply import Format, Malformed, fenced, lines_of, named_file, require_inside
from swe_agent.edits.search_replace import SearchReplace
from swe_agent.edits.symbol import SymbolFormat
from swe_agent.edits.unified import Unified
from swe_agent.edits.whole_file import WholeFile

FORMATS: tuple[Format, ...] = (SymbolFormat(), ApplyPatch(), SearchReplace(), Unified(), WholeFile())
"""Those with the clearest marks first; the last one is marked by fences alone."""


def format_of(reply: str) -> Format | None:
    """The one whose first mark comes first; what stands within a file that is sent whole marks nothing."""
    lines = lines_of(reply)
    within = {at for start, end in _files(lines) for at in range(start, end)}
    bare = ["" if at in within else line for at, line in enumerate(lines)]
    found = [(at, number) for number, one in enumerate(FORMATS[:-1]) if (at := one.mark(bare)) is not None]
    if found:
        return FORMATS[min(found)[1]]
    return FORMATS[-1] if FORMATS[-1].mark(lines) is not None else None


def _files(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Fences below the name of a file, or with one, that hold no edit but text."""
    for start, end, _ in fenced(lines):
        first = next((at for at in range(start, end) if lines[at].strip()), None)
        if first is not None and named_file(lines, start) and not _marked(lines, first):
            yield start, end


def _marked(lines: Sequence[str], at: int) -> bool:
    """Whether an edit begins with a line."""
    return any(one.mark(lines[at:]) == 0 for one in FORMATS[:-1]) or lines[at].startswith("@@")


def _chosen(reply: str, name: str) -> Format:
    """The format of that name, or with "auto" the one that is found. Malformed where none is."""
    one = format_of(reply) if name == "auto" else next(one for one in FORMATS if one.name == name)
    if one is None:
        names = ", ".join(each.name for each in FORMATS)
        raise Malformed(Reason.NO_EDIT, "there is no edit in it", f"formats that are read: {names}")
    return one


def parse(reply: str, files: Collection[str], name: str = "auto") -> tuple[Edit, ...]:
    """The edits of a reply; Malformed where it holds none, or half of one."""
    edits = _chosen(reply, name).parse(reply, files)
    for edit in edits:
        require_inside(edit.path)
        if isinstance(edit, Move):
            require_inside(edit.to)
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
        one = _chosen(reply, name)
        edits = parse(reply, files, one.name)
    except Malformed as error:
        return error.refusal
    outcome = apply(edits, read, new_faults, older=older, names=names)
    if one is not FORMATS[-1] and isinstance(outcome, Applied):
        return _whole(reply, outcome, read)
    return outcome


def _whole(reply: str, outcome: Applied, read: Read) -> Applied | Refused:
    """Refused where the reply holds a whole file besides, which would be lost. One that quotes a file before or after
    the edit is an explanation."""
    lines = lines_of(reply)
    for start, end in _files(lines):
        path = named_file(lines, start)
        quoted = "\n".join(line.strip() for line in lines[start:end])
        texts = [text for text in (read(path), outcome.files.get(path)) if text is not None]
        if not any(quoted in "\n".join(map(str.strip, text.split("\n"))) for text in texts):
            said = f"there are edits in one format, and {path} as a whole file besides"
            return Refused(reason=Reason.MALFORMED, path=path, said=said, do="send all edits in one format")
    return outcome

"""Whole files: a path on a line of its own, and below it everything that the file shall hold, in a fence."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from swe_agent.core.edit import Edit, Write
from swe_agent.edits.indents import indent_of
from swe_agent.edits.refusal import Reason
from swe_agent.edits.reply import FENCE, Malformed, ambiguous_name, fenced, lines_of, named_by, path_in, undented

_ABOVE = 2
_HOLDING_FENCES = (".md", ".mdx", ".markdown", ".rst", ".txt")


class WholeFile:
    name = "whole-file"

    def mark(self, lines: Sequence[str]) -> int | None:
        return next((at for at, line in enumerate(lines) if FENCE.match(line)), None)

    def parse(self, reply: str, files: Collection[str]) -> tuple[Edit, ...]:
        lines = lines_of(reply)
        found: dict[str, str] = {}
        free, last = 0, ""
        for start, end, marks in fenced(lines):
            opening = FENCE.match(lines[start - 1])
            said = named_by(opening) if opening else ""
            above = [line for line in lines[max(free, start - 1 - _ABOVE) : start - 1] if line.strip()]
            free = end + 1
            path = next((name for one in (said, *reversed(above)) if (name := path_in(one, files, new=True))), "")
            if not path:
                if last.endswith(_HOLDING_FENCES) and not (opening and opening[2]):
                    said = f"where {last} ends cannot be told from the fences in it"
                    raise Malformed(Reason.MALFORMED, said, "put a text that holds fences between ````", last)
                continue
            if "/" not in path and path not in files and sum(one.endswith(f"/{path}") for one in files) > 1:
                raise ambiguous_name(path, files)
            if not marks:
                raise Malformed(Reason.TRUNCATED, "it is not closed by a fence", "send it again, all of it", path)
            if path in found:
                raise Malformed(Reason.MALFORMED, "it is there twice", "send it once", path)
            last = path
            indent = len(indent_of(lines[start - 1]))
            held = [undented(line, indent) for line in lines[start:end]] if indent else lines[start:end]
            found[path] = "".join(f"{line}\n" for line in held)
        if not found:
            raise Malformed(Reason.NO_FILE, "a fence names no file", "name it on a line of its own right above")
        return tuple(Write(path=path, text=text) for path, text in found.items())

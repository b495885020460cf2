"""A text as lines with their ends, so that an edit of lines leaves every other byte as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

BOM = "\ufeff"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


@dataclass(frozen=True, slots=True)
class Lines:
    """`texts` without their ends, `ends` of each: "\n", "\r\n", or "" for a last line without one. A byte order mark
    stands apart. `"".join` of all gives the text again."""

    bom: str
    texts: tuple[str, ...]
    ends: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Lines:
        bom = BOM if text.startswith(BOM) else ""
        texts, ends = [], []
        for line in _LINE.findall(text[len(bom) :]):
            end = "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""
            texts.append(line[: len(line) - len(end)])
            ends.append(end)
        return cls(bom, tuple(texts), tuple(ends))

    def end_near(self, at: int) -> str:
        """How a line that comes in at this place ends: as the nearest before, else the nearest after, else "\n"."""
        near = chain(reversed(self.ends[:at]), self.ends[at:])
        return next((end for end in near if end), "\n")


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """From line `start` (from 0) on, `count` lines make room for `new` ones."""

    start: int
    count: int
    new: tuple[str, ...]

    @property
    def end(self) -> int:
        return self.start + self.count


def spliced(lines: Lines, splices: Sequence[Splice], *, final_newline: bool | None = None) -> str:
    """The text after splices that lie apart. Lines that stay keep their ends, and a file whose last line had none goes
    on without, unless `final_newline` says otherwise."""
    texts: list[str] = []
    at, last = 0, len(lines.texts)
    for splice in (*sorted(splices), Splice(last, 0, ())):
        texts += [
            text + end for text, end in zip(lines.texts[at : splice.start], lines.ends[at : splice.start], strict=True)
        ]
        if splice.new and texts and not texts[-1].endswith("\n"):
            texts[-1] += lines.end_near(splice.start - 1)
        # Line for line where one comes in place of another: files with mixed ends keep them.
        own = [lines.ends[number] or lines.end_near(number) for number in range(splice.start, splice.end)]
        usual = own[-1] if own else lines.end_near(splice.start)
        ends = [*own[: len(splice.new)], *[usual] * (len(splice.new) - len(own))]
        if splice.new and splice.end == last and lines.ends[-1:] == ("",):
            ends[-1] = ""
        texts += [text + end for text, end in zip(splice.new, ends, strict=True)]
        at = splice.end
    text = "".join(texts)
    if final_newline is not None and text and text.endswith("\n") != final_newline:
        text = text + lines.end_near(last - 1) if final_newline else text.removesuffix("\n").removesuffix("\r")
    return lines.bom + text

"""A text as lines with their ends, so that an edit of lines leaves every other byte as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

BOM = "\ufeff"


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
        *texts, last = text[len(bom) :].split("\n")
        if "\r\n" in text:
            ends = ["\r\n" if line.endswith("\r") else "\n" for line in texts]
            texts = [line.removesuffix("\r") for line in texts]
        else:
            ends = ["\n"] * len(texts)
        if last:
            texts.append(last)
            ends.append("")
        return cls(bom, tuple(texts), tuple(ends))

    def offset(self, line: int) -> int:
        """Where a line (from 0) begins in the text, in characters; for one behind the last, where the text ends."""
        return len(self.bom) + sum(map(len, self.texts[:line])) + sum(map(len, self.ends[:line]))

    def end_near(self, at: int) -> str:
        """How a line that comes in at this place ends: as the nearest before, else the nearest after, else "\n"."""
        near = chain(reversed(self.ends[:at]), self.ends[at:])
        return next((end for end in near if end), "\n")

    def ended(self, text: str, *, final_newline: bool) -> str:
        """The text that these lines became, with or without an end of its last line."""
        if not text or text.endswith("\n") == final_newline:
            return text
        return text + self.end_near(len(self.ends) - 1) if final_newline else text.removesuffix("\n").removesuffix("\r")

    def span(self, splice: Splice) -> Span:
        """A splice in characters. New lines end as those that they replace, line for line, and a file whose last line
        had no end goes on without."""
        last = len(self.texts)
        start, end = self.offset(splice.start), self.offset(splice.end)
        if not splice.new:
            return Span(start, end, "")
        own = [self.ends[number] or self.end_near(number) for number in range(splice.start, splice.end)]
        usual = own[-1] if own else self.end_near(splice.start)
        ends = [*own[: len(splice.new)], *[usual] * (len(splice.new) - len(own))]
        before = ""
        if splice.end == last and self.ends[-1:] == ("",):
            ends[-1] = ""
            before = self.end_near(last - 1) if splice.start == last else ""
        text = "".join(new + end for new, end in zip(splice.new, ends, strict=True))
        return Span(start, end, before + text)


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """From line `start` (from 0) on, `count` lines make room for `new` ones."""

    start: int
    count: int
    new: tuple[str, ...]

    @property
    def end(self) -> int:
        return self.start + self.count


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters from `start` to `end` make room for `text`."""

    start: int
    end: int
    text: str


def written(text: str, spans: Sequence[Span]) -> str:
    """The text after spans that lie apart, in order."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], span.text]
        at = span.end
    return "".join([*parts, text[at:]])

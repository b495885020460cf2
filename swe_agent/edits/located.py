"""The edits of one file: where each stands on the text as it is, in characters, or why it stands nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from swe_agent.core.edit import Change, Hunk, Kind, Replace, SymbolEdit
from swe_agent.core.source import Symbol, blob_id
from swe_agent.edits import definitions, places
from swe_agent.edits.doubts import says
from swe_agent.edits.lazy import lazy, left_out
from swe_agent.edits.lines import Lines, Span, Splice, written
from swe_agent.edits.locate import line_at, occurrences
from swe_agent.edits.nearest import nearest, region_at
from swe_agent.edits.places import Match, Nowhere, Place
from swe_agent.edits.refusal import Reason, Refused

Older = Callable[[str], Iterable[tuple[str, str]]]
"""path → (what to call it, the text) of versions that the file had before, the last one first."""
Located = Replace | Change | SymbolEdit
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39);")


class FileEdits:
    """All edits are located on the same text, and the spans must not overlap."""

    def __init__(self, path: str, text: str, older: Older) -> None:
        self.path = path
        self.text = text
        self.refused: list[Refused] = []
        self.overlooked: dict[Match, None] = {}
        self._older = older
        self._lines = Lines.of(text)
        self._spans: list[tuple[Span, str]] = []
        self._final_newline: bool | None = None

    def add(self, span: Span, operation: str) -> None:
        """A repetition of an edit is one edit."""
        if line := left_out(span.text.split("\n"), self._own):
            self._refuse(Reason.LAZY, operation, *lazy(line))
        elif all(span != other for other, _ in self._spans):
            self._spans.append((span, operation))

    def locate(self, edits: Iterable[Located]) -> None:
        own = list(edits)
        hunks = sum(len(edit.hunks) for edit in own if isinstance(edit, Change))
        replaces = sum(isinstance(edit, Replace) for edit in own)
        hunk, text = 0, 0
        for edit in own:
            if isinstance(edit, Change):
                for one in edit.hunks:
                    hunk += 1
                    self._hunk(one, f"{edit.called} {hunk} of {hunks}" if hunks > 1 else "")
            elif isinstance(edit, Replace):
                text += 1
                self._replace(edit, f"edit {text} of {replaces}" if replaces > 1 else "")
            else:
                self._symbol(edit)

    def result(self) -> str | None:
        """The new text; None, with the refusals, where an edit cannot be applied."""
        self._spans.sort()
        unended = self._lines.ends[-1:] == ("",)
        for (one, first), (other, second) in pairwise(self._spans):
            behind_the_end = unended and one.end == other.start == len(self.text)
            if one.end > other.start or one.start == other.start or behind_the_end:
                names = " and ".join(dict.fromkeys(filter(None, (first, second)))) or "two edits"
                line = line_at(self.text, other.start)
                self._refuse(Reason.OVERLAP, "", f"{names} change the same place, line {line}", "join them into one")
        if self.refused:
            return None
        new = written(self.text, [span for span, _ in self._spans])
        return new if self._final_newline is None else self._lines.ended(new, final_newline=self._final_newline)

    def _own(self) -> frozenset[str]:
        return frozenset(map(str.strip, self._lines.texts))

    @cached_property
    def _symbols(self) -> tuple[Symbol, ...]:
        return definitions.symbols_of(self.path, self.text)

    # ---- hunks

    def _hunk(self, hunk: Hunk, operation: str) -> None:
        texts = self._lines.texts
        found = places.locate(texts, hunk)
        if all(kind is Kind.STAYS for kind, _ in hunk.lines):
            self._idle(hunk, found, operation)
        elif isinstance(found, Nowhere):
            self._nowhere(hunk, found, operation)
        elif found.overlooked and (there := self._brought(hunk)):
            self._applied(operation, there.line)
        elif _stands_already(texts, hunk, found):
            self._applied(operation, found.line)
        elif Match.CONTEXT in found.overlooked and _escaped(hunk, self.text):
            self._nowhere(hunk, Nowhere(), operation)
        else:
            self._take(found, operation)
            if hunk.final_newline is not None:
                self._final_newline = hunk.final_newline

    def _take(self, found: Place, operation: str) -> None:
        self.overlooked |= dict.fromkeys(found.overlooked)
        for splice in found.splices:
            self.add(self._lines.span(splice), operation)

    def _idle(self, hunk: Hunk, found: Place | Nowhere, operation: str) -> None:
        """A hunk without a change is none, unless the file lacks one of its lines: then a mark was forgotten."""
        if Match.CONTEXT in found.overlooked or (isinstance(found, Nowhere) and not found.lines):
            self._missing(operation, [text for _, text in hunk.lines], lambda text: False)

    def _nowhere(self, hunk: Hunk, found: Nowhere, operation: str) -> None:
        old = [text for kind, text in hunk.lines if kind is not Kind.COMES]
        there = self._brought(hunk)
        if not any(map(str.strip, old)):
            self._refuse(
                Reason.UNANCHORED, operation, "it quotes no line of the file", "quote some lines around the place"
            )
        elif there is not None:
            self._applied(operation, there.line)
        elif found.lines:
            self._ambiguous(operation, found.lines, found.overlooked)
        else:
            self._missing(operation, old, lambda text: isinstance(places.locate(Lines.of(text).texts, hunk), Place))

    def _brought(self, hunk: Hunk) -> Place | None:
        """Where all new lines of the hunk stand already, exactly."""
        new = tuple((Kind.STAYS, text) for kind, text in hunk.lines if kind is not Kind.GOES)
        if not says(text for _, text in new):
            return None
        there = places.locate(self._lines.texts, Hunk(lines=new))
        return there if isinstance(there, Place) and not there.overlooked else None

    # ---- text

    def _replace(self, edit: Replace, operation: str) -> None:
        if not edit.old:
            self._refuse(
                Reason.UNANCHORED, operation, "the text to replace is empty", "quote the lines that shall change"
            )
            return
        old, new = self._with_own_ends(edit.old, edit.new)
        found = occurrences(self.text, old)
        if len(found) == 1:
            start, end = found[0], found[0] + len(old)
            if old in new and _covered(self.text, new, start, end) and says([new.replace(old, "", 1)]):
                self._applied(operation, line_at(self.text, start))
            else:
                self.add(Span(start, end, new), operation)
            return
        if found:
            self._ambiguous(operation, [line_at(self.text, at) for at in found], ())
            return
        place = places.locate(self._lines.texts, places.hunk_between(edit.old, edit.new))
        if isinstance(place, Place):
            self._take(place, operation)
        elif says([new]) and len(already := self._as_lines(new)) == 1:
            self._applied(operation, line_at(self.text, already[0]))
        elif place.lines:
            self._ambiguous(operation, place.lines, place.overlooked)
        else:
            self._missing(operation, Lines.of(edit.old).texts, lambda text: len(occurrences(text, edit.old)) == 1)

    def _as_lines(self, new: str) -> list[int]:
        """Where a text stands as whole lines, white space aside: as a part of one it may be the old text's."""
        found = []
        for at in occurrences(self.text, new):
            before = self.text[self.text.rfind("\n", 0, at) + 1 : at]
            after = self.text[at + len(new) :].partition("\n")[0]
            if not before.strip() and (new.endswith("\n") or not after.strip()):
                found.append(at)
        return found

    def _with_own_ends(self, old: str, new: str) -> tuple[str, str]:
        """With CRLF for LF where the file has CRLF."""
        if "\r\n" in self.text and "\r\n" not in old:
            there = old in self.text
            if not there or "\n" not in self.text.replace("\r\n", ""):
                new = new.replace("\r\n", "\n").replace("\n", "\r\n")
            if not there:
                old = old.replace("\n", "\r\n")
        return old, new

    # ---- symbols

    def _symbol(self, edit: SymbolEdit) -> None:
        operation = f"{edit.what} {edit.symbol}"
        outcome = definitions.splice_of(edit, self.text, self._lines, self._symbols)
        if isinstance(outcome, Splice):
            self.add(self._lines.span(outcome), operation)
        else:
            self.refused.append(replace(outcome, path=self.path, operation=operation, blob=self._blob()))

    # ---- refusals

    def _applied(self, operation: str, line: int) -> None:
        said = f"what it brings stands in the file already, at line {line}"
        self._refuse(Reason.APPLIED, operation, said, "leave it out")

    def _ambiguous(self, operation: str, lines: Iterable[int], overlooked: Iterable[Match]) -> None:
        at = list(lines)
        if_ = f" if {' and '.join(overlooked)} is overlooked" if overlooked else ""
        where = ", ".join(map(str, at[:10]))
        if len(at) == 1:
            said = f"it may stand at line {where}{if_}, and where its new lines belong there cannot be told"
        elif overlooked:
            said = f"it may stand at lines {where}{if_}"
        else:
            said = f"the lines that it quotes stand in the file {len(at)} times, at lines {where}"
        self.refused.append(
            Refused(
                reason=Reason.AMBIGUOUS,
                path=self.path,
                operation=operation,
                said=said,
                do="quote more of the lines around the one that you mean, exactly",
                places=tuple(region_at(self._lines.texts, line) for line in at),
                blob=self._blob(),
            )
        )

    def _missing(self, operation: str, old: Iterable[str], fits: Callable[[str], bool]) -> None:
        old = list(old)
        if line := left_out(old, self._own):
            self._refuse(Reason.LAZY, operation, *lazy(line))
            return
        region, differences = nearest(self._lines.texts, old)
        said = "the lines that it quotes do not stand in the file"
        do = (
            "read these lines again and quote them as they are"
            if region
            else "nothing in the file is like them: read it again"
        )
        reason = Reason.MISSING
        for name, text in self._older(self.path):
            if text != self.text and fits(text):
                reason, said = Reason.STALE, f"it fits the file as it was {name}, and the file has changed since"
                break
        self.refused.append(
            Refused(
                reason=reason,
                path=self.path,
                operation=operation,
                said=said,
                do=do,
                nearest=region,
                differences=differences,
                blob=self._blob(),
            )
        )

    def _refuse(self, reason: Reason, operation: str, said: str, do: str) -> None:
        self.refused.append(Refused(reason=reason, path=self.path, operation=operation, said=said, do=do))

    def _blob(self) -> str:
        return blob_id(self.text.encode("utf-8", "surrogateescape"))


def _stands_already(texts: tuple[str, ...], hunk: Hunk, found: Place) -> bool:
    """Whether the lines that come at an end of the hunk are there: it fits, and was applied before."""
    old = [text for kind, text in hunk.lines if kind is not Kind.COMES]
    new = [text for kind, text in hunk.lines if kind is not Kind.GOES]
    more = len(new) - len(old)
    start = found.line - 1
    below, above = list(texts[start : start + len(new)]), list(texts[max(0, start - more) : start + len(old)])
    return (
        more > 0
        and not found.overlooked
        and ((new == below and says(new[-more:])) or (new == above and says(new[:more])))
    )


def _escaped(hunk: Hunk, text: str) -> bool:
    """Whether the reply was escaped as HTML, and the file is not."""
    return any(entity not in text for _, line in hunk.lines for entity in _ENTITY.findall(line))


def _covered(text: str, new: str, start: int, end: int) -> bool:
    """Whether the new text stands around the old one."""
    more = len(new) - (end - start)
    return text.find(new, max(0, start - more), end + more) >= 0

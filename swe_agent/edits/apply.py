"""Edit operations over a set of files, as one transaction: all of them apply, or none and a reason.

Files come in and go out as text (UTF-8 with surrogate escapes), so that every byte not named by an edit stays as it is.
Every operation is located on the files as they are, never on the result of another, and no two may overlap. A syntax
error that was not there before is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from swe_agent.core.edit import Change, Create, Delete, Edit, Mode, Move, Rename, Replace, SymbolEdit, Write
from swe_agent.core.source import SyntaxFault
from swe_agent.edits import rename
from swe_agent.edits.lazy import lazy, left_out
from swe_agent.edits.lines import Lines, Span, Splice, written
from swe_agent.edits.located import FileEdits, Older
from swe_agent.edits.nearest import nearest, region_at
from swe_agent.edits.places import Match
from swe_agent.edits.refusal import Reason, Refused
from swe_agent.edits.rename import Names

Read = Callable[[str], str | None]
"""The text of a file; None where there is none. ValueError where no file of the tree can be."""
NewFaults = Callable[[str, str, str], Sequence[SyntaxFault]]
"""(path, before, after) → syntax errors that only `after` has."""
_MOST_FAULTS = 3


def no_older(path: str) -> Sequence[tuple[str, str]]:
    """Where no earlier version of a file is known."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The files that change: their new text, or None where the file goes; and of each what had to be overlooked for an
    edit to match, where it was not exact."""

    files: Mapping[str, str | None]
    overlooked: Mapping[str, tuple[Match, ...]] = field(default_factory=dict)
    executable: Mapping[str, bool] = field(default_factory=dict)
    """Of the files whose mode an edit names."""
    moved: Mapping[str, str] = field(default_factory=dict)
    """For a file that comes from another path: that path, whose mode it keeps."""


def apply(
    edits: Sequence[Edit],
    read: Read,
    new_faults: NewFaults,
    *,
    older: Older = no_older,
    names: Names | None = None,
) -> Applied | Refused:
    """`older` are earlier versions of a file, by which an edit of a stale text is told; `names` is the index that
    renames go by."""
    done = _Transaction(read, new_faults, older)
    try:
        for edit in edits:
            if isinstance(edit, Rename):
                done.rename(edit, names)
        paths = dict.fromkeys(edit.path for edit in edits if not isinstance(edit, Rename))
        for path in dict.fromkeys((*paths, *done.renamed)):
            done.file(path, [edit for edit in edits if edit.path == path and not isinstance(edit, Rename)])
        return done.outcome()
    except _Outside as error:
        return Refused(reason=Reason.OUTSIDE, path=error.path, said=str(error), do="name another path")


class _Outside(Exception):
    """A path that `read` does not take, and why."""

    def __init__(self, path: str, said: str) -> None:
        super().__init__(said)
        self.path = path


class _Transaction:
    def __init__(self, read: Read, new_faults: NewFaults, older: Older) -> None:
        self._reader = read
        self._new_faults = new_faults
        self._older = older
        self.renamed: dict[str, list[tuple[Span, str]]] = {}
        self._files: dict[str, str | None] = {}
        self._overlooked: dict[str, tuple[Match, ...]] = {}
        self._executable: dict[str, bool] = {}
        self._moved: dict[str, str] = {}
        self._refused: list[Refused] = []

    def _read(self, path: str) -> str | None:
        try:
            return self._reader(path)
        except ValueError as error:
            raise _Outside(path, str(error)) from error

    def rename(self, edit: Rename, names: Names | None) -> None:
        if names is None:
            said = "a definition is renamed with what an index knows of it, and there is none here"
            self._refuse(edit.path, Reason.MISSING_SYMBOL, said)
            return
        found = rename.spans_of(edit, self._read, names)
        if isinstance(found, Refused):
            self._refused.append(replace(found, path=edit.path, operation=f"rename {edit.symbol}"))
            return
        for path, spans in found.items():
            self.renamed.setdefault(path, []).extend((span, f"rename {edit.symbol}") for span in spans)

    def file(self, path: str, edits: Sequence[Edit]) -> None:
        """All edits of one file."""
        text = self._read(path)
        whole = [edit for edit in edits if isinstance(edit, (Create, Write))]
        gone = any(isinstance(edit, Delete) for edit in edits)
        inside = [edit for edit in edits if isinstance(edit, (Replace, Change, SymbolEdit))]
        moves = [edit for edit in edits if isinstance(edit, Move)]
        others = bool(inside or self.renamed.get(path))
        if path in self._files:
            self._refuse(path, Reason.EXISTS, "another file is moved there, so that it exists", "choose another path")
            return
        if len(whole) > 1 or len(moves) > 1 or (whole and others) or (gone and (others or moves)) or (whole and moves):
            self._refuse(path, Reason.OVERLAP, "it is made, moved, deleted or edited twice at once", "do it once")
            return
        if text is None and (gone or not whole):
            self._refuse(path, Reason.MISSING_FILE, f"there is no file {path}", "name one that there is, or make it")
            return
        new = text
        if whole:
            new = self._made(whole[0], text, gone=gone)
        elif gone:
            self._holds(path, text or "", [edit for edit in edits if isinstance(edit, Delete)])
            new = None
        elif others and text is not None:
            new = self._edited(path, text, inside)
        self._executable |= {edit.path: edit.executable for edit in edits if isinstance(edit, Mode)}
        self._files[path] = new
        if moves:
            self._move(moves[0], new)

    def outcome(self) -> Applied | Refused:
        if not self._refused:
            for path, text in self._files.items():
                if text is not None:
                    self._check(path, text)
        if self._refused:
            first, *more = self._refused
            return first.with_more(tuple(more))
        changed = {path: text for path, text in self._files.items() if text != self._read(path)}
        if not changed and not self._executable:
            path = next(iter(self._files), "")
            return Refused(reason=Reason.NO_CHANGE, path=path, said="the edit changes nothing")
        return Applied(
            files=changed,
            overlooked={path: self._overlooked[path] for path in changed if self._overlooked.get(path)},
            executable=self._executable,
            moved=self._moved,
        )

    def _made(self, edit: Create | Write, text: str | None, *, gone: bool) -> str | None:
        if line := left_out(edit.text.split("\n"), lambda: {line.strip() for line in (text or "").split("\n")}):
            self._refuse(edit.path, Reason.LAZY, *lazy(line))
        if isinstance(edit, Write):
            return _written(edit.text, text)
        if text is None:
            if edit.executable:
                self._executable[edit.path] = True
        elif not gone:
            if text == edit.text:
                self._refuse(edit.path, Reason.APPLIED, f"{edit.path} is there already, with this very text")
            else:
                self._refuse(edit.path, Reason.EXISTS, f"{edit.path} exists already", "edit it instead")
        return edit.text

    def _holds(self, path: str, text: str, edits: Sequence[Delete]) -> None:
        """A file that is quoted and holds something else is not the one that was meant."""
        own = [line.rstrip() for line in Lines.of(text).texts]
        for edit in edits:
            if edit.holds and [line.rstrip() for line in edit.holds] != own:
                region, differences = nearest(Lines.of(text).texts, edit.holds)
                self._refused.append(
                    Refused(
                        reason=Reason.MISSING,
                        path=path,
                        said="the file that is to go holds something else than the lines that are quoted",
                        do="read it again, or delete it without its lines",
                        nearest=region,
                        differences=differences,
                    )
                )

    def _edited(self, path: str, text: str, inside: Sequence[Replace | Change | SymbolEdit]) -> str:
        file = FileEdits(path, text, self._older)
        for span, operation in self.renamed.get(path, ()):
            file.add(span, operation)
        file.locate(inside)
        new = file.result()
        self._overlooked[path] = tuple(file.overlooked)
        self._refused += file.refused
        return text if new is None else new

    def _move(self, edit: Move, text: str | None) -> None:
        if edit.to in self._files or self._read(edit.to) is not None:
            self._refuse(edit.to, Reason.EXISTS, f"{edit.to} exists already", "move it to another path")
            return
        self._files[edit.path] = None
        self._files[edit.to] = text
        self._moved[edit.to] = edit.path
        if (executable := self._executable.pop(edit.path, None)) is not None:
            self._executable[edit.to] = executable
        if self._overlooked.get(edit.path):
            self._overlooked[edit.to] = self._overlooked.pop(edit.path)

    def _check(self, path: str, text: str) -> None:
        """No file in the place of a folder of another, and no syntax error that the file did not have."""
        parts = path.split("/")
        for end in range(1, len(parts)):
            above = "/".join(parts[:end])
            if self._is_file(above):
                self._refuse(path, Reason.EXISTS, f"{above} is a file and cannot hold {path}", "choose another path")
                return
        before = self._read(self._moved.get(path, path)) or ""
        faults = self._new_faults(path, before, text)
        if faults:
            where = "; ".join(f"line {fault.line}: near `{fault.near}`" for fault in faults[:_MOST_FAULTS])
            said = f"the edit would leave a syntax error that the file did not have: {where}"
            texts = Lines.of(text).texts
            shown = tuple(region_at(texts, min(fault.line, len(texts))) for fault in faults[:_MOST_FAULTS])
            do = "these are the lines as they would be; send the whole edit again, mended"
            self._refused.append(Refused(reason=Reason.SYNTAX, path=path, said=said, do=do, places=shown))

    def _is_file(self, path: str) -> bool:
        if path in self._files:
            return self._files[path] is not None
        try:
            return self._reader(path) is not None
        except ValueError:  # a folder
            return False

    def _refuse(self, path: str, reason: Reason, said: str, do: str = "") -> None:
        self._refused.append(Refused(reason=reason, path=path, said=said, do=do))


def _written(text: str, before: str | None) -> str:
    """Lines that are there stay as they are, ends and byte order mark included, and new ones end as those near them."""
    if not before:
        return text
    own, new = Lines.of(before), Lines.of(text.replace("\r\n", "\n")).texts
    top = _in_common(own.texts, new)
    bottom = _in_common(own.texts[top:][::-1], new[top:][::-1])
    old, new = own.texts[top : len(own.texts) - bottom], new[top : len(new) - bottom]
    if len(set(own.ends[:-1])) <= 1:  # whichever of these lines stay, the ends are the same
        splices = [Splice(top, len(old), new)] if old or new else []
    else:
        codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        splices = [Splice(top + i, j - i, new[k:m]) for tag, i, j, k, m in codes if tag != "equal"]
    return written(before, [own.span(splice) for splice in splices])


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (line, its) in enumerate(pairs) if line != its), min(len(one), len(other)))

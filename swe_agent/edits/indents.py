"""How the indentation of a quoted piece of code relates to that of the file, where one rule fits all of its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_UNITS = (2, 3, 4, 8)


@dataclass(frozen=True, slots=True)
class Reindent:
    """`tabs` and `spaces` say what is turned into what: tabs into so many spaces (positive `unit`), or so many spaces
    into a tab (negative); 0 for neither. Then `add` comes in front, or `remove` goes."""

    unit: int
    add: str
    remove: str
    mixed: bool
    """Whether the file itself has tabs and spaces in one indentation."""
    only: frozenset[str] | None = None
    """Where too little is quoted to know the rule for others: the indentations that it holds for."""

    def line(self, text: str) -> str | None:
        """A line as it has to be in the file; None where the rule does not say how."""
        bare = text.lstrip(" \t")
        if not bare:
            return text
        indent = text[: len(text) - len(bare)]
        if self.only is not None and indent not in self.only:
            return None
        indent = _converted(indent, self.unit)
        if not indent.startswith(self.remove):
            return None
        indent = self.add + indent[len(self.remove) :]
        if not self.mixed and len(set(indent)) > 1:
            return None
        return indent + bare


def reindents(pairs: Sequence[tuple[str, str]]) -> list[Reindent]:
    """The simplest rules that turn the indentation of each quoted line into that of its line in the file: all of equal
    simplicity. None where no rule does. Blank lines say nothing."""
    indents = [(indent_of(quoted), indent_of(own)) for quoted, own in pairs if quoted.strip() and own.strip()]
    if not indents:
        return []
    mixed = any(len(set(own)) > 1 for _, own in indents)
    for units, shifted in (((0,), True), (_signed(), False), (_signed(), True)):
        found = list(dict.fromkeys(_fitting(indents, units, shifted=shifted, mixed=mixed)))
        if found:
            return found
    return []


def _signed() -> tuple[int, ...]:
    return (*_UNITS, *(-unit for unit in _UNITS))


def _fitting(
    indents: Sequence[tuple[str, str]], units: Sequence[int], *, shifted: bool, mixed: bool
) -> Iterator[Reindent]:
    for unit in units:
        turned = [(_converted(quoted, unit), own) for quoted, own in indents]
        first, own = turned[0]
        if own.endswith(first) and all(theirs == own[: len(own) - len(first)] + quoted for quoted, theirs in turned):
            add, remove = own[: len(own) - len(first)], ""
        elif first.endswith(own) and all(
            quoted == first[: len(first) - len(own)] + theirs for quoted, theirs in turned
        ):
            add, remove = "", first[: len(first) - len(own)]
        else:
            continue
        if shifted or not (add or remove):
            seen = frozenset(quoted for quoted, _ in indents)
            yield Reindent(unit, add, remove, mixed, seen if unit and shifted and len(seen) < 2 else None)


def _converted(indent: str, unit: int) -> str:
    if unit > 0:
        return indent.replace("\t", " " * unit)
    if unit < 0:
        return indent.replace(" " * -unit, "\t")
    return indent


def indent_of(line: str) -> str:
    """The blanks and tabs that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]

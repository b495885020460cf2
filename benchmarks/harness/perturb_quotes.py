"""How models misquote a file and still say which change they mean: white space, signs, and lines of context."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from benchmarks.harness.drafts import (
    BLOCKS,
    COMES,
    GOES,
    PATCH,
    QUOTING,
    RECOVERABLE,
    STAYS,
    UNIFIED,
    Change,
    Draft,
    Hunk,
    Line,
    Perturbation,
    normal,
    with_context,
)
from swe_agent.testing.replies import split

WORDY = 8
"""A line with so many signs that are no white space can be told from others."""


def with_lines(draft: Draft, change: Callable[[Line], Line], *, loose: bool = True) -> Draft | None:
    hunks = tuple(replace(hunk, lines=tuple(map(change, hunk.lines))) for hunk in draft.hunks)
    return replace(draft, hunks=hunks, loose=draft.loose or loose) if hunks != draft.hunks else None


def with_hunk(draft: Draft, at: int, *lines: Line, loose: bool = True, shifted: bool = False) -> Draft:
    hunks = [*draft.hunks]
    hunks[at] = replace(hunks[at], lines=lines)
    return replace(draft, hunks=tuple(hunks), loose=draft.loose or loose, shifted=draft.shifted or shifted)


def chosen(draft: Draft, dice: random.Random, wanted: Callable[[Hunk, int], bool]) -> tuple[int, int] | None:
    """A hunk and a line of it."""
    found = [(n, at) for n, hunk in enumerate(draft.hunks) for at in range(len(hunk.lines)) if wanted(hunk, at)]
    return dice.choice(found) if found else None


def wordy(line: Line) -> bool:
    return len(normal(line.text)) >= WORDY


def misspelt(text: str, dice: random.Random) -> str:
    """One letter other than it was."""
    at = dice.choice([n for n, sign in enumerate(text) if sign.isalnum()] or [len(text) - 1])
    return text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]


def is_context(hunk: Hunk, at: int) -> bool:
    return hunk.lines[at].kind == STAYS


def between_context(hunk: Hunk, at: int) -> bool:
    """A line that stays between two that stay and say something, all of them different."""
    if not 0 < at < len(hunk.lines) - 1:
        return False
    above, line, below = hunk.lines[at - 1 : at + 2]
    kinds = {above.kind, line.kind, below.kind}
    texts = {normal(above.text), normal(line.text), normal(below.text)}
    return kinds == {STAYS} and not above.blank and not below.blank and len(texts) == 3


# --- white space ---


def _trailing_added(draft: Draft, dice: random.Random) -> Draft | None:
    white = dice.choice([" ", "  ", "\t"])
    return with_lines(
        draft,
        lambda line: line._replace(text=line.text + white) if line.quoted and dice.random() < 0.5 else line,
    )


def _trailing_stripped(draft: Draft, dice: random.Random) -> Draft | None:
    """Not where a block is about such white space, which its two sides then no longer show."""
    for hunk in draft.hunks if draft.format == BLOCKS else ():
        comes = {line.text for line in hunk.lines if line.kind == COMES}
        if any(line.kind == GOES and line.text.rstrip() in comes - {line.text} for line in hunk.lines):
            return None
    return with_lines(draft, lambda line: line._replace(text=line.text.rstrip()) if line.quoted else line)


def _indents_survive(hunk: Hunk) -> bool:
    """Whether all new lines say something, or nothing at all, and something that says something is quoted."""
    new_ones = all(not line.blank or not line.text for line in hunk.lines if line.kind == COMES)
    return new_ones and any(line.quoted and not line.blank for line in hunk.lines)


def _prefixes(white: str) -> Iterator[str]:
    return (white[:size] for size in range(len(white), -1, -1))


def _shows_shift(hunk: Hunk) -> bool:
    """Whether a line that goes shows how far those that come are off. Lines that stay do not, where it is one space:
    that could be the mark that they need and lines that come do not."""
    comes = any(line.kind == COMES for line in hunk.lines)
    return not comes or any(line.kind == GOES and not line.blank for line in hunk.lines)


def _dedented(draft: Draft, dice: random.Random) -> Draft | None:
    def one(hunk: Hunk) -> Hunk:
        said = [line.text for line in hunk.lines if not line.blank] or [""]
        whites = [text[: len(text) - len(text.lstrip(" \t"))] for text in said]
        shared = next(white for white in _prefixes(min(whites, key=len)) if all(w.startswith(white) for w in whites))
        cut = [
            line._replace(text=line.text.removeprefix(shared) if line.text.startswith(shared) else "")
            for line in hunk.lines
        ]
        if shared == " " and draft.format != BLOCKS and not _shows_shift(hunk):
            return hunk
        return replace(hunk, lines=tuple(cut))

    hunks = tuple(map(one, draft.hunks))
    if hunks == draft.hunks or not all(map(_indents_survive, draft.hunks)):
        return None
    return replace(draft, hunks=hunks, loose=True)


def _indented_by(white: str | None) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        if not all(map(_indents_survive, draft.hunks)):
            return None
        if white == " " and not all(map(_shows_shift, draft.hunks)):
            return None
        tabs = any(line.text.startswith("\t") for hunk in draft.hunks for line in hunk.lines)
        more = white or ("\t" if tabs else dice.choice(["  ", "    "]))
        return with_lines(draft, lambda line: line if line.blank else line._replace(text=more + line.text))

    return change


def _indents(draft: Draft) -> Iterator[str]:
    for hunk in draft.hunks:
        for line in hunk.lines:
            if not line.blank:
                yield line.text[: len(line.text) - len(line.text.lstrip(" \t"))]


def _retabbed(draft: Draft, dice: random.Random) -> Draft | None:
    """Tabs as spaces, or spaces as tabs, where the quoted lines of each hunk show what stands for what."""
    indents = set(_indents(draft))
    if not all(_shows_indent(hunk) and _indents_survive(hunk) for hunk in draft.hunks):
        return None
    if all(set(white) <= {"\t"} for white in indents):
        unit = dice.choice([2, 4, 8])
        return with_lines(draft, lambda line: _reindented(line, "\t", " " * unit))
    for unit in (4, 2):
        if all(set(white) <= {" "} and len(white) % unit == 0 for white in indents):
            return with_lines(draft, lambda line: _reindented(line, " " * unit, "\t"))  # noqa: B023
    return None


def _shows_indent(hunk: Hunk) -> bool:
    return any(line.quoted and not line.blank and line.text[0] in " \t" for line in hunk.lines)


def _reindented(line: Line, old: str, new: str) -> Line:
    if line.blank:
        return line
    said = line.text.lstrip(" \t")
    return line._replace(text=new * ((len(line.text) - len(said)) // len(old)) + said)


def _in_context(change: Callable[[str], str]) -> Change:
    def perturb(draft: Draft, dice: random.Random) -> Draft | None:
        return with_lines(draft, lambda line: line._replace(text=change(line.text)) if line.kind == STAYS else line)

    return perturb


def _curly(text: str) -> str:
    out, is_open = [], {'"': False, "'": False}
    for sign in text:
        if sign in is_open:
            is_open[sign] = not is_open[sign]
            out.append({'"': "\u201d\u201c", "'": "\u2019\u2018"}[sign][is_open[sign]])
        else:
            out.append(sign)
    return "".join(out)


def _no_break(text: str) -> str:
    said = text.lstrip(" \t")
    return text[: len(text) - len(said)] + said.replace(" ", "\u00a0")


# --- lines of context ---


def _typo(draft: Draft, dice: random.Random) -> Draft | None:
    place = chosen(draft, dice, lambda hunk, at: is_context(hunk, at) and wordy(hunk.lines[at]))
    if place is None:
        return None
    n, at = place
    lines = [*draft.hunks[n].lines]
    lines[at] = lines[at]._replace(text=misspelt(lines[at].text, dice))
    return with_hunk(draft, n, *lines)


def _missing(*, blank: bool) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        place = chosen(draft, dice, lambda hunk, at: between_context(hunk, at) and hunk.lines[at].blank == blank)
        if place is None:
            return None
        n, at = place
        lines = draft.hunks[n].lines
        other = with_hunk(draft, n, *lines[:at], *lines[at + 1 :], shifted=True)
        return other if _apart_from_changes(other, n, at, at) else None

    return change


def _apart_from_changes(draft: Draft, n: int, start: int, stop: int) -> bool:
    """Whether the lines of a hunk from `start` to `stop` stand between others that stay, also for who has only both of
    its sides to compare."""
    hunk = draft.hunks[n]
    first, last = (sum(line.quoted for line in hunk.lines[:at]) for at in (start, stop))
    same = SequenceMatcher(None, hunk.olds, hunk.news, autojunk=False).get_matching_blocks()
    return draft.format != BLOCKS or any(block.a < first and last < block.a + block.size for block in same)


def _invented(said: Callable[[str], str]) -> Change:
    """A line that the file does not have, between two that stay."""

    def change(draft: Draft, dice: random.Random) -> Draft | None:
        def wanted(hunk: Hunk, at: int) -> bool:
            pair = hunk.lines[at : at + 2]
            return len(pair) == 2 and all(line.kind == STAYS and not line.blank for line in pair)

        place = chosen(draft, dice, wanted)
        if place is None:
            return None
        n, at = place
        lines = draft.hunks[n].lines
        own = lines[at].text
        text = said(own[: len(own) - len(own.lstrip())])
        if text.strip() and normal(text) in map(normal, split(draft.before)):
            return None
        other = with_hunk(draft, n, *lines[: at + 1], Line(STAYS, text), *lines[at + 1 :], shifted=True)
        return other if _apart_from_changes(other, n, at + 1, at + 2) else None

    return change


def is_unique(draft: Draft) -> bool:
    """Whether all that is quoted stands in the file exactly once, and each hunk quotes a line that is like no other."""
    file = split(draft.before)
    return all(
        any(len(normal(text)) >= WORDY for text in hunk.olds)
        and sum(file[at : at + len(hunk.olds)] == hunk.olds for at in range(len(file))) == 1
        for hunk in draft.hunks
    )


def _with_context(context: int) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        other = replace(draft, hunks=with_context(draft.edit, context))
        return other if other.hunks != draft.hunks and is_unique(other) else None

    return change


def _reordered(draft: Draft, dice: random.Random) -> Draft | None:
    hunks = list(draft.hunks)
    dice.shuffle(hunks)
    return replace(draft, hunks=tuple(hunks)) if tuple(hunks) != draft.hunks else None


def _idle_hunk(draft: Draft, dice: random.Random) -> Draft | None:
    """A further hunk that changes nothing."""
    file = split(draft.before)
    taken = {n for hunk in draft.hunks for n in range(hunk.old - 6, hunk.old + len(hunk.olds) + 5)}
    free = [at for at in range(len(file) - 5) if not taken & set(range(at, at + 5))]
    if not free:
        return None
    at = dice.choice(free)
    lines = tuple(Line(STAYS, text) for text in file[at : at + 5])
    other = replace(draft, hunks=(*draft.hunks, Hunk(lines=lines, old=at + 1, new=at + 1)))
    return other if is_unique(other) else None


def _said_as_change(draft: Draft, dice: random.Random) -> Draft | None:
    """A line that stays, said as one that goes and comes again."""
    place = chosen(draft, dice, lambda hunk, at: is_context(hunk, at) and not hunk.lines[at].unended)
    if place is None:
        return None
    n, at = place
    lines = draft.hunks[n].lines
    both = (Line(GOES, lines[at].text), Line(COMES, lines[at].text))
    return with_hunk(draft, n, *lines[:at], *both, *lines[at + 1 :], loose=False)


def _new_first(draft: Draft, dice: random.Random) -> Draft | None:
    """The lines that come in place of others before those."""

    def one(hunk: Hunk) -> Hunk:
        lines: list[Line] = []
        start = 0
        for line in hunk.lines:
            if line.kind == STAYS:
                start = len(lines) + 1
            lines.append(line)
            lines[start:] = sorted(lines[start:], key=lambda each: each.kind == GOES)
        return replace(hunk, lines=tuple(lines))

    if any(line.unended for hunk in draft.hunks for line in hunk.lines):
        return None
    hunks = tuple(map(one, draft.hunks))
    return replace(draft, hunks=hunks) if hunks != draft.hunks else None


def _begun_at_word(draft: Draft, dice: random.Random) -> Draft | None:
    """The first line on both sides of each block without its indentation, which is the same."""

    def one(hunk: Hunk) -> Hunk:
        firsts = {kind: next((n for n, ln in enumerate(hunk.lines) if ln.kind in kind), -1) for kind in (" -", " +")}
        old, new = firsts[" -"], firsts[" +"]
        if old < 0 or new < 0 or hunk.lines[old].blank or hunk.lines[new].blank:
            return hunk
        whites = {line.text[: len(line.text) - len(line.text.lstrip())] for line in (hunk.lines[old], hunk.lines[new])}
        if len(whites) != 1:
            return hunk
        lines = [*hunk.lines]
        for at in {old, new}:
            lines[at] = lines[at]._replace(text=lines[at].text.lstrip())
        return replace(hunk, lines=tuple(lines))

    hunks = tuple(map(one, draft.hunks))
    return replace(draft, hunks=hunks, loose=True) if hunks != draft.hunks else None


def _blank_at(where: str) -> Change:
    """A blank line more at one end of both sides of each block."""

    def change(draft: Draft, dice: random.Random) -> Draft | None:
        at = 0 if where == "start" else -1
        if any(hunk.lines[at].kind != STAYS for hunk in draft.hunks):
            return None  # beside a change it could be part of it
        blank = (Line(STAYS, ""),)
        hunks = tuple(
            replace(hunk, lines=blank + hunk.lines if where == "start" else hunk.lines + blank) for hunk in draft.hunks
        )
        return replace(draft, hunks=hunks, loose=True, shifted=True)

    return change


def _one(name: str, change: Change, *touches: str, formats: tuple[str, ...] = QUOTING) -> Perturbation:
    return Perturbation(name=name, kind=RECOVERABLE, formats=formats, touches=frozenset(touches), change=change)


QUOTES = (
    _one("trailing white space added", _trailing_added, "trailing"),
    _one("trailing white space stripped", _trailing_stripped, "trailing"),
    _one("dedented", _dedented, "indent"),
    _one("indented", _indented_by(None), "indent"),
    _one("space after each mark", _indented_by(" "), "indent", formats=(UNIFIED, PATCH)),
    _one("tabs for spaces or spaces for tabs", _retabbed, "indent"),
    _one("first line without indentation", _begun_at_word, "indent", formats=(BLOCKS,)),
    _one("curly quotes in context", _in_context(_curly), "signs"),
    _one("dashes in context", _in_context(lambda text: text.replace("-", "\u2013").replace("...", "\u2026")), "signs"),
    _one("no-break spaces in context", _in_context(_no_break), "signs"),
    _one("typo in context", _typo, "context"),
    _one("context line missing", _missing(blank=False), "context"),
    _one("blank context line missing", _missing(blank=True), "context"),
    _one("context line invented", _invented(lambda indent: f"{indent}# see the invented notes of 1987"), "context"),
    _one("blank context line invented", _invented(lambda indent: ""), "context"),
    _one("blank line before each block", _blank_at("start"), "context", formats=(BLOCKS,)),
    _one("blank line after each block", _blank_at("end"), "context", formats=(BLOCKS,)),
    _one("one line of context", _with_context(1), "hunks", "context"),
    _one("no context", _with_context(0), "hunks", "context"),
    _one("ten lines of context", _with_context(10), "hunks", "context"),
    _one("hunks in another order", _reordered, "hunks"),
    _one("a hunk that changes nothing", _idle_hunk, "hunks"),
    _one("context said as a change", _said_as_change, "hunks", "kinds", formats=(UNIFIED, PATCH)),
    _one("new lines before old", _new_first, "hunks", "kinds", formats=(UNIFIED, PATCH)),
)

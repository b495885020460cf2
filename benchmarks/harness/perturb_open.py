"""Replies that one careful reader would follow and another send back: the intended text and a refusal are both fine."""

from __future__ import annotations

import html
import random
from dataclasses import replace

from benchmarks.harness.drafts import (
    BLOCKS,
    COMES,
    GOES,
    OPEN,
    PATCH,
    QUOTING,
    STAYS,
    UNIFIED,
    WHOLE,
    Change,
    Draft,
    Hunk,
    Line,
    Perturbation,
    with_context,
)
from benchmarks.harness.perturb_frames import aside
from benchmarks.harness.perturb_quotes import chosen, with_hunk, with_lines
from swe_agent.testing.replies import split


def _beside_change(hunk: Hunk, at: int) -> bool:
    """A line that stays right beside one that does not."""
    near = hunk.lines[max(at - 1, 0) : at + 2]
    return hunk.lines[at].kind == STAYS and any(line.kind != STAYS for line in near)


def _missing_beside(draft: Draft, dice: random.Random) -> Draft | None:
    def wanted(hunk: Hunk, at: int) -> bool:
        """With quoted lines above and below, without which the quote would be exact."""
        around = hunk.lines[:at], hunk.lines[at + 1 :]
        return _beside_change(hunk, at) and all(any(ln.quoted and not ln.blank for ln in side) for side in around)

    place = chosen(draft, dice, wanted)
    if place is None:
        return None
    n, at = place
    lines = draft.hunks[n].lines
    return with_hunk(draft, n, *lines[:at], *lines[at + 1 :], shifted=True)


def _invented_beside(draft: Draft, dice: random.Random) -> Draft | None:
    place = chosen(draft, dice, _beside_change)
    if place is None:
        return None
    n, at = place
    lines = draft.hunks[n].lines
    above = at + 1 < len(lines) and lines[at + 1].kind != STAYS
    extra = Line(STAYS, "    invented = line_of(nothing)")
    at += above
    return with_hunk(draft, n, *lines[:at], extra, *lines[at:], shifted=True)


def _mark_forgotten(draft: Draft, dice: random.Random) -> Draft | None:
    """A new line without its `+`."""
    place = chosen(draft, dice, lambda hunk, at: hunk.lines[at].kind == COMES and not hunk.lines[at].blank)
    if place is None:
        return None
    n, at = place
    lines = [*draft.hunks[n].lines]
    lines[at] = Line(STAYS, lines[at].text)
    return with_hunk(draft, n, *lines, shifted=True)


def _curly_deleted(draft: Draft, dice: random.Random) -> Draft | None:
    signs = str.maketrans({'"': "\u201d", "'": "\u2019"})
    return with_lines(draft, lambda line: line._replace(text=line.text.translate(signs)) if line.kind == GOES else line)


def _number_tells(draft: Draft, dice: random.Random) -> Draft | None:
    """What is quoted stands there twice, and the right line numbers are said."""
    hunk = dice.choice(draft.hunks)
    intended = draft.intended
    if intended is None or not draft.before.endswith("\n") or not intended.endswith("\n") or "\r" in draft.before:
        return None
    twin = aside(draft, hunk.olds)
    if not twin:
        return None
    return replace(draft, files={**draft.files, draft.path: draft.before + twin}, intended=intended + twin)


def _far_line_number(draft: Draft, dice: random.Random) -> Draft | None:
    """No context at all, only the numbers say where."""
    found = with_context(draft.edit, 0)
    return replace(draft, hunks=found) if any(not hunk.olds for hunk in found) else None


def _escaped(draft: Draft, dice: random.Random) -> Draft | None:
    quoted = "".join(text for hunk in draft.hunks for text in hunk.olds)
    if html.escape(quoted, quote=False) == quoted or "&" in draft.before:
        return None
    return with_lines(draft, lambda line: line._replace(text=html.escape(line.text, quote=False)))


def _line_numbers_quoted(draft: Draft, dice: random.Random) -> Draft | None:
    """Quoted as a numbered listing shows them."""

    def one(hunk: Hunk) -> Hunk:
        number, lines = hunk.old, []
        for line in hunk.lines:
            lines.append(line._replace(text=f"{number:>5}\t{line.text}") if line.kind != COMES else line)
            number += line.kind != COMES
        return replace(hunk, lines=tuple(lines))

    return replace(draft, hunks=tuple(map(one, draft.hunks)), loose=True)


def _under_unknown(draft: Draft, dice: random.Random) -> Draft | None:
    return replace(draft, hunks=tuple(replace(hunk, head="@@ def never_written(self):") for hunk in draft.hunks))


def _end_missing(draft: Draft, dice: random.Random) -> Draft | None:
    return replace(draft, afterwards=(lambda text: text.removesuffix("*** End Patch\n"),))


def _said_twice(draft: Draft, dice: random.Random) -> Draft | None:
    return replace(draft, hunks=(*draft.hunks, dice.choice(draft.hunks)))


def _elided_context(draft: Draft, dice: random.Random) -> Draft | None:
    """Dots in place of lines that stay."""

    def wanted(hunk: Hunk, at: int) -> bool:
        near = hunk.lines[at - 1 : at + 4]
        return at > 0 and len(near) == 5 and all(line.kind == STAYS for line in near)

    wide = replace(draft, hunks=with_context(draft.edit, 8))
    place = chosen(wide, dice, wanted)
    if place is None:
        return None
    n, at = place
    lines = wide.hunks[n].lines
    return with_hunk(wide, n, *lines[:at], Line(STAYS, "..."), *lines[at + 3 :], shifted=True)


def _absolute(draft: Draft, dice: random.Random) -> Draft | None:
    return replace(draft, names=tuple(name.replace(draft.path, f"/{draft.path}") for name in draft.names))


def _blank_in_search(draft: Draft, dice: random.Random) -> Draft | None:
    """A blank line more at the end of what is searched for, and none in what comes in its place."""
    hunks = tuple(replace(hunk, lines=(*hunk.lines, Line(GOES, ""))) for hunk in draft.hunks)
    file = split(draft.before)
    if any(not "".join(file[hunk.old - 1 + len(hunk.olds) :][:1]).strip() for hunk in draft.hunks):
        return None
    return replace(draft, hunks=hunks, loose=True)


def _cut_in_context(draft: Draft, dice: random.Random) -> Draft | None:
    """The reply ends within the lines that stay, beneath all that changes."""
    lines = draft.hunks[-1].lines
    tail = len(lines) - 1 - max(at for at, line in enumerate(lines) if line.kind != STAYS)
    if tail < 2 or any(line.unended for line in lines):
        return None
    gone = sum(len(line.text) + 2 for line in lines[len(lines) - dice.randrange(1, tail) :])
    return replace(draft, afterwards=(lambda text: text[: len(text) - gone],))


def _fence_missing(draft: Draft, dice: random.Random) -> Draft | None:
    closing = draft.fences[1]
    return replace(draft, afterwards=(lambda text: text.removesuffix(f"{closing}\n"),))


def _one(name: str, change: Change, *formats: str) -> Perturbation:
    return Perturbation(name=name, kind=OPEN, formats=formats or QUOTING, touches=frozenset(), change=change)


OPENS = (
    _one("context beside a change missing", _missing_beside),
    _one("context beside a change invented", _invented_beside),
    _one("a new line without mark", _mark_forgotten, UNIFIED, PATCH),
    _one("curly quotes in deleted lines", _curly_deleted),
    _one("a number tells which copy", _number_tells, UNIFIED),
    _one("a number alone tells where", _far_line_number, UNIFIED),
    _one("escaped as HTML", _escaped),
    _one("quoted with line numbers", _line_numbers_quoted),
    _one("under a line that is not there", _under_unknown, PATCH),
    _one("the end of the patch missing", _end_missing, PATCH),
    _one("a hunk said twice", _said_twice),
    _one("dots stand for context", _elided_context),
    _one("an absolute name", _absolute),
    _one("a blank line in the search alone", _blank_in_search, BLOCKS),
    _one("cut in context", _cut_in_context, UNIFIED),
    _one("the last fence missing", _fence_missing, BLOCKS, WHOLE),
)

"""A reply in the making: what it says of an edit and how it is written, before it becomes text.

A perturbation takes a draft and gives another. What stays plain is written exactly as `swe_agent.testing.replies` does.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.harness.real_edits import Edit
from swe_agent.syntax.parse import outline
from swe_agent.testing import replies
from swe_agent.testing.replies import Piece, pieces, split, unique_pieces

UNIFIED, BLOCKS, PATCH, WHOLE, SYMBOL = FORMATS = ("unified", "search-replace", "apply-patch", "whole-file", "symbol")
QUOTING = (UNIFIED, BLOCKS, PATCH)
NO_END = "\\ No newline at end of file"
STAYS, GOES, COMES = " ", "-", "+"


class Line(NamedTuple):
    """`kind` is the mark of a diff; `unended` is a last line without an end, which only a unified diff says."""

    kind: str
    text: str
    unended: bool = False

    @property
    def quoted(self) -> bool:
        return self.kind != COMES

    @property
    def blank(self) -> bool:
        return not self.text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """`old` and `new` are the lines, from 1, where it begins. `head` is written instead of its own."""

    lines: tuple[Line, ...]
    old: int
    new: int
    head: str | None = None

    @property
    def olds(self) -> list[str]:
        return [line.text for line in self.lines if line.kind != COMES]

    @property
    def news(self) -> list[str]:
        return [line.text for line in self.lines if line.kind != GOES]

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        return self.old, len(self.olds), self.new, len(self.news)


def head_of(hunk: Hunk) -> str:
    return "@@ -{},{} +{},{} @@".format(*hunk.numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`files` is the tree to which the reply is applied, `intended` what the file shall hold after that: None where the
    reply has to be refused. The text in which the change was made is the edit's own, whatever has become of the file.

    `loose`: quotes are not exact; `shifted`: nor are their numbers of lines.
    """

    edit: Edit
    format: str
    files: Mapping[str, str]
    intended: str | None
    hunks: tuple[Hunk, ...]
    names: tuple[str, ...]
    fences: tuple[str, str] = ("", "")
    mark: Callable[[Line], str] = lambda line: line.kind + line.text
    markers: tuple[str, str, str] = ("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE")
    named_once: bool = False
    inner_names: bool = False
    afterwards: tuple[Callable[[str], str], ...] = ()
    loose: bool = False
    shifted: bool = False
    text: str | None = field(default=None)
    """Instead of what is rendered."""

    @property
    def path(self) -> str:
        return self.edit.path

    @property
    def before(self) -> str:
        return self.files[self.edit.path]

    @property
    def reply(self) -> str:
        text = render(self) if self.text is None else self.text
        for change in self.afterwards:
            text = change(text)
        return text


def drafted(edit: Edit, format: str) -> Draft | None:
    """The edit as it is said plainly; None where this format has no words for it."""
    if format in edit.unsaid:
        return None
    text = None
    if format == SYMBOL:
        text = replies.symbol(edit.path, edit.before, edit.after)
        if text is None or not _says_all(edit, text):
            return None
    path = edit.path
    names = {UNIFIED: (f"--- a/{path}", f"+++ b/{path}"), PATCH: (f"*** Update File: {path}",)}
    fence = {BLOCKS: "```", WHOLE: "````"}.get(format, "")
    return Draft(
        edit=edit,
        format=format,
        files={path: edit.before, **edit.others},
        intended=edit.after,
        hunks=hunks(edit, unique_pieces(split(edit.before), split(edit.after))) if format in QUOTING else (),
        names=names.get(format, (path,)),
        fences=(fence, fence),
        text=text,
    )


def _says_all(edit: Edit, text: str) -> bool:
    """Whether the definitions, put in the place of the old ones, make up the whole change."""
    old, new = split(edit.before), split(edit.after)
    was, now = ({one.qualified: one.span for one in outline(edit.path, each)} for each in (edit.before, edit.after))
    named = re.findall(r"^\*\*\* Replace Symbol: .*?::(.+)$", text, re.MULTILINE)
    for name in sorted(named, key=lambda name: -was[name].start):
        old[was[name].start - 1 : was[name].end] = new[now[name].start - 1 : now[name].end]
    return old == new


def with_context(edit: Edit, context: int) -> tuple[Hunk, ...]:
    return hunks(edit, pieces(split(edit.before), split(edit.after), context))


def hunks(edit: Edit, found: list[Piece]) -> tuple[Hunk, ...]:
    old, new = split(edit.before), split(edit.after)
    return tuple(_hunk(edit, piece, old, new) for piece in found)


def _hunk(edit: Edit, piece: Piece, old: list[str], new: list[str]) -> Hunk:
    lines: list[Line] = []
    for tag, i, j, k, m in piece.codes:
        if tag == "equal":
            lines += [Line(STAYS, text) for text in old[i:j]]
        else:
            lines += [Line(GOES, text) for text in old[i:j]]
            lines += [Line(COMES, text) for text in new[k:m]]
    for at_end, text, kinds in (
        (piece.old.stop == len(old), edit.before, (STAYS, GOES)),
        (piece.new.stop == len(new), edit.after, (STAYS, COMES)),
    ):
        if at_end and not text.endswith("\n"):
            at = max((n for n, line in enumerate(lines) if line.kind in kinds), default=None)
            if at is not None:
                lines[at] = lines[at]._replace(unended=True)
    return Hunk(lines=tuple(lines), old=piece.old.start + 1, new=piece.new.start + 1)


# --- writing ---


def render(draft: Draft) -> str:
    writers = {UNIFIED: _unified, BLOCKS: _blocks, PATCH: _patch, WHOLE: _whole}
    return writers[draft.format](draft)


def _body(draft: Draft, hunk: Hunk) -> list[str]:
    return [written for line in hunk.lines for written in (draft.mark(line), *([NO_END] * line.unended))]


def _unified(draft: Draft) -> str:
    said = list(draft.names)
    for hunk in draft.hunks:
        said += [head_of(hunk) if hunk.head is None else hunk.head, *_body(draft, hunk)]
    return "".join(f"{line}\n" for line in said)


def _patch(draft: Draft) -> str:
    said = ["*** Begin Patch", *draft.names]
    for hunk in draft.hunks:
        plain = [draft.mark(line) for line in hunk.lines]
        said += ["@@" if hunk.head is None else hunk.head, *plain]
    return "\n".join([*said, "*** End Patch\n"])


def _blocks(draft: Draft) -> str:
    search, divider, replace = draft.markers
    opening, closing = draft.fences
    blocks = []
    for number, hunk in enumerate(draft.hunks):
        names = () if draft.named_once and number else draft.names
        head = [opening, *names] if draft.inner_names else [*names, opening]
        said = [line for line in head if line]
        said += [search, *hunk.olds, divider, *hunk.news, replace, *([closing] if closing else [])]
        blocks.append("".join(f"{line}\n" for line in said))
    return "\n".join(blocks)


def _whole(draft: Draft) -> str:
    opening, closing = draft.fences
    end = "" if draft.edit.after.endswith("\n") else "\n"
    names = "".join(f"{name}\n" for name in draft.names)
    return f"{names}{opening}\n{draft.edit.after}{end}{closing}\n"


# --- whether there is one place to which quotes that are not exact belong ---

_TYPOGRAPHY = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u2013": "-", "\u2014": "-", "\u2026": "..."}
)


def normal(line: str) -> str:
    return "".join(line.translate(_TYPOGRAPHY).split())


def has_one_place(draft: Draft) -> bool:
    """Whether no other place of the file has as many of the quoted lines as the right one, white space and typographic
    signs aside, lines that are blank aside, and one line more or less between them overlooked where they are shifted.
    Half of the quoted lines must be right. All of it is on the safe side."""
    places: dict[str, list[int]] = {}
    for at, line in enumerate(split(draft.before)):
        places.setdefault(normal(line), []).append(at)
    reach = 1 if draft.shifted else 0
    for hunk in draft.hunks:
        votes: dict[int, int] = {}
        quoted = [(at, said) for at, line in enumerate(hunk.olds) if (said := normal(line))]
        for at, said in quoted:
            for offset in {place - at + d for place in places.get(said, ()) for d in range(-reach, reach + 1)}:
                votes[offset] = votes.get(offset, 0) + 1
        true = hunk.old - 1
        right = max(votes.get(true + d, 0) for d in range(-2 * reach, 2 * reach + 1))
        rivals = (count for offset, count in votes.items() if abs(offset - true) > 2 * reach)
        if right * 2 < len(quoted) or not right or max(rivals, default=0) >= right:
            return False
    return True


Change = Callable[[Draft, random.Random], Draft | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation:
    """`kind` is what has to come of it; `touches` names what of the draft it changes, for no two of a pair may touch
    the same."""

    name: str
    kind: str
    formats: tuple[str, ...]
    touches: frozenset[str]
    change: Change


RECOVERABLE, MUST_REFUSE, AMBIGUOUS, OPEN, PAIR = "recoverable", "must_refuse", "ambiguous", "open", "pair"

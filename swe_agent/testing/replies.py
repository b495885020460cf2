"""An edit of one file as models write it, in each format; for tests and benchmarks.

All of them take the path, the text before and the text after, and need `before` to hold what they quote once: with
`context` lines around each change, more where that is not enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from swe_agent.core.source import Span
from swe_agent.syntax.parse import outline

CONTEXT = 3
Render = Callable[[str, str, str], str]
Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """Changes that stand close together, with the lines around them: what one hunk or block is about."""

    codes: tuple[Opcode, ...]

    @property
    def old(self) -> slice:
        return slice(self.codes[0][1], self.codes[-1][2])

    @property
    def new(self) -> slice:
        return slice(self.codes[0][3], self.codes[-1][4])


def pieces(old: list[str], new: list[str], context: int = CONTEXT) -> list[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [Piece(tuple(group)) for group in matcher.get_grouped_opcodes(context)]


def unique_pieces(old: list[str], new: list[str]) -> list[Piece]:
    """With so much context that each piece stands in one place, as far as that can be had."""
    context = CONTEXT
    while context < len(old):
        found = pieces(old, new, context)
        if all(len(list(_windows(old, old[piece.old]))) == 1 for piece in found):
            return found
        context *= 2
    return pieces(old, new, len(old))


def _windows(lines: list[str], wanted: list[str]) -> Iterator[int]:
    return (at for at in range(len(lines) - len(wanted) + 1) if lines[at : at + len(wanted)] == wanted)


def split(text: str) -> list[str]:
    """Lines without their ends."""
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _lines(piece: Piece, old: list[str], new: list[str]) -> Iterator[str]:
    for tag, i, j, k, m in piece.codes:
        if tag == "equal":
            yield from (f" {line}" for line in old[i:j])
        else:
            yield from (f"-{line}" for line in old[i:j])
            yield from (f"+{line}" for line in new[k:m])


def unified(path: str, before: str, after: str) -> str:
    """As git writes it, with the marks of a last line without an end."""
    old, new = split(before), split(after)
    said = [f"--- a/{path}", f"+++ b/{path}"]
    for piece in unique_pieces(old, new):
        olds, news = piece.old, piece.new
        said.append(f"@@ -{olds.start + 1},{olds.stop - olds.start} +{news.start + 1},{news.stop - news.start} @@")
        body = list(_lines(piece, old, new))
        marks = [(len(old) == olds.stop and before and not before.endswith("\n"), " -", _NO_END),
                 (len(new) == news.stop and after and not after.endswith("\n"), " +", _NO_END)]  # fmt: skip
        for is_last, kinds, mark in marks:
            at = max((n for n, line in enumerate(body) if line[0] in kinds), default=None) if is_last else None
            if at is not None and body[at + 1 : at + 2] != [mark]:
                body.insert(at + 1, mark)
        said += body
    return "".join(f"{line}\n" for line in said)


_NO_END = "\\ No newline at end of file"


def search_replace(path: str, before: str, after: str) -> str:
    old, new = split(before), split(after)
    blocks = [
        "\n".join(
            [path, "```", "<<<<<<< SEARCH", *old[piece.old], "=======", *new[piece.new], ">>>>>>> REPLACE", "```\n"]
        )
        for piece in unique_pieces(old, new)
    ]
    return "\n".join(blocks)


def apply_patch(path: str, before: str, after: str) -> str:
    old, new = split(before), split(after)
    hunks = [line for piece in unique_pieces(old, new) for line in ("@@", *_lines(piece, old, new))]
    return "\n".join(["*** Begin Patch", f"*** Update File: {path}", *hunks, "*** End Patch\n"])


def whole_file(path: str, before: str, after: str) -> str:
    return f"{path}\n````\n{after}{'' if after.endswith(chr(10)) or not after else chr(10)}````\n"


def symbol(path: str, before: str, after: str) -> str | None:
    """The smallest definitions that hold the changes, each written anew; None where a change stands in none."""
    old, new = split(before), split(after)
    was, now = (_definitions(path, text) for text in (before, after))
    names: dict[str, None] = {}
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            holding = [name for name in was.keys() & now.keys() if _holds(was[name], i, j) and _holds(now[name], k, m)]
            if not holding:
                return None
            names[min(holding, key=lambda name: was[name].end - was[name].start)] = None
    inner = [name for name in names if not any(name.startswith(f"{other}.") for other in names)]
    said = [
        line
        for name in inner
        for line in (
            f"*** Replace Symbol: {path}::{name}", "````", *new[now[name].start - 1 : now[name].end], "````"
        )
    ]  # fmt: skip
    return "".join(f"{line}\n" for line in said) or None


def _definitions(path: str, text: str) -> dict[str, Span]:
    """Those whose name is theirs alone."""
    found = outline(path, text)
    times = Counter(one.qualified for one in found)
    return {one.qualified: one.span for one in found if times[one.qualified] == 1}


def _holds(span: Span, start: int, end: int) -> bool:
    """Lines (from 0, `end` not among them), or a place between two lines that both are the definition's."""
    return (
        (span.start <= start and start + 1 <= span.end) if start == end else span.start <= start + 1 <= end <= span.end
    )


FORMATS: dict[str, Render] = {
    "unified": unified,
    "search-replace": search_replace,
    "apply-patch": apply_patch,
    "whole-file": whole_file,
}

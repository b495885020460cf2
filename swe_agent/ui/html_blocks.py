"""The files of a review page: each with its blocks, and what was said and decided of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sandbox.screen import safe_text
from swe_agent.core.decision import Amend
from swe_agent.core.diff import Block, FileChange, ShownLine, join_lines, show_block, splice, split_lines
from swe_agent.core.proposal import HazardNote
from swe_agent.desk.words import Span, changed_words, pairs
from swe_agent.ui.html_code import MOST, Highlighter, Numbered, Piece, code_line
from swe_agent.ui.html_markup import MINUS, Html, joined, line, phrase, tag, text
from swe_agent.ui.html_view import Known
from swe_agent.ui.lexing import lexer_of, longest
from swe_agent.ui.proposal import decision_word

CONTEXT = 3
"""Unchanged lines around a block."""
MOST_BYTES = 2_000_000
"""Of a page, about: beyond it fewer lines are shown around each block. Whoever reads thousands of blocks that stand
apart from each other is helped more by a page that opens than by the third line."""

# A page may have tens of thousands of rows, so they have no end tags and no quotes, as HTML allows.
_HEAD = Html("<thead><tr><th scope=col>line before<th scope=col>line after<th scope=col>line with its sign</thead>")
_ROWS = {" ": "<tr>", "-": "<tr class=d>", "+": "<tr class=a>"}
_SIGNS = {" ": "", "-": f"<b>{MINUS}</b>", "+": "<b>+</b>"}


_Shown = Mapping[str, Sequence[ShownLine]]
"""By block, the lines that are shown of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """Colours of the lines of a file, by number, before and after the change."""

    base: Mapping[int, Sequence[Piece]]
    head: Mapping[int, Sequence[Piece]]

    def of(self, shown: ShownLine) -> Sequence[Piece]:
        number, side = (shown.base_line, self.base) if shown.sign == "-" else (shown.head_line, self.head)
        found = side.get(number) if number is not None else None
        return [("", visible(shown.text))] if found is None else found


def visible(shown: str) -> str:
    """A line of a file as text that can be shown, without its end."""
    return safe_text(shown.removesuffix("\n").removesuffix("\r"))


def file_sections(known: Known) -> Html:
    """Every file, in order."""
    colours = Highlighter()
    for context in range(CONTEXT, 0, -1):
        shown = [_shown(change, known.view.bases.get(change.path, ()), context) for change in known.view.ordered]
        if _bytes(shown) <= MOST_BYTES:
            break
    files = zip(known.view.ordered, shown, strict=True)
    said = f"Lines of context around each block: {context}, because so many stand apart."
    parts = [tag("p", said)] if context < CONTEXT else []
    return joined(parts + [_file(known, change, at, lines, colours) for at, (change, lines) in enumerate(files, 1)])


def _bytes(shown: Sequence[_Shown]) -> int:
    """About, as they come to be: a block's head, a row, and the code, which colours make longer by a third."""
    blocks = [block for file in shown for block in file.values()]
    code = sum(len(line.text) for block in blocks for line in block)
    return 120 * len(blocks) + 23 * sum(map(len, blocks)) + code + min(code, MOST) // 3


def counts(change: FileChange) -> tuple[int, int]:
    """Added and removed lines."""
    return sum(len(b.added) for b in change.blocks), sum(len(b.removed) for b in change.blocks)


def plus_minus(added: int, removed: int) -> Html:
    """Only what there is; nothing where no line changes."""
    parts = [tag("span", f"+{added}", class_="plus")] if added else []
    return joined([*parts, tag("span", f"{MINUS}{removed}", class_="minus")] if removed else parts, " ")


def _file(known: Known, change: FileChange, at: int, shown: _Shown, colours: Highlighter) -> Html:
    sides = _sides(change, known.view.bases.get(change.path, ()), shown, colours)
    moved = [Html(" from "), tag("code", line(change.moved_from))] if change.moved_from else []
    title = tag("h3", tag("code", line(change.path)), id=f"f{at}")
    said = tag("span", change.status, *moved, " ", plus_minus(*counts(change)), class_="said")
    notes = [tag("li", tag("strong", "look twice: "), hazard_words(one)) for one in known.hazards.get(change.path, ())]
    notes += [tag("li", phrase(str(one))) for one in known.faults.get(change.path, ())]
    beside = tag("ul", *notes, class_="notes") if notes else Html()
    blocks = joined(_block(known, block, shown.get(block.id, ()), sides) for block in change.blocks)
    table = tag("table", _HEAD, blocks, class_="code", aria_labelledby=f"f{at}") if blocks else Html()
    return tag("details", tag("summary", title, said), beside, table, class_="file", open="")


def hazard_words(hazard: HazardNote) -> Html:
    return Html(line(hazard.kind) + (": " + line(hazard.detail) if hazard.detail else ""))


def _shown(change: FileChange, base: Sequence[str], context: int) -> _Shown:
    """The lines of each block. Between two blocks that are close a line is shown once."""
    found: dict[str, Sequence[ShownLine]] = {}
    blocks = [block for block in change.blocks if block.kind == "lines"]
    box_is_gone = any(len(base) < block.base_start + len(block.removed) for block in blocks)
    told = 0
    for block, following in zip_longest(blocks, blocks[1:]):
        until = following.base_start if following else len(base)
        lines = [
            shown
            for shown in show_block(block, base, context=0 if box_is_gone else context)
            if shown.sign != " " or told < (shown.base_line or 0) <= until
        ]
        found[block.id] = lines
        told = max([told, *(shown.base_line for shown in lines if shown.base_line is not None)])
    return found


def _sides(change: FileChange, base: Sequence[str], shown: _Shown, colours: Highlighter) -> _Sides:
    lexer = lexer_of(change.path)
    if not shown or lexer is None:
        return _Sides(base={}, head={})
    head: Sequence[str] = ()
    if base or change.old is None:
        whole = splice(change, join_lines(base), b"", {block.id: None for block in change.blocks})
        head = split_lines(whole.data) if whole else ()
    before = [[(s.base_line, s.text) for s in lines if s.base_line and s.sign == "-"] for lines in shown.values()]
    after = [[(s.head_line, s.text) for s in lines if s.head_line] for lines in shown.values()]
    return _Sides(
        base=colours.lines(lexer, _runs(base, before, longest(lexer))),
        head=colours.lines(lexer, _runs(head, after, longest(lexer))),
    )


def _runs(file: Sequence[str], shown: Sequence[Sequence[Numbered]], longest: int) -> Sequence[Sequence[Numbered]]:
    """What is coloured as one text: the file up to the last line that is shown, or, where that is too long, what is
    shown of each block, so that a string which begins out of sight may be taken for code."""
    parts = [[(number, visible(line)) for number, line in run] for run in shown if run]
    last = max((run[-1][0] for run in parts), default=0)
    if not last or len(file) < last or sum(map(len, file[:last])) > longest:
        return parts
    return [[(number, visible(line)) for number, line in enumerate(file[:last], 1)]]


def _block(known: Known, block: Block, shown: Sequence[ShownLine], sides: _Sides) -> Html:
    view, number = known.view, known.numbers[block.id]
    decision, state = view.decisions.get(block.id), view.state(block)
    word = "landed" if decision is None and state == "landed" else decision_word(decision, landed=state == "landed")
    badge = tag("b", line(word)) if state == "open" else tag("b", line(word), class_=state)
    heading = Html(
        f"<h4 id=b{number}><a href=#b{number}>Block {number} of {len(known.numbers)}</a> {badge} "
        f"{tag('code', line(block.id))}</h4>"
    )
    head = _across(heading, *_beside(known, block))
    if block.kind != "lines":
        return Html(f"<tbody>\n{head}{_across(tag('p', line(block.note), class_='note'))}")
    edited = _edited(decision, block) if isinstance(decision, Amend) else Html()
    return Html(f"<tbody>\n{head}{_lines(shown, sides)}{edited}")


def _across(*parts: Html) -> Html:
    return Html(f"<tr><td colspan=3>{joined(parts)}")


def _beside(known: Known, block: Block) -> Iterator[Html]:
    """Companions and comments."""
    items = [
        tag("li", "needs ", known.block_link(need.block), ": ", phrase(need.why))
        for need in known.needs.get(block.id, ())
    ]
    for need in known.needed.get(block.id, ()):
        by = known.block_link(need.by) if need.by else Html("other blocks")
        items.append(tag("li", "needed by ", by, ": ", phrase(need.why)))
    if items:
        yield tag("ul", *items, class_="needs")
    for comment in known.comments.get(block.id, ()):
        yield tag("blockquote", tag("p", text(comment)), aria_label="comment")


def _lines(shown: Sequence[ShownLine], sides: _Sides) -> Html:
    marks = _marks(shown)
    return joined(_row(one, sides.of(one), marks.get(at, ())) for at, one in enumerate(shown))


def _marks(shown: Sequence[ShownLine]) -> dict[int, Sequence[Span]]:
    """By the place in `shown`."""
    removed = [(at, visible(one.text)) for at, one in enumerate(shown) if one.sign == "-"]
    added = [(at, visible(one.text)) for at, one in enumerate(shown) if one.sign == "+"]
    marks: dict[int, Sequence[Span]] = {}
    for i, j in pairs([one for _, one in removed], [one for _, one in added]):
        (old, before), (new, after) = removed[i], added[j]
        marks[old], marks[new] = changed_words(before, after)
    return marks


def _row(shown: ShownLine, pieces: Sequence[Piece], marks: Sequence[Span]) -> Html:
    return Html(
        f"{_ROWS[shown.sign]}<td>{shown.base_line or ''}<td>{shown.head_line or ''}"
        f"<td>{_SIGNS[shown.sign]}{code_line(pieces, marks)}{line_end(shown.text)}"
    )


def line_end(shown: str) -> Html:
    """What a line ends with, where that is not a line feed alone."""
    returned = tag("small", "<CR>") if shown.endswith(("\r\n", "\r")) else Html()
    return Html(returned + (Html() if shown.endswith("\n") else tag("small", " no newline at the end")))


def _edited(decision: Amend, block: Block) -> Html:
    """What a person put in the place of the added lines, with the words marked that are not as proposed."""
    lines = [visible(one) for one in decision.lines]
    proposed = [visible(one) for one in block.added]
    marks = {j: changed_words(proposed[i], lines[j])[1] for i, j in pairs(proposed, lines)}
    said = (
        "these lines are taken in place of the added ones" if lines else "nothing is taken in place of the added lines"
    )
    taken = [ShownLine(sign="+", text=one, base_line=None, head_line=None) for one in decision.lines]
    rows = [_row(one, [("", lines[at])], marks.get(at, ())) for at, one in enumerate(taken)]
    return joined([_across(tag("p", f"Edited: {said}", class_="edited")), *rows])

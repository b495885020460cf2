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
from swe_agent.syntax.language import language_of
from swe_agent.ui.html_code import Highlighter, Numbered, Piece, code_line, longest
from swe_agent.ui.html_markup import MINUS, Html, joined, line, phrase, tag, text
from swe_agent.ui.html_view import Known
from swe_agent.ui.proposal import decision_word

CONTEXT = 3

_ROWS = {" ": "", "-": ' class="del"', "+": ' class="add"'}
_HEAD = (
    '<thead><tr><th scope="col">line before</th><th scope="col">line after</th><th scope="col">sign</th>'
    '<th scope="col">code</th></tr></thead>'
)


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
    return joined(_file(known, change, at, colours) for at, change in enumerate(known.view.ordered, 1))


def counts(change: FileChange) -> tuple[int, int]:
    """Added and removed lines."""
    return sum(len(b.added) for b in change.blocks), sum(len(b.removed) for b in change.blocks)


def plus_minus(added: int, removed: int) -> Html:
    """Only what there is; nothing where no line changes."""
    parts = [tag("span", f"+{added}", class_="plus")] if added else []
    return joined([*parts, tag("span", f"{MINUS}{removed}", class_="minus")] if removed else parts, " ")


def _file(known: Known, change: FileChange, at: int, colours: Highlighter) -> Html:
    base = known.view.bases.get(change.path, ())
    shown = _shown(change, base)
    sides = _sides(change, base, shown, colours)
    moved = [Html(" from "), tag("code", line(change.moved_from))] if change.moved_from else []
    title = tag("h3", tag("code", line(change.path)), id=f"file-{at}")
    said = tag("span", change.status, *moved, " ", plus_minus(*counts(change)), class_="said")
    notes = [tag("li", tag("strong", "look twice: "), hazard_words(one)) for one in known.hazards.get(change.path, ())]
    notes += [tag("li", phrase(str(one))) for one in known.faults.get(change.path, ())]
    beside = tag("ul", *notes, class_="notes") if notes else Html()
    blocks = [_block(known, block, shown.get(block.id, ()), sides) for block in change.blocks]
    return tag("details", tag("summary", title, said), beside, *blocks, class_="file", open="")


def hazard_words(hazard: HazardNote) -> Html:
    return Html(line(hazard.kind) + (": " + line(hazard.detail) if hazard.detail else ""))


def _shown(change: FileChange, base: Sequence[str]) -> dict[str, Sequence[ShownLine]]:
    """The lines of each block. Between two blocks that are close a line is shown once."""
    found: dict[str, Sequence[ShownLine]] = {}
    blocks = [block for block in change.blocks if block.kind == "lines"]
    box_is_gone = any(len(base) < block.base_start + len(block.removed) for block in blocks)
    told = 0
    for block, following in zip_longest(blocks, blocks[1:]):
        until = following.base_start if following else len(base)
        lines = [
            shown
            for shown in show_block(block, base, context=0 if box_is_gone else CONTEXT)
            if shown.sign != " " or told < (shown.base_line or 0) <= until
        ]
        found[block.id] = lines
        told = max([told, *(shown.base_line for shown in lines if shown.base_line is not None)])
    return found


def _sides(
    change: FileChange, base: Sequence[str], shown: Mapping[str, Sequence[ShownLine]], colours: Highlighter
) -> _Sides:
    language = language_of(change.path)
    if not shown or not language:
        return _Sides(base={}, head={})
    head: Sequence[str] = ()
    if base or change.old is None:
        whole = splice(change, join_lines(base), b"", {block.id: None for block in change.blocks})
        head = split_lines(whole.data) if whole else ()
    before = [[(s.base_line, s.text) for s in lines if s.base_line and s.sign == "-"] for lines in shown.values()]
    after = [[(s.head_line, s.text) for s in lines if s.head_line] for lines in shown.values()]
    return _Sides(
        base=colours.lines(language, _runs(base, before, language)),
        head=colours.lines(language, _runs(head, after, language)),
    )


def _runs(file: Sequence[str], shown: Sequence[Sequence[Numbered]], language: str) -> Sequence[Sequence[Numbered]]:
    """What is coloured as one text: the file up to the last line that is shown, or, where that is too long, what is
    shown of each block, so that a string which begins out of sight may be taken for code."""
    parts = [[(number, visible(line)) for number, line in run] for run in shown if run]
    last = max((run[-1][0] for run in parts), default=0)
    if not last or len(file) < last or sum(map(len, file[:last])) > longest(language):
        return parts
    return [[(number, visible(line)) for number, line in enumerate(file[:last], 1)]]


def _block(known: Known, block: Block, shown: Sequence[ShownLine], sides: _Sides) -> Html:
    view, number = known.view, known.numbers[block.id]
    decision, state = view.decisions.get(block.id), view.state(block)
    word = "landed" if decision is None and state == "landed" else decision_word(decision, landed=state == "landed")
    heading = tag(
        "h4",
        tag("a", f"Block {number} of {len(known.numbers)}", href=f"#block-{number}"),
        " ",
        tag("span", line(word), class_=f"badge {state}"),
        " ",
        tag("code", line(block.id), class_="id"),
        id=f"block-{number}",
    )
    said = joined(_beside(known, block))
    if block.kind != "lines":
        return tag("div", heading, said, tag("p", line(block.note), class_="note"), class_="block")
    edited = _edited(decision, block) if isinstance(decision, Amend) else Html()
    return tag("div", heading, said, _lines(shown, sides, f"block-{number}"), edited, class_="block")


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


def _lines(shown: Sequence[ShownLine], sides: _Sides, label: str) -> Html:
    marks = _marks(shown)
    rows = joined((_row(one, sides.of(one), marks.get(at, ())) for at, one in enumerate(shown)), "\n")
    return Html(f'<table class="code" aria-labelledby="{label}">{_HEAD}<tbody>\n{rows}\n</tbody></table>')


def _marks(shown: Sequence[ShownLine]) -> dict[int, Sequence[Span]]:
    """By the place in `shown`."""
    removed = [(at, visible(one.text)) for at, one in enumerate(shown) if one.sign == "-"]
    added = [(at, visible(one.text)) for at, one in enumerate(shown) if one.sign == "+"]
    marks: dict[int, Sequence[Span]] = {}
    for i, j in pairs([one for _, one in removed], [one for _, one in added]):
        (old, before), (new, after) = removed[i], added[j]
        marks[old], marks[new] = changed_words(before, after)
    return marks


def _row(shown: ShownLine, pieces: Sequence[Piece], marks: Sequence[tuple[int, int]] = ()) -> Html:
    sign = MINUS if shown.sign == "-" else shown.sign.strip()
    code = code_line(pieces, marks) + line_end(shown.text)
    return Html(
        f"<tr{_ROWS[shown.sign]}><td>{shown.base_line or ''}</td><td>{shown.head_line or ''}</td><td>{sign}</td>"
        f"<td>{code}</td></tr>"
    )


def line_end(shown: str) -> Html:
    """What a line ends with, where that is not a line feed alone."""
    returned = tag("i", "<CR>") if shown.endswith(("\r\n", "\r")) else Html()
    return Html(returned + (Html() if shown.endswith("\n") else tag("i", " no newline at the end")))


def _edited(decision: Amend, block: Block) -> Html:
    """What a person put in the place of the added lines, with the words marked that are not as proposed."""
    lines = [visible(one) for one in decision.lines]
    proposed = [visible(one) for one in block.added]
    marks = {j: changed_words(proposed[i], lines[j])[1] for i, j in pairs(proposed, lines)}
    if not lines:
        return tag("p", "Edited: nothing is taken in place of the added lines.", class_="note")
    rows = joined(
        Html(
            f'<tr class="add"><td></td><td></td><td>+</td>'
            f"<td>{code_line([('', shown)], marks.get(at, ()))}{line_end(decision.lines[at])}</td></tr>"
        )
        for at, shown in enumerate(lines)
    )
    caption = tag("caption", "Edited: these lines are taken in place of the added ones")
    return Html(f'<table class="code edited">{caption}{_HEAD}<tbody>{rows}</tbody></table>')

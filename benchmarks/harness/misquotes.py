"""Findings whose lines are known, as a model would tell them: a quote that is not quite what stands there, and a number
that is off or counts the lines of the other side.

What is decidable at all is known as well. Whoever knew how these are made, and what the file has, could do no better
than to take the place that is the most likely by that: where equal lines stand near each other, no more than a guess.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from benchmarks.harness.placements import Said, Side, Spot
from benchmarks.harness.position_oracle import SIDES, Kind, Shown

Numbering = Literal["near", "other side"]
FARTHEST = 20
LONGEST = 5
KINDS: Mapping[Kind, float] = {"added": 0.8, "removed": 0.1, "context": 0.1}
"""Of what people comment on, 49 of 54 were lines that came, 4 that stayed and 1 that went; of those there are
more here, to see them at all."""
TELLING = 3
"""Letters and digits that the first line of a quote has at least: nobody quotes a bracket alone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of one side. `across` is its number on the other; where it is not there, what someone comes to who counts
    on from where its hunk begins there."""

    kind: Kind
    text: str
    across: int


@dataclass(frozen=True)
class Page:
    """What is at hand of a file: its lines by side and number."""

    path: str
    sides: Mapping[Side, Mapping[int, Entry]]

    @cached_property
    def starts(self) -> Mapping[Kind, list[tuple[Side, int]]]:
        """Where quotes may begin. What stayed is the same on both sides, and stands on the right."""
        found: dict[Kind, list[tuple[Side, int]]] = {"added": [], "removed": [], "context": []}
        for side, entries in self.sides.items():
            for number, entry in entries.items():
                if (entry.kind != "context" or side == "right") and sum(map(str.isalnum, entry.text)) >= TELLING:
                    found[entry.kind].append((side, number))
        return found

    @cached_property
    def places(self) -> Mapping[str, list[tuple[Side, int]]]:
        """Where lines stand, by their text without white space."""
        found: dict[str, list[tuple[Side, int]]] = {}
        for side, entries in self.sides.items():
            for number, entry in entries.items():
                if entry.kind != "context" or side == "right":
                    found.setdefault(bare(entry.text), []).append((side, number))
        return found

    def run(self, side: Side, first: int, size: int) -> list[Entry]:
        """As many of these lines as stand one below the other."""
        found = []
        for number in range(first, first + size):
            entry = self.sides[side].get(number)
            if entry is None:
                break
            found.append(entry)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    said: Said
    meant: Spot
    kind: Kind
    text: str
    """How the quote was disturbed."""
    numbering: Numbering
    chance: float
    """Of who knew how it was made, and took the most likely place."""

    @property
    def size(self) -> int:
        return self.meant.last - self.meant.first + 1


def page_of(shown: Shown) -> Page:
    """Of what a diff shows."""
    sides: dict[Side, dict[int, Entry]] = {"left": {}, "right": {}}
    shifts: dict[int, int] = {}
    for line in shown.lines:
        shift = shifts.setdefault(line.hunk, line.new - line.old)
        stays = line.kind == "context"
        if line.kind != "added":
            sides["left"][line.old] = Entry(line.kind, line.text, line.new if stays else line.old + shift)
        if line.kind != "removed":
            sides["right"][line.new] = Entry(line.kind, line.text, line.old if stays else line.new - shift)
    return Page(shown.path, sides)


def whole_page_of(shown: Shown, contents: Mapping[Side, str]) -> Page:
    """With the lines that the diff does not show."""
    part = page_of(shown)
    sides: dict[Side, dict[int, Entry]] = {"left": {}, "right": {}}
    for side in SIDES:
        shift = 0
        rows = contents[side].split("\n")
        for number, text in enumerate(rows[:-1] if not rows[-1] else rows, 1):
            entry = part.sides[side].get(number)
            if entry is None:
                entry = Entry("context", text.removesuffix("\r"), number + shift)
            elif entry.kind == "context":
                shift = entry.across - number
            sides[side][number] = entry
    return Page(part.path, sides)


def bare(text: str) -> str:
    return "".join(text.split())


# --- how quotes go wrong: each gives the quote, and as how much of each line it can be read; None where it does not fit


@dataclass(frozen=True, slots=True)
class Quote:
    """`known` is what can be read of each line without white space: all of it, its beginning, or nothing. `signs` tell
    which lines came and went, where these were copied."""

    lines: tuple[str, ...]
    known: tuple[tuple[str, bool], ...]
    signs: tuple[Kind, ...] = ()

    def fits(self, run: Sequence[Entry]) -> bool:
        if len(run) != len(self.known):
            return False
        for (text, is_whole), entry in zip(self.known, run, strict=True):
            there = bare(entry.text)
            if not (there == text if is_whole else there.startswith(text)):
                return False
        return not self.signs or tuple(entry.kind for entry in run) == self.signs


Disturbance = Callable[[Sequence[Entry], random.Random], Quote | None]


def _whole(lines: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    return tuple((bare(line), True) for line in lines)


def verbatim(run: Sequence[Entry], dice: random.Random) -> Quote:
    lines = tuple(entry.text for entry in run)
    return Quote(lines, _whole(lines))


def white_space(run: Sequence[Entry], dice: random.Random) -> Quote | None:
    change = dice.choice(_WHITE)
    lines = tuple(change(entry.text) for entry in run)
    return Quote(lines, _whole(lines)) if lines != tuple(entry.text for entry in run) else None


_WHITE: tuple[Callable[[str], str], ...] = (
    str.strip,
    lambda text: text + "  ",
    lambda text: "    " + text,
    lambda text: re.sub(r"(?<=\S) (?=\S)", "  ", text),
    lambda text: re.sub(r"\s*([=+,(){}\[\]])\s*", r"\1", text),
)


def tabs(run: Sequence[Entry], dice: random.Random) -> Quote | None:
    if any("\t" in entry.text for entry in run):
        lines = tuple(entry.text.expandtabs(dice.choice((2, 4, 8))) for entry in run)
    else:
        lines = tuple(re.sub(r"^(?: {4})+", lambda found: "\t" * (len(found[0]) // 4), entry.text) for entry in run)
    return Quote(lines, _whole(lines)) if lines != tuple(entry.text for entry in run) else None


def signs(run: Sequence[Entry], dice: random.Random) -> Quote:
    """Copied from the diff, with what stands before each line there."""
    mark = {"added": "+", "removed": "-", "context": " "}
    return Quote(
        tuple(mark[entry.kind] + entry.text for entry in run),
        _whole([entry.text for entry in run]),
        tuple(entry.kind for entry in run),
    )


def cut(run: Sequence[Entry], dice: random.Random) -> Quote | None:
    """One line, most often the last, ends in dots."""
    at = len(run) - 1 if dice.random() < 0.7 else dice.randrange(len(run))
    text = run[at].text.rstrip()
    begun = len(text) - len(text.lstrip()) + 12
    if len(text) < begun + 4:
        return None
    kept = text[: dice.randint(begun, len(text) - 4)]
    lines = [entry.text for entry in run]
    known = list(_whole(lines))
    lines[at], known[at] = kept + dice.choice(("...", " ...", "\u2026")), (bare(kept), False)
    return Quote(tuple(lines), tuple(known))


def paraphrased(run: Sequence[Entry], dice: random.Random) -> Quote | None:
    """The last line in other words, of several."""
    if len(run) < 2:
        return None
    parts = re.split(r"(\w+)", run[-1].text)
    words = [at for at in range(1, len(parts), 2)]
    if not words:
        return None
    for at in dice.sample(words, max(1, len(words) // 3)):
        parts[at] = dice.choice(_WORDS)
    lines = [*(entry.text for entry in run[:-1]), "".join(parts)]
    return Quote(tuple(lines), (*_whole(lines[:-1]), ("", False)))


_WORDS = ("value", "self", "result", "data", "item", "check", "None", "name", "count", "get_item", "handler", "x")
DISTURBANCES: Mapping[str, Disturbance] = {
    "verbatim": verbatim, "white space": white_space, "cut": cut, "signs": signs, "tabs": tabs,
    "paraphrased": paraphrased,
}  # fmt: skip


# --- what is asked


def cases(pages: Sequence[Page], count: int, dice: random.Random) -> Iterator[Case]:
    """So many of one change, or none where it has nothing to quote."""
    starts = {kind: [(page, *start) for page in pages for start in page.starts[kind]] for kind in KINDS}
    weights = {kind: KINDS[kind] / len(rows) for kind, rows in starts.items() if rows}
    if not weights:
        return
    made = 0
    while made < count:
        kind = dice.choices(list(weights), [KINDS[one] for one in weights])[0]
        page, side, first = dice.choice(starts[kind])
        case = _case(page, side, first, weights, dice)
        if case is not None:
            made += 1
            yield case


def _case(page: Page, side: Side, first: int, weights: Mapping[Kind, float], dice: random.Random) -> Case | None:
    run = page.run(side, first, dice.randint(1, LONGEST))
    while not run[-1].text.strip():
        run.pop()
    text = dice.choice(list(DISTURBANCES))
    quote = DISTURBANCES[text](run, dice)
    if quote is None:
        return None
    numbering: Numbering = dice.choice(("near", "other side"))
    if numbering == "near":
        number = max(1, first + dice.randint(-FARTHEST, FARTHEST))
        named = side
    else:
        number, named = run[0].across, dice.choice(SIDES)
    return Case(
        said=Said(path=page.path, side=named, line=number, quote=quote.lines),
        meant=Spot(page.path, side, first, first + len(run) - 1),
        kind=run[0].kind,
        text=text,
        numbering=numbering,
        chance=_chance(page, quote, (side, first), (number, named), weights),
    )


def _chance(
    page: Page, quote: Quote, meant: tuple[Side, int], told: tuple[int, Side], weights: Mapping[Kind, float]
) -> float:
    """How likely the most likely of the places is that the quote fits, by how cases are made."""
    likely = []
    for side, first in page.places[bare(page.sides[meant[0]][meant[1]].text)] if quote.known[0][1] else _all(page):
        run = page.run(side, first, len(quote.known))
        if quote.fits(run):
            likely.append(weights[run[0].kind] * _likely(first, run[0].across, side, *told))
    return max(likely) / sum(likely)


def _all(page: Page) -> Iterator[tuple[Side, int]]:
    return (place for places in page.places.values() for place in places)


def _likely(first: int, across: int, side: Side, number: int, named: Side) -> float:
    ways = 1 if number > 1 else 2 + FARTHEST - first
    near = ways / (2 * FARTHEST + 1) if named == side and abs(number - first) <= FARTHEST else 0.0
    return near + (0.5 if number == across else 0.0)

"""All perturbations, alone and two together, and the cases that come of an edit.

What has to come of a case never depends on an applier: it is known from how the case was made. Where the quotes of a
recoverable one turn out to fit another place of the file as well, it is open.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.harness.drafts import (
    FORMATS,
    OPEN,
    PAIR,
    QUOTING,
    RECOVERABLE,
    Draft,
    Perturbation,
    drafted,
    has_one_place,
)
from benchmarks.harness.perturb_frames import FRAMES
from benchmarks.harness.perturb_open import OPENS
from benchmarks.harness.perturb_quotes import QUOTES, is_unique
from benchmarks.harness.perturb_refused import REFUSED
from benchmarks.harness.real_edits import Edit

PERTURBATIONS: tuple[Perturbation, ...] = (*QUOTES, *FRAMES, *REFUSED, *OPENS)
PLAIN = "plain"
_LATE = {"hunks": -1, "end": 1, "around": 2, "reply": 3}
"""What is made anew goes first, what stands around the rest last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`name` is its edit, its format and its perturbations."""

    name: str
    kind: str
    draft: Draft

    @property
    def perturbation(self) -> str:
        return self.name.rpartition("#")[2]


def cases(edit: Edit, seed: int, pairs: int, formats: Sequence[str] = FORMATS) -> Iterator[Case]:
    """The plain reply, each perturbation alone that can be had, and so many pairs of recoverable ones."""
    for format in formats:
        draft = drafted(edit, format)
        if draft is None:
            continue
        yield Case(name=f"{edit.name}#{format}#{PLAIN}", kind=PLAIN, draft=draft)
        own = [one for one in PERTURBATIONS if format in one.formats]
        for one in own:
            if case := _case(draft, (one,), seed):
                yield case
        yield from _pairs(draft, own, seed, pairs)


def named(edit: Edit, name: str, seed: int) -> Case | None:
    """One of the cases of an edit by its name, made anew."""
    format, _, said = name.removeprefix(f"{edit.name}#").partition("#")
    draft = drafted(edit, format) if name.startswith(f"{edit.name}#") and format in FORMATS else None
    if draft is None:
        return None
    if said == PLAIN:
        return Case(name=name, kind=PLAIN, draft=draft)
    own = {one.name: one for one in PERTURBATIONS if format in one.formats}
    words = said.split("+")
    return _case(draft, [own[word] for word in words], seed) if own.keys() >= set(words) else None


def _pairs(draft: Draft, own: Sequence[Perturbation], seed: int, wanted: int) -> Iterator[Case]:
    possible = [
        (one, other)
        for at, one in enumerate(own)
        for other in own[at + 1 :]
        if one.kind == other.kind == RECOVERABLE and not one.touches & other.touches
    ]
    random.Random(f"{seed} {draft.edit.name} {draft.format} pairs").shuffle(possible)
    found = 0
    for two in possible:
        if found == wanted:
            return
        if case := _case(draft, two, seed):
            found += 1
            yield case


def _rank(one: Perturbation) -> int:
    turns = [_LATE.get(what, 0) for what in one.touches] or [0]
    return min(turns) if min(turns) < 0 else max(turns)


def _case(plain: Draft, perturbations: Sequence[Perturbation], seed: int) -> Case | None:
    """None where one of them does not apply, or makes no difference."""
    said = "+".join(one.name for one in perturbations)
    name = f"{plain.edit.name}#{plain.format}#{said}"
    dice = random.Random(f"{seed} {name}")
    draft = plain
    for one in sorted(perturbations, key=_rank):
        changed = one.change(draft, dice)
        if changed is None or (changed.reply == draft.reply and changed.files == draft.files):
            return None
        draft = changed
    kind = PAIR if len(perturbations) > 1 else perturbations[0].kind
    if kind in (PAIR, RECOVERABLE) and draft.format in QUOTING:
        kind = (
            kind if (has_one_place(draft) if draft.loose else is_unique(draft) or draft.hunks == plain.hunks) else OPEN
        )
    return Case(name=name, kind=kind, draft=draft)

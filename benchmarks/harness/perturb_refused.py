"""Replies from which no careful reader would make the change: those that have to be refused, and those in which nothing
tells which of two places is meant."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.harness.drafts import (
    AMBIGUOUS,
    BLOCKS,
    COMES,
    FORMATS,
    GOES,
    MUST_REFUSE,
    PATCH,
    QUOTING,
    STAYS,
    SYMBOL,
    WHOLE,
    Change,
    Draft,
    Line,
    Perturbation,
    normal,
    with_context,
)
from benchmarks.harness.perturb_quotes import chosen, is_context, misspelt, with_hunk, with_lines, wordy
from swe_agent.syntax.parse import outline
from swe_agent.testing.replies import split


def refusing(draft: Draft | None, before: Sequence[str] | None = None) -> Draft | None:
    """Nothing may come of it; `before` are the lines of the file as it is by now."""
    if draft is None:
        return None
    files = draft.files
    if before is not None:
        text = "\n".join(before) + ("\n" if draft.edit.before.endswith("\n") else "")
        files = {**files, draft.path: text.replace("\n", "\r\n") if "\r\n" in draft.edit.before else text}
    return replace(draft, files=files, intended=None)


def with_heads(draft: Draft, head: str = "@@") -> Draft:
    """Without line numbers, which could tell where."""
    return replace(draft, hunks=tuple(replace(hunk, head=head) for hunk in draft.hunks))


# --- has to be refused ---


def _stale_deleted(draft: Draft, dice: random.Random) -> Draft | None:
    place = chosen(draft, dice, lambda hunk, at: hunk.lines[at].kind == GOES and wordy(hunk.lines[at]))
    if place is None:
        return None
    n, at = place
    lines = [*draft.hunks[n].lines]
    lines[at] = lines[at]._replace(text=misspelt(lines[at].text, dice))
    return refusing(with_hunk(draft, n, *lines))


def _place_of(draft: Draft, n: int, at: int) -> int:
    hunk = draft.hunks[n]
    return hunk.old - 1 + sum(line.quoted for line in hunk.lines[:at])


def _file_moved_on(draft: Draft, dice: random.Random) -> Draft | None:
    """A line that the reply deletes has been changed in the file."""
    place = chosen(draft, dice, lambda hunk, at: hunk.lines[at].kind == GOES and wordy(hunk.lines[at]))
    if place is None:
        return None
    file = split(draft.before)
    file[_place_of(draft, *place)] += dice.choice([" + 1", " or other", "  # noqa", ", more"])
    return refusing(draft, file)


def _place_gone(draft: Draft, dice: random.Random) -> Draft | None:
    """All that one hunk quotes is no longer in the file."""
    hunk = dice.choice(draft.hunks)
    file = split(draft.before)
    del file[hunk.old - 1 : hunk.old - 1 + len(hunk.olds)]
    known = set(map(normal, file))
    return refusing(draft, file) if len([t for t in hunk.olds if normal(t) and normal(t) not in known]) >= 2 else None


def _applied_already(draft: Draft, dice: random.Random) -> Draft | None:
    return replace(draft, files={**draft.files, draft.path: draft.edit.after})


def _reversed(draft: Draft, dice: random.Random) -> Draft | None:
    """What goes and what comes taken for each other."""
    swapped = {GOES: COMES, COMES: GOES, STAYS: STAYS}
    known = set(map(normal, split(draft.before)))
    if not any(line.kind == COMES and wordy(line) and normal(line.text) not in known for line in _lines(draft)):
        return None
    return refusing(with_lines(draft, lambda line: line._replace(kind=swapped[line.kind], unended=False)))


def _lines(draft: Draft) -> list[Line]:
    return [line for hunk in draft.hunks for line in hunk.lines]


def _cut(*, within_line: bool) -> Change:
    """The reply ends before its last hunk, block or file does, with some of the change lost."""

    def change(draft: Draft, dice: random.Random) -> Draft | None:
        text = draft.reply
        if any(line.unended for line in _lines(draft)):
            return None
        first, last = _stretch(draft, text)
        if last <= first:
            return None
        at = dice.randrange(first, last)
        if not within_line:
            at = text.rfind("\n", 0, at) + 1
        elif text[at - 1] == "\n" or text[at] == "\n":
            return None
        return refusing(replace(draft, text=text[:at]))

    return change


def _stretch(draft: Draft, text: str) -> tuple[int, int]:
    """From where to where a reply can end without being whole: beneath the head of what comes last, and before the end
    of the last line that matters."""
    if draft.format == WHOLE:
        return len(text) // 5, len(text) - 8
    if draft.format == SYMBOL:
        return text.index("\n", text.rindex("*** Replace Symbol")) + 1, len(text) - 8
    if draft.format == BLOCKS:
        search, _, replaced = draft.markers
        return text.rindex(search) + len(search) + 1, text.rindex(replaced) - 1
    lines = draft.hunks[-1].lines
    changed = max(at for at, line in enumerate(lines) if line.kind != STAYS)
    kept = sum(len(line.text) + 2 for line in lines[changed:]) + len("*** End Patch\n" if draft.format == PATCH else "")
    lost = sum(len(line.text) + 2 for line in lines[:changed])
    return len(text) - kept - lost, len(text) - kept


LAZY = (
    "... existing code ...",
    "... rest of the code ...",
    "... (rest unchanged)",
    "... other methods remain the same ...",
    "rest of the file stays as it is",
    "(existing implementation)",
    "... keep the rest as before ...",
    "[unchanged code omitted for brevity]",
)


def _lazy(draft: Draft, dice: random.Random) -> Draft | None:
    """A comment stands for lines: of what comes in a hunk, of a long stretch in a whole file."""
    comment = "#" if draft.edit.language in ("python", "ruby") else "//"
    said = f"{comment} {dice.choice(LAZY)}"
    if draft.format in (WHOLE, SYMBOL):
        return _lazy_text(draft, said, dice)
    runs = []
    for n, hunk in enumerate(draft.hunks):
        for at in range(len(hunk.lines) - 2):
            if all(line.kind == COMES and line.text.strip() for line in hunk.lines[at : at + 3]):
                runs.append((n, at))
    if not runs:
        return None
    n, at = dice.choice(runs)
    lines = draft.hunks[n].lines
    white = lines[at].text[: len(lines[at].text) - len(lines[at].text.lstrip())]
    return refusing(with_hunk(draft, n, *lines[:at], Line(COMES, white + said), *lines[at + 3 :]))


def _lazy_text(draft: Draft, said: str, dice: random.Random) -> Draft | None:
    lines = draft.reply.split("\n")
    if len(lines) < 30:
        return None
    start = dice.randrange(4, len(lines) - 20)
    line = lines[start]
    white = line[: len(line) - len(line.lstrip())]
    stop = start + dice.randrange(6, 15)
    if any(each.startswith(("*** ", "````")) for each in lines[start:stop]):
        return None
    return refusing(replace(draft, text="\n".join([*lines[:start], white + said, *lines[stop:]])))


def _elided_deletion(draft: Draft, dice: random.Random) -> Draft | None:
    """Of the lines that go, some are not quoted: dots stand for them."""
    runs = []
    for n, hunk in enumerate(draft.hunks):
        for at in range(len(hunk.lines) - 3):
            if all(line.kind == GOES for line in hunk.lines[at : at + 4]):
                runs.append((n, at))
    if not runs:
        return None
    n, at = dice.choice(runs)
    lines = draft.hunks[n].lines
    return refusing(with_hunk(draft, n, *lines[: at + 1], Line(GOES, "    ..."), *lines[at + 3 :]))


def _other_file(draft: Draft, dice: random.Random) -> Draft | None:
    other = dice.choice(sorted(set(draft.files) - {draft.path}))
    if draft.text is not None:
        known = {one.qualified for one in outline(other, draft.files[other])}
        if known & set(re.findall(r"^\*\*\* .*?::(.+)$", draft.text, re.MULTILINE)):
            return None
    known = set(map(normal, split(draft.files[other])))
    quoted = [normal(line.text) in known for line in _lines(draft) if line.quoted and wordy(line)]
    if not draft.text and sum(quoted) * 3 >= len(quoted):
        return None  # so much of it stands there too that it could be meant
    return _renamed(draft, other)


def _no_such_file(draft: Draft, dice: random.Random) -> Draft | None:
    return _renamed(draft, f"lib/unknown_{dice.randrange(100)}.{draft.path.rpartition('.')[2]}")


def _climbing(draft: Draft, dice: random.Random) -> Draft | None:
    return _renamed(draft, f"../{draft.path}")


def _renamed(draft: Draft, path: str) -> Draft | None:
    if draft.text is not None:
        return refusing(replace(draft, text=draft.text.replace(f": {draft.path}::", f": {path}::")))
    return refusing(replace(draft, names=tuple(name.replace(draft.path, path) for name in draft.names)))


def _contradicting(draft: Draft, dice: random.Random) -> Draft | None:
    """A hunk comes twice, and brings something else the second time."""
    place = chosen(draft, dice, lambda hunk, at: hunk.lines[at].kind == COMES and wordy(hunk.lines[at]))
    if place is None:
        return None
    n, at = place
    lines = [*draft.hunks[n].lines]
    lines[at] = lines[at]._replace(text=misspelt(lines[at].text, dice))
    again = replace(draft.hunks[n], lines=tuple(lines))
    return refusing(replace(draft, hunks=(*draft.hunks, again)))


def _nothing_quoted(draft: Draft, dice: random.Random) -> Draft | None:
    """A hunk of new lines alone, without a number."""
    new = [hunk for hunk in draft.hunks if any(line.kind == COMES and wordy(line) for line in hunk.lines)]
    if not new or len(split(draft.before)) < 10:
        return None
    hunk = dice.choice(new)
    alone = replace(hunk, lines=tuple(line for line in hunk.lines if line.kind == COMES))
    return refusing(with_heads(replace(draft, hunks=(alone,))))


def _no_divider(draft: Draft, dice: random.Random) -> Draft | None:
    return refusing(replace(draft, afterwards=(lambda text: text.replace("\n=======\n", "\n", 1),)))


# --- nothing tells which place is meant; one hunk each time, for the order of several could tell ---


def _copied(where: str) -> Change:
    def change(draft: Draft, dice: random.Random) -> Draft | None:
        hunk = dice.choice(draft.hunks)
        if not any(text.strip() for text in hunk.olds) or len(hunk.olds) > 60:
            return None
        file = split(draft.before)
        alone = with_heads(replace(draft, hunks=(hunk,)))
        return refusing(alone, [*file, "", *hunk.olds] if where == "after" else [*hunk.olds, "", *file])

    return change


def _both_indented(draft: Draft, dice: random.Random) -> Draft | None:
    """Two places, indented otherwise than each other and than the reply."""
    hunk = dice.choice(draft.hunks)
    if not any(line.quoted and wordy(line) for line in hunk.lines) or "\t" in "".join(hunk.olds):
        return None
    said = tuple(line if line.blank else line._replace(text=f"  {line.text}") for line in hunk.lines)
    twin = [f"    {text}" if text.strip() else text for text in hunk.olds]
    alone = replace(draft, hunks=(replace(hunk, lines=said),))
    return refusing(with_heads(alone), [*split(draft.before), "", *twin])


def _both_misquoted(draft: Draft, dice: random.Random) -> Draft | None:
    """Two places that differ in one line of context, and the reply has that line as neither of them has it."""
    place = chosen(draft, dice, lambda hunk, at: is_context(hunk, at) and wordy(hunk.lines[at]))
    if place is None:
        return None
    n, at = place
    lines = draft.hunks[n].lines
    own = lines[at].text
    other, said = misspelt(own, dice), misspelt(own, dice)
    if len({own, other, said}) < 3:
        return None
    twin = [line.text for line in (*lines[:at], Line(STAYS, other), *lines[at + 1 :]) if line.quoted]
    misquoted = replace(draft.hunks[n], lines=(*lines[:at], Line(STAYS, said), *lines[at + 1 :]))
    return refusing(with_heads(replace(draft, hunks=(misquoted,))), [*split(draft.before), "", *twin])


def _too_little(draft: Draft, dice: random.Random) -> Draft | None:
    """So little of the file is quoted that it stands there more than once, as it is."""
    file = split(draft.before)
    for context in (1, 0):
        found = [hunk for hunk in with_context(draft.edit, context) if _stands_twice(file, hunk.olds)]
        if found:
            return refusing(with_heads(replace(draft, hunks=(dice.choice(found),))))
    return None


def _stands_twice(file: list[str], wanted: list[str]) -> bool:
    """Apart from each other, and saying something."""
    size = len(wanted)
    found = [at for at in range(len(file) - size + 1) if file[at : at + size] == wanted]
    return any(text.strip() for text in wanted) and len(found) > 1 and found[-1] - found[0] >= size


def _same_base_name(draft: Draft, dice: random.Random) -> Draft | None:
    """Another file of the same base name and content."""
    folder, _, base = draft.path.rpartition("/")
    named = _renamed(draft, base) if folder else None
    if named is None:
        return None
    return replace(named, files={**draft.files, f"{folder}_old/{base}": draft.before})


def _one(name: str, change: Change, *formats: str, kind: str = MUST_REFUSE) -> Perturbation:
    return Perturbation(name=name, kind=kind, formats=formats or QUOTING, touches=frozenset(), change=change)


REFUSED = (
    _one("a deleted line misquoted", _stale_deleted),
    _one("a deleted line changed in the file", _file_moved_on),
    _one("the place is gone", _place_gone),
    _one("applied already", _applied_already, *FORMATS),
    _one("old and new taken for each other", _reversed),
    _one("cut at a line", _cut(within_line=False), *FORMATS),
    _one("cut within a line", _cut(within_line=True), *FORMATS),
    _one("a comment stands for code", _lazy, *FORMATS),
    _one("dots stand for deleted lines", _elided_deletion),
    _one("for another file", _other_file, *QUOTING, SYMBOL),
    _one("for a file that is not there", _no_such_file, *QUOTING, SYMBOL),
    _one("out of the tree", _climbing, *FORMATS),
    _one("two hunks that contradict", _contradicting),
    _one("nothing quoted", _nothing_quoted),
    _one("a block without divider", _no_divider, BLOCKS),
    _one("a copy after it", _copied("after"), kind=AMBIGUOUS),
    _one("a copy before it", _copied("before"), kind=AMBIGUOUS),
    _one("two places, both indented otherwise", _both_indented, kind=AMBIGUOUS),
    _one("two places, both misquoted", _both_misquoted, kind=AMBIGUOUS),
    _one("too little quoted", _too_little, kind=AMBIGUOUS),
    _one("two files of that base name", _same_base_name, *FORMATS, kind=AMBIGUOUS),
)

"""Real edits: files that changed between two releases of a package, as far as a reply of a model can say the change."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path

from benchmarks.harness.releases import Pair, files, language_of
from swe_agent.testing.replies import pieces, split

BOM = "\ufeff"
LONGEST, MOST_HUNKS, MOST_CHANGED, WIDEST = 4_000, 8, 120, 300
PER_PACKAGE, PER_LANGUAGE, OTHERS = 5, 44, 2
LONG = range(1_300, 1_701)
LONG_PER_PACKAGE, LONG_PER_LANGUAGE = 3, 16
_GENERATED = re.compile(r"@generated|do not edit|auto-?generated|generated (by|from)", re.IGNORECASE)
_MARKER = re.compile(r"^\s*(<{7}|={7}|>{7})(?![<=>])", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`others` are further files of the same tree. `unsaid` are formats that cannot say this edit."""

    name: str
    language: str
    path: str
    before: str
    after: str
    others: Mapping[str, str]
    unsaid: frozenset[str] = frozenset()


def choose(found: Iterable[tuple[Pair, Path, Path]], seed: int) -> list[Edit]:
    """So many of each package and language at most, by chance but the same ones each time."""
    chosen: list[Edit] = []
    by_language: dict[str, int] = {}
    for pair, old, new in found:
        by_package: dict[str, int] = {}
        for edit in _edits(pair, files(old), files(new), random.Random(f"{seed} {pair.name}")):
            taken = by_package.get(edit.language, 0)
            if taken < PER_PACKAGE and by_language.get(edit.language, 0) < PER_LANGUAGE:
                by_package[edit.language] = taken + 1
                by_language[edit.language] = by_language.get(edit.language, 0) + 1
                chosen.append(edit)
            if sum(by_package.values()) >= 2 * PER_PACKAGE:
                break
    return chosen


def choose_long(found: Iterable[tuple[Pair, Path, Path]], seed: int) -> list[Edit]:
    """Of files with `LONG` lines."""
    chosen: list[Edit] = []
    by_language: dict[str, int] = {}
    for pair, old, new in found:
        was, now = files(old), files(new)
        long = {path: content for path, content in was.items() if content.count(b"\n") in LONG}
        few = islice(_edits(pair, long, now, random.Random(f"{seed} {pair.name} long")), LONG_PER_PACKAGE)
        for edit in few:
            if by_language.get(edit.language, 0) < LONG_PER_LANGUAGE:
                by_language[edit.language] = by_language.get(edit.language, 0) + 1
                chosen.append(edit)
    return chosen


def _edits(pair: Pair, old: Mapping[str, bytes], new: Mapping[str, bytes], dice: random.Random) -> Iterator[Edit]:
    changed = sorted(path for path in old if path in new and old[path] != new[path])
    dice.shuffle(changed)
    # The languages in turn, so that one of a few files is not left out for one of many.
    ranks: dict[str, int] = {}
    ranked = []
    for path in changed:
        ranks[language_of(path)] = rank = ranks.get(language_of(path), 0) + 1
        ranked.append((rank, path))
    for _, path in sorted(ranked):
        before, after = _text(old[path]), _text(new[path])
        if before is None or after is None or not _is_wanted(pair, before, after):
            continue
        kin = sorted(
            other
            for other in old
            if language_of(other) == language_of(path)
            and other.rpartition("/")[2] != path.rpartition("/")[2]
            and old[other] != old[path]
            and 200 < len(old[other]) < 60_000
        )
        near = {other: text for other in dice.sample(kin, min(len(kin), OTHERS)) if (text := _text(old[other]))}
        yield Edit(
            name=f"{pair.name}:{path}",
            language=language_of(path),
            path=path,
            before=before,
            after=after,
            others=near or {"NOTES.txt": "Nothing of note.\n"},
            unsaid=unsaid(before, after),
        )


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _is_wanted(pair: Pair, before: str, after: str) -> bool:
    if not before or not after or "".join(before.split()) == "".join(after.split()):
        return False
    if _ends(before) is None or _ends(before) != _ends(after) or (before[0] == BOM) != (after[0] == BOM):
        return False  # what becomes of line ends is nothing that a reply can say
    if before.endswith("\n") != after.endswith("\n"):
        return False  # nor this, in most formats
    old, new = split(before), split(after)
    if not 5 <= len(old) <= LONGEST or not 5 <= len(new) <= LONGEST or len(max(old + new, key=len)) > WIDEST:
        return False
    if _GENERATED.search("\n".join(old[:15])):
        return False
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    lines = [line for tag, i, j, k, m in codes if tag != "equal" for line in (*old[i:j], *new[k:m])]
    if not lines or len(lines) > MOST_CHANGED or (len(lines) <= 2 and any(pair.new in line for line in lines)):
        return False
    return len(pieces(old, new)) <= MOST_HUNKS


def _ends(text: str) -> str | None:
    """The one way in which all lines end; None where they differ."""
    crlf, lone = text.count("\r\n"), text.count("\n") - text.count("\r\n")
    if "\r" in text.replace("\r\n", "") or (crlf and lone):
        return None
    return "\r\n" if crlf else "\n"


def unsaid(before: str, after: str) -> frozenset[str]:
    """Formats in which this edit has no words: what looks like the marks of a format cannot be quoted in it."""
    out = set()
    if _MARKER.search(before) or _MARKER.search(after):
        out.add("search-replace")
    if "````" in after:
        out.add("whole-file")
    return frozenset(out)

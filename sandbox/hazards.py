"""What a reader of a change should look at twice. Pure: changes and contents in, hazards out.

A hazard is not an error. Many a good change touches a lock file or a workflow, but none of these may be accepted
without a person having seen it.
"""

import itertools
import posixpath
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from sandbox import paths
from sandbox.hazard_rules import CONTENT_RULES, PATH_RULES, Kind
from sandbox.screen import safe_text
from sandbox.tree import EXECUTABLE, GITLINK, SYMLINK, Change

KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """`detail` is safe to show; `path` is as in the tree and must be screened first."""

    kind: Kind
    path: str
    detail: str


_COMPILED = tuple((kind, why, re.compile("|".join(patterns))) for kind, why, patterns in PATH_RULES)

_HUGE_BYTES = 1_000_000
_LONG_LINE = 20_000
_WINDOWS = re.compile(r'[\\:*?"<>|]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_FILES = ("100644", EXECUTABLE)


def hazards(
    changes: Iterable[Change], read: Callable[[str], bytes], existing: Mapping[str, Set[str]] = MappingProxyType({})
) -> tuple[Hazard, ...]:
    """All hazards of `changes`, in order of path; `read` gives the content of an object id, `existing` is `alike` of
    the files that were there before."""
    listed = list(changes)
    found = [hazard for change in listed for hazard in _of_change(change, read)]
    added = {change.path for change in listed if change.status == "A"}
    found += _collisions(added, existing, {change.path for change in listed if change.status == "D"})
    return tuple(sorted(found, key=lambda hazard: (hazard.path, KINDS.index(hazard.kind), hazard.detail)))


def _of_change(change: Change, read: Callable[[str], bytes]) -> Iterator[Hazard]:
    path = change.path
    yield from _of_path(path)
    if GITLINK in (change.old_mode, change.new_mode):
        yield Hazard(kind="gitlink", path=path, detail=f"submodule {change.old_id[:12]} to {change.new_id[:12]}")
    if change.status == "D":
        return
    yield from _of_name(path)
    if change.new_mode == SYMLINK:
        yield _of_link(path, read(change.new_id).decode("utf-8", "surrogateescape"))
    if change.old_mode != change.new_mode and (change.status != "A" or change.new_mode == EXECUTABLE):
        yield Hazard(kind="mode-change", path=path, detail=f"{change.old_mode} to {change.new_mode}")
    if change.new_mode in _FILES and change.new_id != change.old_id:
        old = read(change.old_id) if change.old_mode in _FILES else b""
        yield from _of_content(path, old, read(change.new_id))


def _of_path(path: str) -> Iterator[Hazard]:
    lower = path.lower()
    for kind, why, pattern in _COMPILED:
        if pattern.search(lower):
            yield Hazard(kind=kind, path=path, detail=why)


def _of_name(path: str) -> Iterator[Hazard]:
    if safe_text(path) != path or "\n" in path or "\t" in path:
        yield Hazard(kind="name", path=path, detail=f"control or undecodable characters: {safe_text(path)!r}")
    for part in path.split("/"):
        if paths.is_git_name(part):
            yield Hazard(kind="name", path=path, detail="is taken for a git directory by some file systems")
        elif _WINDOWS.search(part):
            yield Hazard(kind="name", path=path, detail="is not a name on every system")
        if any(character != " " and unicodedata.category(character) in ("Zs", "Zl", "Zp") for character in part):
            yield Hazard(kind="name", path=path, detail="has a space that only looks like one")
        for word in _WORD.findall(part):
            scripts = {script for character in word if (script := _script(character))}
            if len(scripts) > 1:
                yield Hazard(kind="name", path=path, detail=f"mixes {' and '.join(sorted(scripts))} letters in a word")


def _script(character: str) -> str:
    """LATIN, CYRILLIC, GREEK or ARMENIAN: the scripts whose letters are mistaken for one another."""
    if character.isascii():
        return "LATIN" if character.isalpha() else ""
    first = unicodedata.name(character, "").partition(" ")[0]
    return first if first in ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH") else ""


def _of_link(path: str, target: str) -> Hazard:
    base = posixpath.join("/root", posixpath.dirname(path))
    end = posixpath.normpath(posixpath.join(base, target))
    inside = not target.startswith("/") and (end == "/root" or end.startswith("/root/"))
    into_git = any(paths.is_git_name(part) for part in end.split("/"))
    # `..` after a name goes up from where that name leads, and it may be a link itself.
    named = itertools.dropwhile(lambda part: part in ("", ".", ".."), target.split("/"))
    turns_back = ".." in named
    kind: Kind = "symlink" if inside and not into_git and not turns_back else "symlink-escape"
    return Hazard(kind=kind, path=path, detail=f"points to {safe_text(target)!r}")


def _of_content(path: str, old: bytes, new: bytes) -> Iterator[Hazard]:
    if len(new) > _HUGE_BYTES:
        yield Hazard(kind="huge", path=path, detail=f"more than {_HUGE_BYTES} bytes")
    if b"\0" in new[:8000]:
        yield Hazard(kind="binary", path=path, detail="is not text")
        return
    if len(new) <= _HUGE_BYTES and max(map(len, new.split(b"\n"))) > _LONG_LINE:
        yield Hazard(kind="huge", path=path, detail="a line too long to be read")
    before, after = old.decode("utf-8", "replace"), new.decode("utf-8", "replace")
    for kind, why, pattern in CONTENT_RULES:
        # What was there before is not this change's doing.
        if len(pattern.findall(after)) > len(pattern.findall(before)):
            first = pattern.search(after)
            line = after.count("\n", 0, first.start()) + 1 if first else 0
            yield Hazard(kind=kind, path=path, detail=f"{why} (line {line})")


def alike(names: Iterable[str]) -> Mapping[str, Set[str]]:
    """Files and the directories above them, by what they are called where case and composition do not count."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for place in (name, *_above(name)):
            found[_folded(place)].add(place)
    return found


def _collisions(added: Set[str], existing: Mapping[str, Set[str]], gone: Set[str]) -> Iterator[Hazard]:
    """New files that fall together with others, or whose directories do."""
    new = alike(added)
    for name in sorted(added):
        for place in (name, *_above(name)):
            same = new[_folded(place)] | existing.get(_folded(place), frozenset())
            if others := sorted(same - gone - {place}):
                said = ", ".join(safe_text(other) for other in others)
                yield Hazard(kind="name", path=name, detail=f"is the same file as {said} where case does not count")
                break


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _above(name: str) -> Iterator[str]:
    while name := name.rpartition("/")[0]:
        yield name

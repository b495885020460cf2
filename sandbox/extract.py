"""From the files an agent has left to a tree id, and from a tree id back to files. Nothing runs meanwhile.

Git is told the repository, the index and the work tree; nothing in the work tree is configuration to it. Its own `.git`
is taken away before git looks, and nested repositories are put aside, for git would record them as links to commits
that nobody else has.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sandbox import ignores, paths
from sandbox import tree as trees
from sandbox.aside import put_aside, remove, take_away
from sandbox.box import Box
from sandbox.errors import GitFailed, Refused
from sandbox.glance import ATTRIBUTES, Glance, blocks, outermost
from sandbox.hazards import Hazard, hazards
from sandbox.tree import Change

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What an agent's files amount to: a tree in the box, what to be careful about, what is not in it and why not."""

    tree: str
    hazards: tuple[Hazard, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a workspace keeps what extraction needs. `lent`: targets of dependencies, which are mounted, not ours."""

    tree: Path
    index: Path
    excludes: Path
    quarantine: Path
    lent: frozenset[str]


def write_excludes(box: Box, base: str, exclude_file: Path, target: Path) -> None:
    """Write the ignore rules as of `base` to `target`."""
    found = {path: entry.id for path, entry in box.list_tree(base).items() if path.split("/")[-1] == ".gitignore"}
    contents = box.blobs(found.values())
    own = exclude_file.read_bytes() if exclude_file.is_file() else b""
    target.write_bytes(ignores.combined({path: contents[id] for path, id in found.items()}, own))


def checkout(box: Box, commit: str, places: Places) -> None:
    """Write the files of a commit into the empty tree."""
    places.tree.mkdir()
    _write_out(box, commit, places)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was found while the index was brought up to date."""

    changes: tuple[Change, ...]
    ignored: Sequence[str]
    caches: set[str]
    refused: set[str]
    nested: tuple[str, ...] = ()
    submodules: Sequence[str]


def extract(box: Box, base: str, places: Places, glance: Glance) -> Extraction:
    """The tree that the files are now. The index is kept, so that the next time only what changed is read."""
    take_away(places.tree / ".git", places.quarantine)
    found = _quickly(box, base, places, glance)
    if found is None:
        glance.forget()
        found = _thoroughly(box, base, places)
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(box.git, "write-tree", index=places.index)
        flagged = _flagged(box, base, found, places, glance)
        tree = writing.result().decode("ascii").strip()
    left_out = {
        *found.caches,
        *found.nested,
        *found.refused,
        *_filled(places, found.submodules),
        *(name for name in found.ignored if not _is_cache(name)),
    }
    return Extraction(tree=tree, hazards=flagged, left_out=tuple(sorted(left_out)))


def _flagged(box: Box, base: str, found: _Found, places: Places, glance: Glance) -> tuple[Hazard, ...]:
    read = _reader(box, glance.sizes(box, found.changes))
    added = any(change.status == "A" for change in found.changes)
    flagged = hazards(found.changes, read, glance.before(box, base) if added else {})
    flagged += tuple(Hazard(kind="nested-repository", path=name, detail="put aside") for name in sorted(found.nested))
    flagged += tuple(Hazard(kind="ignored", path=name, detail=_IGNORED) for name in _newly_ignored(box, found, places))
    refused = sorted(found.refused)
    return flagged + tuple(Hazard(kind="name", path=name, detail="git does not take this file") for name in refused)


_IGNORED = "is new, and the ignore rules of this change would hide it"


def _newly_ignored(box: Box, found: _Found, places: Places) -> list[str]:
    """New files that whoever applies the change would not see, for its own `.gitignore` names them."""
    added = [change.path for change in found.changes if change.status == "A"]
    rules = {
        c.path: c.new_id for c in found.changes if c.path.split("/")[-1] == ".gitignore" and c.new_mode in trees.FILES
    }
    if not added or not rules:
        return []
    contents = box.blobs(id for id, size in box.sizes(rules.values()).items() if size <= _READ_LIMIT)
    listed = places.excludes.with_name("excludes.new")
    listed.write_bytes(ignores.combined({path: contents[id] for path, id in rules.items() if id in contents}))
    argv = ["ls-files", "-z", "-c", "-i", f"--exclude-from={listed}"]
    names = box.git(*argv, index=places.index, work_tree=places.tree)
    listed.unlink()
    return sorted(set(trees.text(names).split("\0")[:-1]) & set(added))


def _quickly(box: Box, base: str, places: Places, glance: Glance) -> _Found | None:
    """Tracked files are compared while the others are looked for. None where something calls for the thorough way,
    which also undoes what git may have taken over from a repository in the tree."""
    try:
        if not glance.read(box):
            return None
        with ThreadPoolExecutor(1) as beside:
            comparing = beside.submit(_refreshed if glance.due() else _differing, box, places)
            seen = glance.sort(box)
            differing = comparing.result()
        if seen is None or differing is None:
            return None
        new, caches = _without_caches(seen.new)
        names = [
            *(name for name in differing if name not in seen.submodules or not (places.tree / name).is_dir()),
            *new,
        ]
        if names and _add(box, places, names) != _all_added(names):
            return None
        changes = _staged(box, base, places)
    except (GitFailed, OSError):  # the thorough way knows what to do, or says it
        return None
    except BaseException:
        glance.forget()
        raise
    if any(change.new_mode == trees.GITLINK for change in changes):
        return None
    glance.took(new)
    return _Found(changes=changes, ignored=seen.ignored, caches=caches, refused=set(), submodules=seen.submodules)


def _refreshed(box: Box, places: Places) -> list[str] | None:
    """Take over what has become of tracked files, and note the times of those that are the same; None on a refusal."""
    return None if _update(box, places) else []


def _differing(box: Box, places: Places) -> list[str]:
    """Tracked files that are changed or gone, the latter first. Cheaper than `_refreshed`, for nothing is written; and
    safe only where no directory has become a link, which `Glance.read` has seen to."""
    out = box.git("ls-files", "-z", "-t", "-m", "-d", index=places.index, work_tree=places.tree)
    lines = sorted(trees.text(out).split("\0")[:-1], key=lambda line: not line.startswith("R "))
    return list(dict.fromkeys(line[2:] for line in lines))


def _thoroughly(box: Box, base: str, places: Places) -> _Found:
    """One thing after the other, with a walk of our own that looks for repositories in every directory."""
    skip = places.lent | {name.rstrip("/") for name in _ignored(box, places)}
    nested = tuple(
        put_aside(places.tree, places.quarantine, skip, lambda name: bool(_ls(box, places, "-c", "--", name)))
    )
    caches, refused = _permitted(places, lambda: _record(box, base, places))
    return _Found(
        changes=_staged(box, base, places),
        ignored=_ignored(box, places),  # anew, for in a directory that was a file nothing is ignored before
        caches=caches,
        refused=refused,
        nested=nested,
        submodules=[name for name, _ in _submodules(box, places)],
    )


def _staged(box: Box, base: str, places: Places) -> tuple[Change, ...]:
    """What differs from tree `base` to the index."""
    argv = ["diff-index", "--cached", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", base]
    return trees.parse_changes(box.git(*argv, index=places.index))


def _reader(box: Box, sizes: Mapping[str, int]) -> Callable[[str], bytes]:
    """Contents by id, read at once; a very large one as blank lines, for nobody is told more of it than that."""
    contents = box.blobs(id for id, size in sizes.items() if size <= _READ_LIMIT)
    return lambda id: contents[id] if id in contents else b"\n" * _READ_LIMIT


_READ_LIMIT = 4_000_000


def reset(box: Box, tree: str, places: Places) -> None:
    """Make the files equal to `tree`. What the base ignores stays, such as what a build has made, but for bytecode:
    Python tells it to be stale by seconds and size only."""
    take_away(places.tree / ".git", places.quarantine)
    _unblock(box, tree, places)
    _permitted(places, lambda: _write_out(box, tree, places))
    stale = [name for name in _ignored(box, places) if "__pycache__" in name.split("/")]
    for name in [*_untracked(box, places), *stale]:
        remove(places.tree, name)


def _unblock(box: Box, tree: str, places: Places) -> None:
    """Remove what git would open and wait for, in the directories of `tree`."""
    names = box.git("ls-tree", "-r", "-d", "-z", "--name-only", tree).split(b"\0")[:-1]
    for directory in ("", *(trees.text(name) + "/" for name in names)):
        if blocks(places.tree / directory / ATTRIBUTES):
            found = paths.parent_beneath(places.tree, directory + ATTRIBUTES)
            with contextlib.suppress(FileNotFoundError, Refused), found as (parent, name):  # not behind a link
                os.unlink(name, dir_fd=parent)


def _write_out(box: Box, tree: str, places: Places) -> None:
    """Write what differs from the index; unlike `checkout-index` this uses all cores."""
    box.git("read-tree", "--reset", "-u", tree, index=places.index, work_tree=places.tree)


def _ls(box: Box, places: Places, *options: str) -> list[str]:
    argv = ["ls-files", "-z", *options, f"--exclude-from={places.excludes}"]
    return trees.text(box.git(*argv, index=places.index, work_tree=places.tree)).split("\0")[:-1]


def _untracked(box: Box, places: Places) -> list[str]:
    return [name for name in _ls(box, places, "-o") if not _lent(places, name)]


def _ignored(box: Box, places: Places) -> list[str]:
    """Ignored files, whole directories as one with a slash at the end."""
    names = [name for name in _ls(box, places, "-o", "-i", "--directory") if not _lent(places, name)]
    return outermost(names, places.tree)


def _lent(places: Places, name: str) -> bool:
    return any(name.rstrip("/") == target or name.startswith(target + "/") for target in places.lent)


def _is_cache(name: str) -> bool:
    return ignores.cache_above(name.rstrip("/")) is not None


def _record(box: Box, base: str, places: Places) -> tuple[set[str], set[str]]:
    """Bring the index up to date; the caches left out, and what git would not take."""
    refused = _update(box, places)
    _forget_links(box, base, places)
    new, caches = _without_caches(_untracked(box, places))
    return caches, refused | _taken(box, places, new)


def _forget_links(box: Box, base: str, places: Places) -> None:
    """Put the index right where git took a nested repository for a submodule, or another commit for a submodule's."""
    wanted = {name: entry for name, entry in box.list_tree(base).items() if entry.mode == trees.GITLINK}
    have = dict(_submodules(box, places))
    wrong = {name: wanted.get(name) for name, id in have.items() if name not in wanted or wanted[name].id != id}
    if wrong:
        absent = "0" * len(next(iter(have.values())))
        box.git("update-index", "-z", "--index-info", input=trees.index_info(wrong, absent), index=places.index)


def _submodules(box: Box, places: Places) -> Iterator[tuple[str, str]]:
    """Submodules of the index with their commits."""
    for line in trees.text(box.git("ls-files", "-z", "-s", index=places.index)).split("\0"):
        if line.startswith(trees.GITLINK):
            meta, _, name = line.partition("\t")
            yield name, meta.split(" ")[1]


def _filled(places: Places, submodules: Iterable[str]) -> Iterator[str]:
    """Submodules in whose directory something lies: it belongs to another repository and is not extracted."""
    for name in submodules:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            if any((places.tree / name).iterdir()):
                yield name + "/"


def _without_caches(names: Iterable[str]) -> tuple[list[str], set[str]]:
    """Names of new files, and the caches among them."""
    caches, new = set(), []
    for name in names:
        if cache := ignores.cache_above(name):
            caches.add(cache)
        elif not name.endswith("/"):
            new.append(name)
    return new, caches


def _taken(box: Box, places: Places, new: list[str]) -> set[str]:
    """Add new files; those that git did not take. Of some names it only says that it ignores them."""
    if not new or _add(box, places, new) == _all_added(new):
        return set()
    return set(_without_caches(_untracked(box, places))[0])


def _update(box: Box, places: Places) -> set[str]:
    """Take over what has become of tracked files. Returns those that git refuses, such as a pipe in a file's place."""
    try:
        box.git("add", "-u", "--ignore-errors", index=places.index, work_tree=places.tree)
    except GitFailed as error:
        if _forbidden(error):
            raise
        # Not `diff-files`, which gives up where `.gitmodules` is not to its taste.
        left = box.git("ls-files", "-z", "-m", "-d", index=places.index, work_tree=places.tree)
        return set(trees.text(left).split("\0")[:-1]) - {name for name, _ in _submodules(box, places)}
    return set()


def _all_added(names: list[str]) -> bytes:
    return b"".join(b"add '%s'\n" % trees.raw(name) for name in names)


def _add(box: Box, places: Places, names: list[str]) -> bytes:
    """Take over files as they are now, or that they are gone, and return what git said of each. It gives up at the
    first that it refuses, so the others are taken by halving."""
    listed = b"".join(trees.raw(name) + b"\0" for name in names)
    argv = ["update-index", "--verbose", "-z", "--add", "--remove", "--stdin"]
    try:
        return box.git(*argv, input=listed, index=places.index, work_tree=places.tree)
    except GitFailed as error:
        if _forbidden(error):
            raise
        middle = len(names) // 2
        return b"".join(_add(box, places, half) for half in (names[:middle], names[middle:])) if middle else b""


def _forbidden(error: GitFailed) -> bool:
    """Whether permissions of files are the reason, which `_permitted` can change."""
    return b"ermission denied" in error.stderr


def _permitted(places: Places, work: Callable[[], _T]) -> _T:
    """Do `work`; where git may not read or write what the agent has made unreadable, allow it and try again."""
    try:
        return work()
    except GitFailed as error:
        if os.geteuid() == 0 or not _forbidden(error):
            raise
    pending = [places.tree]
    while pending:
        here = pending.pop()
        with contextlib.suppress(NotADirectoryError), os.scandir(here) as entries:
            for entry in entries:
                mode = entry.stat(follow_symlinks=False).st_mode
                if stat.S_ISDIR(mode):
                    # It must be entered as well; of a file the execute bit is content and stays.
                    Path(entry).chmod(mode | stat.S_IRWXU)
                    pending.append(Path(entry))
                elif not stat.S_ISLNK(mode):
                    Path(entry).chmod(mode | stat.S_IRUSR | stat.S_IWUSR)
    return work()

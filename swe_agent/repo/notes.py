"""Evidence in `refs/notes/swe-agent`: how it lies there, how it is read, and how it is written by many at once.

    keys/<key id>          a key: its format, its secret in hexadecimal digits, and when it was made
    evidence/<hash>        a segment (`segments.py`), named by the SHA-256 of its content
    <commit id>            a note on a commit, as `git notes` knows it: which lines are whose (`line_notes.py`)

Git keeps what is no note when it changes a tree of notes. Nothing is ever changed in place: a write is one commit on
top of what is there, made by `git fast-import`. It writes blobs, trees, the commit and the ref in one process, takes
the committer as given (`git commit-tree` wants a configured identity), and refuses to move the ref unless the new
commit descends from what the ref names at that moment; so whoever has moved it meanwhile loses nothing, and we begin
again from theirs. A stream that ends early, because we were killed, moves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from swe_agent.core.evidence import Evidence
from swe_agent.core.key import Key, key_id
from swe_agent.repo.blobs import each_blob
from swe_agent.repo.git import Git, GitFailed
from swe_agent.repo.segments import NotReadable, read_segment

REF = "refs/notes/swe-agent"
_KEYS, _EVIDENCE = "keys/", "evidence/"
_KEY_FORMAT = "swe-agent key 1"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_QUIET = ("-c", "core.logAllRefUpdates=false", "-c", "core.hooksPath=/dev/null", "-c", "core.fsync=committed")
"""The user's reflogs and hooks have nothing to do with this ref. Objects are on disk before it names them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree of notes: where it lies, and its blob's id."""

    path: str
    blob: str


Tree = Mapping[str, Entry]
"""By path; a note by the id of its commit, however git has spread it over folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What could be read. `damaged` names what could not, and why."""

    tip: str = ""
    keys: tuple[Key, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    damaged: tuple[str, ...] = ()


class Moved(Exception):
    """Somebody else has written in this moment."""


def tip_of(git: Git, ref: str = REF) -> str:
    """Empty where there are no notes."""
    return git.text("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", check=False)


def tree_of(git: Git, tip: str) -> dict[str, Entry]:
    """Empty for an empty tip."""
    if not tip:
        return {}
    found: dict[str, Entry] = {}
    for row in git.run("ls-tree", "-r", "-z", "--full-tree", tip).split(b"\0")[:-1]:
        entry, _, name = row.partition(b"\t")
        _, kind, blob = entry.decode("ascii").split(" ")
        if kind == "blob":
            path = name.decode("utf-8", "surrogateescape")
            found[_whole(path)] = Entry(path, blob)
    return found


def _whole(path: str) -> str:
    """`ab/cdef…` is the note on commit `abcdef…`."""
    joined = path.replace("/", "")
    return joined if is_note(joined) else path


def is_note(name: str) -> bool:
    return _COMMIT.fullmatch(name) is not None


def is_segment(name: str) -> bool:
    return name.startswith(_EVIDENCE)


def is_key(name: str) -> bool:
    return name.startswith(_KEYS)


def read_notes(git: Git, tip: str | None = None) -> Notes:
    """Keys and evidence at a commit of notes; at the ref's if left out."""
    tip = tip_of(git) if tip is None else tip
    tree = tree_of(git, tip)
    keys: list[Key] = []
    evidence: list[Evidence] = []
    damaged: list[str] = []
    for name, data in contents(git, {name: one for name, one in tree.items() if is_key(name) or is_segment(name)}):
        try:
            if is_key(name):
                keys.append(read_key(data))
            else:
                evidence.append(read_segment(data))
        except NotReadable as error:
            damaged.append(f"{name}: {error}")
    return Notes(tip=tip, keys=tuple(sorted(keys)), evidence=tuple(evidence), damaged=tuple(damaged))


def read_keys(git: Git, tip: str) -> tuple[Key, ...]:
    """The keys alone, without looking through all notes."""
    if not tip:
        return ()
    rows = git.text("ls-tree", tip, _KEYS, check=False).split("\n")
    tree = {name: Entry(name, entry.split(" ")[2]) for entry, _, name in (row.partition("\t") for row in rows) if name}
    keys = []
    for _, data in contents(git, tree):
        with suppress(NotReadable):
            keys.append(read_key(data))
    return tuple(sorted(keys))


def contents(git: Git, tree: Tree) -> Iterator[tuple[str, bytes]]:
    """Each name with its content, in their order. One that is missing, as in a partial clone, is left out."""
    names = sorted(tree)
    found = zip(names, each_blob(git, [tree[name].blob for name in names]), strict=True)
    return ((name, data) for name, data in found if data is not None)


def segment_path(data: bytes) -> str:
    return _EVIDENCE + sha256(data).hexdigest()[:40]


def key_path(key: Key) -> str:
    return _KEYS + key.id


def write_key(key: Key) -> bytes:
    return f"{_KEY_FORMAT}\n{key.secret.hex()}\n{key.made}\n".encode("ascii")


def read_key(data: bytes) -> Key:
    try:
        name, secret, made, *rest = data.decode("ascii").split("\n")
        if name != _KEY_FORMAT or rest != [""]:
            raise NotReadable("it is no key, or one of a newer version")
        found = bytes.fromhex(secret)
        datetime.fromisoformat(made)
        return Key(made=made, id=key_id(found), secret=found)
    except ValueError as error:
        raise error if isinstance(error, NotReadable) else NotReadable(f"it is damaged: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to become of a tree, by names: new contents, blobs that are there already, and what goes. The first of
    `parents` has that tree; others are histories of notes that are taken up."""

    parents: tuple[str, ...]
    tree: Tree
    new: Mapping[str, bytes]
    blobs: Mapping[str, str]
    gone: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.new or self.blobs or self.gone or len(self.parents) > 1)


def commit_change(git: Git, change: Change, at: datetime, message: str, ref: str = REF) -> str:
    """The id of the commit that the ref now names. Raises Moved where somebody else has moved it, and then nothing has
    changed."""
    try:
        out = git.run(*_QUIET, "fast-import", "--quiet", data=b"".join(_stream(change, at, message, ref)), apart=True)
    except GitFailed as error:
        if any(said in error.stderr for said in _MOVED):
            raise Moved(error.stderr.strip()) from error
        raise
    return out.decode("ascii").strip()


_MOVED = ("does not contain", "cannot lock ref", "Unable to create")


def move(git: Git, tip: str, before: str, ref: str = REF) -> None:
    """Let the ref name a commit that is here already and descends from `before`. Raises Moved as above."""
    try:
        git.run(*_QUIET, "update-ref", ref, tip, before or "0" * len(tip))
    except GitFailed as error:
        raise Moved(error.stderr.strip()) from error


def _stream(change: Change, at: datetime, message: str, ref: str) -> Iterator[bytes]:
    """For `git fast-import`."""
    yield b"feature done\nfeature get-mark\n"
    yield f"commit {ref}\nmark :1\ncommitter swe-agent <swe-agent> {int(at.timestamp())} +0000\n".encode("ascii")
    yield _data(message.encode())
    for verb, parent in zip(("from", *["merge"] * len(change.parents)), change.parents, strict=False):
        yield f"{verb} {parent}\n".encode("ascii")
    for name in (*change.gone, *change.new, *change.blobs):
        if (there := change.tree.get(name)) and (name in change.gone or there.path != _spread(name)):
            yield b"D " + _quoted(there.path) + b"\n"
    for name, data in change.new.items():
        yield b"M 100644 inline " + _quoted(_spread(name)) + b"\n" + _data(data)
    for name, blob in change.blobs.items():
        yield f"M 100644 {blob} ".encode("ascii") + _quoted(_spread(name)) + b"\n"
    yield b"get-mark :1\ndone\n"


def _spread(name: str) -> str:
    """Where we put it: notes in folders by their first two digits, as git does where there are many."""
    return f"{name[:2]}/{name[2:]}" if is_note(name) else name


def _data(data: bytes) -> bytes:
    return b"data %d\n" % len(data) + data + b"\n"


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return b'"' + escaped.encode("utf-8", "surrogateescape") + b'"'

"""A box: a bare repository of our own that borrows the user's objects and holds what a job makes.

Git works on agents' files only through a box, whose configuration and attributes are ours: no filter, no line-ending
conversion, no hook. What goes in as bytes comes out as the same bytes. Trees are compared with trees, so nothing in a
work tree can hide a change. The user's repository is only read.
"""

import itertools
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sandbox import basepack
from sandbox import checkout as checkouts
from sandbox import tree as trees
from sandbox.checkout import Checkout
from sandbox.errors import GitFailed, SandboxError
from sandbox.git import run_git
from sandbox.tree import Change, Entry

# Git has no switch that turns all conversions off, but these attributes, read from the box, win over any in a tree.
_BYTES_AS_THEY_ARE = (
    "* -text -crlf -ident !eol !filter !working-tree-encoding !diff !merge !whitespace !conflict-marker-size\n"
)
DESCRIPTION = "box.json"


class Box:
    """See the module; made by `create` or `open`. Methods may be used from several threads."""

    def __init__(
        self, root: Path, checkout: Path, common_dir: Path, object_format: str, cache: Path | None = None
    ) -> None:
        self.root = root
        self.checkout = checkout
        self.common_dir = common_dir
        self.object_format = object_format
        self.cache = cache
        self.git_dir = root / "host.git"
        self.held: tuple[int, ...] = ()
        """Descriptors that git processes of this box keep open, so that a lock lasts until the last of them ends, also
        where we are killed meanwhile."""
        self._keeping: threading.Thread | None = None

    @classmethod
    def create(cls, checkout: Path, root: Path, *, cache: Path | None = None) -> "Box":
        """Make a box for the checkout around `checkout`, in `root`, which must not hold one yet.

        `cache` is a directory of the caller's for all boxes beside each other, in which `keep_base` leaves packs from
        which later boxes of the same repository are laid out faster; see `basepack`.
        """
        found = checkouts.find(checkout)
        root = root.absolute()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        box = cls(root.resolve(), found.top, found.common_dir, found.object_format, cache and cache.absolute())
        if box.git_dir.exists():
            raise SandboxError(f"`{root}` already holds a box", "open it, or remove it first")
        make_repository(box.git_dir, found, stores=found.objects, bare=True)
        (box.git_dir / "info" / "attributes").write_text(_BYTES_AS_THEY_ARE, encoding="ascii")
        if box.cache is not None:
            basepack.borrow(basepack.place(box.cache, box.common_dir), box.packs)
        described = {"checkout": str(found.top), "common_dir": str(found.common_dir), "format": found.object_format}
        described |= {"cache": str(box.cache)} if box.cache is not None else {}
        write_durably(root / DESCRIPTION, json.dumps(described).encode())
        return box

    @classmethod
    def open(cls, root: Path) -> "Box":
        """The box that `create` made in `root`."""
        try:
            described = json.loads((root / DESCRIPTION).read_bytes())
            places = Path(described["checkout"]), Path(described["common_dir"])
            cache = Path(described["cache"]) if "cache" in described else None
            return cls(root.resolve(), *places, described["format"], cache)
        except (FileNotFoundError, ValueError, KeyError) as error:
            raise SandboxError(f"`{root}` holds no box, or a half-made one", "remove it and begin again") from error

    @property
    def user_objects(self) -> Path:
        """The user's object directory."""
        return self.common_dir / "objects"

    @property
    def packs(self) -> Path:
        """Where its own packs lie."""
        return self.git_dir / "objects" / "pack"

    def destroy(self) -> None:
        """Remove the box and everything beside it in its root."""
        self.wait()
        remove_tree(self.root)

    def git(
        self,
        *args: str,
        input: bytes = b"",
        index: Path | None = None,
        work_tree: Path | None = None,
        strict: bool = False,
    ) -> bytes:
        """Run hardened git in the box and return its output; see `run_git`."""
        held = self.held
        return run_git(
            args, git_dir=self.git_dir, input=input, index=index, work_tree=work_tree, strict=strict, pass_fds=held
        )

    # --- objects ---

    def blob(self, id: str) -> bytes:
        """The content of one blob."""
        return self.git("cat-file", "blob", id)

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The contents of many, in one call of git."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        out = memoryview(self.git("cat-file", "--batch", input="".join(f"{id}\n" for id in wanted).encode()))
        found, at = {}, 0
        for id in wanted:
            end = at + bytes(out[at : at + 200]).index(b"\n")
            _, kind, *size = bytes(out[at:end]).split(b" ")
            if kind != b"blob" or not size:
                raise GitFailed(["cat-file", "--batch"], 1, f"{id} is not a blob here".encode())
            at = end + 1 + int(size[0])
            found[id] = bytes(out[end + 1 : at])
            at += 1
        return found

    def sizes(self, ids: Iterable[str]) -> dict[str, int]:
        """The sizes of many objects, in one call of git."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        asked = "".join(f"{id}\n" for id in wanted).encode()
        lines = self.git("cat-file", "--batch-check=%(objectsize)", input=asked).decode("ascii").splitlines()
        return {id: int(size) for id, size in zip(wanted, lines, strict=True) if size.isdigit()}

    def write_blob(self, data: bytes) -> str:
        """Store `data`, return its id."""
        return self._id(self.git("hash-object", "-w", "-t", "blob", "--no-filters", "--stdin", input=data or b""))

    def own_objects(self, *ids: str) -> None:
        """Keep a copy of these commits (or trees) and of all their files in the box.

        Afterwards nothing that happens in the user's repository, such as `git gc`, can break them. Their history is
        not copied.
        """
        have = self._owned()
        need = dict.fromkeys(id for one in ids for id in self._closure(one) if id not in have)
        if need:
            self._pack(need)

    def _owned(self) -> set[str]:
        """The ids of the objects that lie in the box itself."""
        loose = self.git_dir / "objects"
        single = (here.parent.name + here.name for here in loose.glob("[0-9a-f][0-9a-f]/*") if "_" not in here.name)
        return {*basepack.ids_in(self.packs, self.object_format), *single}

    def _pack(self, ids: Iterable[str]) -> str:
        """Copy objects into a pack of the box, uncompressed: they are read far more often than kept. Its name."""
        # Neither --local nor --incremental: an object that is only borrowed is exactly what must be copied.
        listed = "".join(f"{id}\n" for id in ids).encode()
        plain = [
            "-c",
            "pack.compression=0",
            "pack-objects",
            "-q",
            "--window=0",
            "--no-reuse-delta",
            "--no-reuse-object",
        ]
        return "pack-" + self._id(self.git(*plain, str(self.packs / "pack"), input=listed))

    def _closure(self, id: str) -> Iterator[str]:
        full = self._id(self.git("rev-parse", "--verify", "--end-of-options", id))
        yield full
        yield (tree := self.tree_of(full))
        for line in self.git("ls-tree", "-r", "-t", "-z", tree).split(b"\0")[:-1]:
            mode, _, rest = line.partition(b" ")
            if mode != trees.GITLINK.encode():
                yield rest.split(b" ", 1)[1].partition(b"\t")[0].decode("ascii")

    # --- what is kept for the next box ---

    def keep_base(self, commit: str) -> None:
        """Begin to make the pack of `commit` for the cache, where there is one and it lacks much of it. `wait` waits.

        It runs beside whatever follows, for the next creation gains by it and this one does not.
        """
        if self.cache is None or self._keeping is not None:
            return
        self._keeping = threading.Thread(target=self._keep, args=(commit,), name="keep-base")
        self._keeping.start()

    def wait(self) -> None:
        """Until nothing of `keep_base` is under way."""
        if self._keeping is not None:
            self._keeping.join()
            self._keeping = None

    def _keep(self, commit: str) -> None:
        assert self.cache is not None
        kept = basepack.place(self.cache, self.common_dir)
        with suppress(SandboxError, OSError), basepack.alone(kept) as alone:  # a full disk costs only the pack
            wanted = list(self._closure(commit))
            if alone and basepack.worth_making(wanted, self.sizes(wanted), self._owned()):
                basepack.publish(self._pack(wanted), self.packs, kept)

    # --- trees ---

    @property
    def empty_tree(self) -> str:
        return self._id(self.git("hash-object", "-t", "tree", "-w", "--stdin"))

    def tree_of(self, commit: str) -> str:
        """The tree of a commit; a tree is its own."""
        return self._id(self.git("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}"))

    def list_tree(self, tree: str) -> dict[str, Entry]:
        """Every file of a tree by its path, submodules included."""
        return trees.parse_listing(self.git("ls-tree", "-r", "-z", "--full-tree", tree))

    def read_tree_entry(self, tree: str, path: str) -> Entry | None:
        """What lies at `path`: None where nothing does; a directory is not an entry of this kind, so None too."""
        return self.read_tree_entries(tree, [path]).get(path)

    def read_tree_entries(self, tree: str, names: Sequence[str]) -> dict[str, Entry]:
        """Those of these paths at which something lies that is no directory."""
        if not names:  # to git, no path is every path
            return {}
        found = trees.parse_listing(self.git("ls-tree", "-z", "--full-tree", tree, "--", *names))
        return {path: entry for path, entry in found.items() if entry.mode != "040000"}

    def write_tree(self, entries: Mapping[str, Entry]) -> str:
        """The tree that holds exactly `entries`."""
        return self._tree_from(None, entries)

    def tree_with(self, tree: str, changes: Mapping[str, Entry | None]) -> str:
        """`tree` with some paths put in, replaced, or (None) taken out."""
        return self._tree_from(tree, changes) if changes else self.tree_of(tree)

    def _tree_from(self, start: str | None, changes: Mapping[str, Entry | None]) -> str:
        with self._scratch_index() as index:
            if start is not None:
                self.git("read-tree", start, index=index)
            absent = "0" * (64 if self.object_format == "sha256" else 40)
            self.git("update-index", "-z", "--index-info", input=trees.index_info(changes, absent), index=index)
            return self._id(self.git("write-tree", index=index))

    @contextmanager
    def _scratch_index(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self.git_dir, prefix="index-") as scratch:
            yield Path(scratch, "index")

    def diff(self, a: str, b: str) -> tuple[Change, ...]:
        """What differs from tree `a` to tree `b`. Renames are a removal and an addition."""
        return trees.parse_changes(self.git("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", a, b))

    def patch(self, a: str, b: str) -> bytes:
        """The same as a patch in git's format, complete: binary files and full ids included."""
        return self.git(
            "diff-tree", "-r", "-p", "--binary", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv",
            "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "--diff-algorithm=histogram", a, b,
        )  # fmt: skip

    def commit(self, tree: str, parents: Sequence[str], message: str, when: int) -> str:
        """A commit in the box, by no one in particular, at `when` (seconds since 1970, UTC). Reproducible."""
        argv = ["commit-tree", tree, *itertools.chain.from_iterable(("-p", parent) for parent in parents)]
        dates = {"GIT_AUTHOR_DATE": f"@{when} +0000", "GIT_COMMITTER_DATE": f"@{when} +0000"}
        return self._id(run_git(argv, git_dir=self.git_dir, input=message.encode() or b"\n", env=dates))

    @staticmethod
    def _id(out: bytes) -> str:
        return out.decode("ascii").strip()


def make_repository(git_dir: Path, found: Checkout, *, stores: Iterable[Path], bare: bool) -> None:
    """A repository written by hand, so that nothing of a template or of the user's settings gets into it."""
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (git_dir / name).mkdir(parents=True)
    (git_dir / "HEAD").write_text("ref: refs/heads/box\n", encoding="ascii")
    (git_dir / "config").write_bytes(os.fsencode(_config_text(found, bare)))
    (git_dir / "objects/info/alternates").write_bytes(
        b"".join(os.fsencode(checkouts.quote_alternate(store)) + b"\n" for store in stores)
    )
    if (shallow := found.common_dir / "shallow").is_file():
        shutil.copyfile(shallow, git_dir / "shallow")


def _config_text(found: Checkout, bare: bool) -> str:
    keys = dict(found.config)
    version = 1 if any(key.startswith("extensions.") for key in keys) else 0
    lines = ["[core]", f"\trepositoryFormatVersion = {version}", f"\tbare = {str(bare).lower()}"]
    lines += ["[gc]", "\tauto = 0"]
    for key, value in keys.items():
        section, _, name = key.partition(".")
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        lines += [f"[{section}]", f'\t{name} = "{escaped}"']
    return "\n".join(lines) + "\n"


def write_whole(path: Path, data: bytes) -> None:
    """All of it or nothing for whoever reads it; what a power cut leaves may be empty."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(data)
    beside.replace(path)


def write_durably(path: Path, data: bytes) -> None:
    """All of it or nothing, also where the machine stops. A journal writes out much else with it, so use it rarely."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def remove_tree(path: Path) -> None:
    """Remove a directory, also where files in it forbid it to their owner, and however deep it is."""
    try:
        path.chmod(0o700)
        top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        pending = _emptied(top, top)
        while pending:
            name = pending.pop()
            os.chmod(name, 0o700, dir_fd=top)
            here = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)
            try:
                pending += _emptied(here, top)
            finally:
                os.close(here)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    path.rmdir()


def _emptied(here: int, top: int) -> list[str]:
    """Remove the files of a directory and lift those below it to the top, so that neither the length of a path nor the
    number of open descriptors sets a limit. Their new names."""
    lifted = []
    for name in os.listdir(here):
        try:
            os.unlink(name, dir_fd=here)
        except IsADirectoryError:
            os.chmod(name, 0o700, dir_fd=here)  # a directory that moves is written to
            fresh = uuid4().hex
            os.rename(name, fresh, src_dir_fd=here, dst_dir_fd=top)
            lifted.append(fresh)
    return lifted

"""The box of a job: where its base, its trees and its blobs lie, in core's values."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sandbox import Box, Entry
from sandbox.hazards import hazards
from sandbox.leftovers import remove_workspace
from swe_agent.core.diff import GITLINK, FileChange, FileEntry, Spliced, diff_file
from swe_agent.core.moves import Lone, moves
from swe_agent.core.ports import Clock
from swe_agent.core.proposal import HazardNote
from swe_agent.workspace.translate import translated


class JobBox:
    """A snapshot is written through this, and a proposal is read back from it."""

    def __init__(self, box: Box, clock: Clock) -> None:
        self.box = box
        self._clock = clock

    @classmethod
    def create(cls, checkout: Path, root: Path, clock: Clock, *, packs: Path | None = None) -> JobBox:
        """`packs` is kept between boxes of a repository, so that the next ones are laid out faster."""
        with translated():
            return cls(Box.create(checkout, root, cache=packs), clock)

    @classmethod
    def open(cls, root: Path, clock: Clock) -> JobBox:
        with translated():
            return cls(Box.open(root), clock)

    @property
    def has_workspace(self) -> bool:
        """Whether a work tree is laid out, whole."""
        return (self.box.root / "workspace.json").exists()

    def clear_workspace(self) -> None:
        """Remove what a process that died half-way left beside the box."""
        with translated():
            remove_workspace(self.box.root)

    # ---- what repo.snapshot writes

    def write_files(self, paths: Sequence[Path]) -> Sequence[str]:
        """Store these files' bytes as they are; their ids in the same order."""
        with translated():
            # Git reads names line by line, and takes a carriage return before the line's end for a part of that end.
            plain = [path for path in paths if "\n" not in str(path) and not str(path).endswith("\r")]
            data = b"".join(os.fsencode(path) + b"\n" for path in plain)
            ids = self.box.git("hash-object", "-w", "--no-filters", "--stdin-paths", input=data).decode().split()
            known = dict(zip(plain, ids, strict=True))
            return [known[path] if path in known else self.box.write_blob(path.read_bytes()) for path in paths]

    def write_blob(self, data: bytes) -> str:
        with translated():
            return self.box.write_blob(data)

    def tree_of(self, commit: str | None) -> str:
        with translated():
            return self.box.tree_of(commit) if commit else self.box.empty_tree

    def tree_with(self, tree: str, changes: Mapping[str, FileEntry | None]) -> str:
        entries = {path: Entry(mode=e.mode, id=e.id) if e else None for path, e in changes.items()}
        with translated():
            return self.box.tree_with(tree, entries)

    def commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        with translated():
            return self.box.commit(tree, parents, message, int(self._clock().timestamp()))

    # ---- what a proposal is read from

    def keep(self, *ids: str) -> None:
        """Hold an own copy of everything below these commits or trees, whatever the user's `git gc` does."""
        with translated():
            self.box.own_objects(*ids)

    def borrow(self, other: JobBox, commit: str) -> None:
        """Make a commit of another box, with its trees and files, our own."""
        store = self.box.git_dir / "objects"
        with translated():
            alternates = store / "info" / "alternates"
            before = alternates.read_bytes()
            alternates.write_bytes(before + os.fsencode(other.box.git_dir / "objects") + b"\n")
            try:
                self.box.own_objects(commit)
            finally:
                alternates.write_bytes(before)

    def blob(self, id: str) -> bytes:
        with translated():
            return self.box.blob(id)

    def contents(self, changes: Iterable[FileChange]) -> dict[str, bytes]:
        """Both ends of these changes by their ids, read at once; submodules have none."""
        entries = [entry for change in changes for entry in (change.old, change.new) if entry]
        with translated():
            return self.box.blobs(entry.id for entry in entries if entry.mode != GITLINK)

    def entry_of(self, image: Spliced | None) -> FileEntry | None:
        """A file to be put into a tree, with its content written."""
        return FileEntry(mode=image.mode, id=self.write_blob(image.data)) if image else None

    def files(self, tree: str) -> dict[str, FileEntry]:
        with translated():
            return {path: FileEntry(mode=e.mode, id=e.id) for path, e in self.box.list_tree(tree).items()}

    def changes(self, base: str, head: str) -> tuple[FileChange, ...]:
        """What differs between two trees, in blocks. A file that was moved is one change, at its new path."""
        with translated():
            found = self.box.diff(base, head)
            ids = [
                id_
                for c in found
                for mode, id_ in ((c.old_mode, c.old_id), (c.new_mode, c.new_id))
                if id_ and mode and mode != GITLINK and id_.strip("0")
            ]
            blobs = self.box.blobs(ids)
        old = {c.path: Lone(entry=e, data=blobs.get(e.id, b"")) for c in found if (e := _entry(c.old_mode, c.old_id))}
        new = {c.path: Lone(entry=e, data=blobs.get(e.id, b"")) for c in found if (e := _entry(c.new_mode, c.new_id))}
        moved = moves(
            {path: one for path, one in old.items() if path not in new},
            {path: one for path, one in new.items() if path not in old},
        )
        changes = []
        for path in (c.path for c in found if c.path not in moved.values()):
            was, now = old.get(moved.get(path, path)), new.get(path)
            changes.append(
                diff_file(
                    path,
                    was.entry if was else None,
                    now.entry if now else None,
                    was.data if was else b"",
                    now.data if now else b"",
                    moved.get(path, ""),
                )
            )
        return tuple(changes)

    def hazards(self, base: str, head: str) -> tuple[HazardNote, ...]:
        with translated():
            changes = self.box.diff(base, head)
            found = hazards(changes, self.box.blob)
        return tuple(HazardNote(kind=h.kind, path=h.path, detail=h.detail) for h in found)

    def patch(self, base: str, head: str) -> bytes:
        with translated():
            return self.box.patch(base, head)


def _entry(mode: str | None, id_: str | None) -> FileEntry | None:
    return FileEntry(mode=mode, id=id_) if mode and id_ and id_.strip("0") else None

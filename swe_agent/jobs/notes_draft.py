"""A tree of notes as it is to become: what is there, what others have written, what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from swe_agent.core.evidence import Evidence
from swe_agent.core.key import Key
from swe_agent.metrics.attribution.compaction import Compacted, compacted
from swe_agent.repo import notes
from swe_agent.repo.git import Git
from swe_agent.repo.line_notes import Labels, lines_labelled, merged_note, write_note
from swe_agent.repo.notes import Change, Entry
from swe_agent.repo.segments import NotReadable, read_segment, write_segment


class Draft:
    """Begins as the tree at `tip`, which may be empty. Nothing is written until `change` is carried out."""

    def __init__(self, git: Git, tip: str) -> None:
        self._git = git
        self._tip = tip
        self._parents = [tip] if tip else []
        self._was = notes.tree_of(git, tip)
        self._is: dict[str, Entry | bytes] = dict(self._was)
        self.damaged: list[str] = []
        """What could not be read of keys and evidence, and why."""

    def take_up(self, other: str) -> bool:
        """Another history of notes, by its newest commit: its keys and evidence are added; a note is taken from the
        side that has changed it, and where both have, holds the lines of both. False where it is contained already, or
        is not here."""
        if not self._git.text("rev-list", "--max-count=1", other, *(f"^{one}" for one in self._parents), check=False):
            return False
        base: Mapping[str, Entry] = {}
        if self._tip:
            base = notes.tree_of(self._git, self._git.text("merge-base", self._tip, other, check=False))
        theirs = notes.tree_of(self._git, other)
        for name, entry in theirs.items():
            here = self._is.get(name)
            if here is None:
                # A note that was removed here, and that they have left as it was, stays removed.
                if not notes.is_note(name) or base.get(name, entry).blob != entry.blob or name not in base:
                    self._is[name] = entry
            elif notes.is_note(name) and (isinstance(here, bytes) or here.blob != entry.blob):
                self._is[name] = self._merged(base.get(name), here, entry)
        for name, entry in base.items():
            if notes.is_note(name) and name not in theirs and self._blob(name) == entry.blob:
                del self._is[name]
        self._parents.append(other)
        return True

    def _merged(self, base: Entry | None, ours: Entry | bytes, theirs: Entry) -> Entry | bytes:
        entries = {"base": base, "ours": ours, "theirs": theirs}
        read = dict(notes.contents(self._git, {n: e for n, e in entries.items() if isinstance(e, Entry)}))
        here, there = ours if isinstance(ours, bytes) else read.get("ours", b""), read.get("theirs", b"")
        merged = merged_note(read.get("base"), here, there)
        return theirs if merged == there else ours if merged == here else merged

    def _blob(self, name: str) -> str:
        here = self._is.get(name)
        return here.blob if isinstance(here, Entry) else ""

    def add_evidence(self, more: Iterable[Evidence], keys: Iterable[Key]) -> tuple[Compacted, tuple[Key, ...]]:
        """Put in what is in no segment yet, pack small segments together, and add those of `keys` that any evidence is
        made with. What was done, and the keys that the notes hold."""
        segments: dict[str, Evidence] = {}
        held: dict[str, Key] = {}
        wanted = {
            name: entry
            for name, entry in self._is.items()
            if isinstance(entry, Entry) and (notes.is_segment(name) or notes.is_key(name))
        }
        for name, data in notes.contents(self._git, wanted):
            try:
                if notes.is_key(name):
                    key = notes.read_key(data)
                    held[key.id] = key
                else:
                    segments[name] = read_segment(data)
            except NotReadable as error:  # it stays where it is: a newer program may know what it is
                self.damaged.append(f"{name}: {error}")
        done = compacted(segments, more)
        for name in done.gone:
            del self._is[name]
        for evidence in done.new:
            data = write_segment(evidence)
            self._is[notes.segment_path(data)] = data
        used = {evidence.key for evidence in (*segments.values(), *done.new)}
        for key in keys:
            if key.id in used and key.id not in held:
                self._is[notes.key_path(key)] = notes.write_key(key)
                held[key.id] = key
        return done, tuple(held.values())

    def label(self, labels: Mapping[str, Labels]) -> int:
        """Put these notes on commits, in the place of what was said of their lines before; how many have changed. Where
        the same lines are labelled already, the block that somebody has named stands: of two that are alike, clones
        could for ever name the one and the other."""
        wanted = {name: entry for name in labels if isinstance(entry := self._is.get(name), Entry)}
        there = dict(notes.contents(self._git, wanted))
        changed = 0
        for name, lines in labels.items():
            here = self._is.get(name, b"")
            before = here if isinstance(here, bytes) else there.get(name, b"")
            data = write_note(lines, before)
            if data != before and lines_labelled(data) != lines_labelled(before):
                self._is[name] = data
                changed += 1
        return changed

    @property
    def ahead(self) -> str:
        """A history that was taken up, and that is all that there is to write; empty where there is none such."""
        for other in self._parents[1 if self._tip else 0 :]:
            if self._tip and self._git.text("rev-list", "--max-count=1", self._tip, f"^{other}", check=False):
                continue
            theirs = notes.tree_of(self._git, other)
            if {name: self._blob(name) for name in self._is} == {name: entry.blob for name, entry in theirs.items()}:
                return other
        return ""

    def change(self) -> Change:
        return Change(
            parents=tuple(self._parents),
            tree=self._was,
            new={name: data for name, data in self._is.items() if isinstance(data, bytes)},
            blobs={
                name: entry.blob
                for name, entry in self._is.items()
                if isinstance(entry, Entry) and self._was.get(name) != entry
            },
            gone=[name for name in self._was if name not in self._is],
        )

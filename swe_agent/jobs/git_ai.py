"""Notes of git-ai on commits, read from where that tool keeps them, and taken into the books.

What a note says of a commit's lines is recorded as evidence of these lines: from then on they are followed as those of
our own blocks are. A note tells no decisions, so acceptance has nothing of it, and nobody is attested as human by it:
lines that are in no range are nobody's as far as that tool knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from swe_agent.core.diff import is_binary
from swe_agent.core.evidence import Evidence, EvidenceBlock, EvidenceRecorded
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.known import key_to_record_with, known
from swe_agent.metrics.attribution.accepted import accepted_lines
from swe_agent.metrics.attribution.change import rows, text
from swe_agent.metrics.attribution.interop.git_ai import TOOL, NotGitAi, Wrote, parse, wrote
from swe_agent.metrics.attribution.packing import pack
from swe_agent.metrics.attribution.tokens import Hasher
from swe_agent.repo import history, notes
from swe_agent.repo.blobs import blobs
from swe_agent.repo.git import Git
from swe_agent.store.lines import locked

REF = "refs/notes/ai"
PREFIX = "git-ai/"
"""Of the ids of blocks that are known from these notes."""
_AT_ONCE = 200
"""Commits whose files are held in memory at a time."""

_FEW = 200
"""Paths that git can be asked for by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesTaken:
    """`known` are commits whose notes were taken in before, `unreadable` such whose notes are not `authorship/3.0.0`;
    `lost` are commits with a note that are not in this repository."""

    commits: int = 0
    blocks: int = 0
    lines: int = 0
    known: int = 0
    unreadable: int = 0
    lost: int = 0


def git_ai_labels(git: Git, commits: Iterable[str]) -> dict[str, dict[str, list[Wrote]]]:
    """Of those commits that have a note which can be read: by path, who wrote which of their lines. Lines that are in
    no range are nobody's, as far as that tool knows."""
    tree = notes.tree_of(git, notes.tip_of(git, REF))
    found = {}
    for commit, data in notes.contents(git, {commit: tree[commit] for commit in commits if commit in tree}):
        with suppress(NotGitAi):
            found[commit] = wrote(parse(data.decode("utf-8", "surrogateescape")))
    return found


def take_in_notes(kit: Kit) -> NotesTaken:
    """Record what the notes say that is not recorded yet. What swe-agent itself has written there is passed over."""
    git = kit.place.git
    noted = [name for name in notes.tree_of(git, notes.tip_of(git, REF)) if notes.is_note(name)]
    key = key_to_record_with(kit)
    hasher = Hasher(key.secret)
    with locked(kit.place.paths.ingest_lock):
        ids = (block.id for one in known(kit).evidence for block in one.blocks)
        before = {id_.split("/")[1] for id_ in ids if id_.startswith(PREFIX)}
        new = [commit for commit in noted if commit not in before]
        there = history.parents_and_times(git, new)
        labels = git_ai_labels(git, there)
        made: dict[str, Evidence] = {}
        for first in range(0, len(labels), _AT_ONCE):
            kit.voices.progress(f"reading notes of git-ai: {first:,} of {len(labels):,}")
            some = list(labels)[first : first + _AT_ONCE]
            files = _files(git, {commit: labels[commit] for commit in some})
            for commit in some:
                found = _evidence(key.id, hasher, commit, there[commit], labels[commit], files)
                if found is not None:
                    made[commit] = found
        kit.voices.progress("")
        kit.books.journal.append_all(
            [(f"git-ai-{commit[:16]}", EvidenceRecorded(evidence=one)) for commit, one in made.items()]
        )
    blocks = [block for one in made.values() for block in one.blocks]
    return NotesTaken(
        commits=len(made),
        blocks=len(blocks),
        lines=sum(block.lines for block in blocks),
        known=len(noted) - len(new),
        unreadable=len(there) - len(labels),
        lost=len(new) - len(there),
    )


def _files(git: Git, labels: Mapping[str, Mapping[str, Sequence[Wrote]]]) -> dict[tuple[str, str], list[str]]:
    """By commit and path, the lines of each file that a note names."""
    ids = {}
    for commit, by_path in labels.items():
        tree = history.tree(git, commit, by_path if len(by_path) < _FEW else ()) or {}
        ids.update({(commit, path): tree[path] for path in by_path if path in tree})
    texts = blobs(git, sorted(set(ids.values())))
    return {
        at: list(map(text, rows(texts[blob])))
        for at, blob in ids.items()
        if blob in texts and not is_binary(texts[blob])
    }


def _evidence(
    key: str,
    hasher: Hasher,
    commit: str,
    parent_and_time: tuple[str, int],
    labels: Mapping[str, Sequence[Wrote]],
    files: Mapping[tuple[str, str], Sequence[str]],
) -> Evidence | None:
    """The ranges that agents wrote, each as a block that came to be on top of the commit's parent."""
    blocks: list[EvidenceBlock] = []
    lines = []
    parent, at = parent_and_time
    when = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
    for path, one in _of_agents(labels):
        whole = files.get((commit, path), ())
        added = whole[one.first - 1 : one.last]
        if not added:
            continue
        lines += accepted_lines(hasher, (), added)
        blocks.append(
            EvidenceBlock(
                id=f"{PREFIX}{commit}/{_digits(f'{path}:{one.session}')}:{one.first}",
                session=one.session or f"{PREFIX}{commit[:12]}",
                model=one.model,
                author="",
                path=path,
                base=parent,
                at=when,
                lines=len(added),
            )
        )
    return Evidence(key=key, blocks=tuple(blocks), packed=pack(lines)) if blocks else None


def _of_agents(labels: Mapping[str, Sequence[Wrote]]) -> Iterator[tuple[str, Wrote]]:
    for path, told in sorted(labels.items()):
        for one in sorted(told, key=lambda one: (one.first, one.last)):
            if one.kind == "ai" and one.tool != TOOL and 1 <= one.first <= one.last:
                yield path, one


def _digits(name: str) -> str:
    return sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]

"""Decisions made elsewhere, taken into the books: all of a file or nothing of it, and each decision once for ever.

Text is diffed and hashed line by line as it is read, and not kept. A decision is known again by its id: the journal has
a job of its own for each, and which are new is decided under a lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from swe_agent.core.diff import Block, FileEntry, changed_runs, diff_file, split_lines
from swe_agent.core.evidence import Evidence, EvidenceBlock, Ingested, IngestedBlock, IngestedEdit
from swe_agent.core.key import Key
from swe_agent.jobs.given import Given, given_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.known import key_to_record_with, lines_of
from swe_agent.metrics.attribution.accepted import accepted_lines, replaced
from swe_agent.metrics.attribution.packing import Line, pack
from swe_agent.metrics.attribution.tokens import Hasher
from swe_agent.metrics.fold import effective_lines
from swe_agent.repo.commits import commit_of
from swe_agent.store.lines import locked
from swe_agent.syntax.language import language_of

_SHOWN_EVERY = 1000
_AT_ONCE = 200
"""Texts that are held in memory at a time."""
_WHOLE = 40
"""Digits of a commit's whole id, or more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a file of decisions came to. `known` were taken in before, or stand in the file twice."""

    decisions: int = 0
    accepted: int = 0
    rejected: int = 0
    known: int = 0
    blocks: int = 0
    lines: int = 0
    """Effective ones, of all blocks taken in."""


def ingest(kit: Kit, lines: Iterable[bytes]) -> Taken:
    """Take in decisions, one JSON object a line. UsageError for a line that is none, and then nothing is taken in."""
    hashing, journal = _Hashing(kit, key_to_record_with(kit)), lines_of(kit)
    found: dict[str, Ingested] = {}
    read = 0
    for some in _in_rows(_given(kit, lines)):
        read += len(some)
        known = journal.taken(job_of(given.id) for given in some)  # they need not be hashed again
        for given in some:
            job = job_of(given.id)
            if job not in known and job not in found:
                found[job] = hashing.ingested(given)
    kit.voices.progress("")
    with locked(kit.place.paths.ingest_lock):
        known = journal.taken(found)
        new = {job: body for job, body in found.items() if job not in known}
        kit.books.journal.append_all(list(new.items()))
    edits = [body.edit for body in new.values()]
    return Taken(
        decisions=len(edits),
        accepted=sum(edit.accepted for edit in edits),
        rejected=sum(not edit.accepted for edit in edits),
        known=read - len(new),
        blocks=sum(len(edit.blocks) for edit in edits),
        lines=sum(block.lines for edit in edits for block in edit.blocks),
    )


def job_of(edit: str) -> str:
    """Under which the journal keeps a decision: by the id that the other tool gave it."""
    return "ingest-" + sha256(edit.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _given(kit: Kit, lines: Iterable[bytes]) -> Iterator[Given]:
    top, now = str(kit.place.checkout.top), kit.time.clock()
    for number, line in enumerate(lines, start=1):
        if number % _SHOWN_EVERY == 0:
            kit.voices.progress(f"reading decisions: {number:,}")
        if line.strip():
            yield given_of(line, number, top=top, now=now)


def _in_rows(given: Iterator[Given]) -> Iterator[list[Given]]:
    while row := list(islice(given, _AT_ONCE)):
        yield row


class _Hashing:
    """From texts to what is kept of them."""

    def __init__(self, kit: Kit, key: Key) -> None:
        self._kit = kit
        self._key = key
        self._hasher = Hasher(key.secret)
        self._bases: dict[str, str] = {}

    def ingested(self, given: Given) -> Ingested:
        before, after = given.before or b"", given.after or b""
        old, new = _entry(given.before), _entry(given.after)
        proposed = None if given.proposed is None else _Proposed(before, given.proposed)
        blocks = [
            (block, proposed.beside(block) if proposed and block.kind == "lines" else None)
            for block in diff_file(given.path, old, new, before, after).blocks
        ]
        edit = IngestedEdit(
            id=given.id,
            session=given.session,
            path=given.path,
            language=language_of(given.path),
            model=given.model,
            author=self._hasher.mark(given.author) if given.author else "",
            base=self._base(given.base),
            at=given.at,
            accepted=given.accepted,
            tool=given.tool,
            kind=given.kind,
            reason=given.reason,
            blocks=tuple(
                IngestedBlock(
                    id=str(number),
                    added=len(block.added),
                    removed=len(block.removed),
                    lines=effective_lines(block),
                    edited=of_agent is not None and of_agent != block.added,
                )
                for number, (block, of_agent) in enumerate(blocks, start=1)
            ),
        )
        return Ingested(edit=edit, evidence=self._evidence(edit, blocks) if given.accepted else None)

    def _evidence(self, edit: IngestedEdit, blocks: Sequence[tuple[Block, tuple[str, ...] | None]]) -> Evidence | None:
        told: list[EvidenceBlock] = []
        lines: list[Line] = []
        gone = replaced([block for block, _ in blocks])
        for number, (block, of_agent) in enumerate(blocks, start=1):
            if not block.added:
                continue
            lines += accepted_lines(self._hasher, gone[number - 1], block.added, of_agent)
            told.append(
                EvidenceBlock(
                    id=f"{edit.id}/{number}",
                    session=edit.session,
                    model=edit.model,
                    author=edit.author,
                    path=edit.path,
                    base=edit.base,
                    at=edit.at,
                    lines=len(block.added),
                )
            )
        return Evidence(key=self._key.id, blocks=tuple(told), packed=pack(lines)) if told else None

    def _base(self, named: str) -> str:
        """The whole id of a commit that is known here; another one as it was given."""
        if len(named) >= _WHOLE or not named:
            return named
        if named not in self._bases:
            self._bases[named] = commit_of(self._kit.place.git, named) or named
        return self._bases[named]


def _entry(data: bytes | None) -> FileEntry | None:
    return None if data is None else FileEntry(mode="100644", id=sha256(data).hexdigest())


class _Proposed:
    """What the agent had written, where a person has changed it before they took it."""

    def __init__(self, before: bytes, proposed: bytes) -> None:
        self._lines = split_lines(proposed)
        self._runs = changed_runs(split_lines(before), self._lines)

    def beside(self, block: Block) -> tuple[str, ...]:
        """What it had put in the place of the lines that the block replaces, or right beside them."""
        first, last = block.base_start, block.base_start + len(block.removed)
        runs = (run for run in self._runs if run[0] <= last and run[1] >= first)
        return tuple(line for _, _, start, end in runs for line in self._lines[start:end])

"""All evidence that is known here, whoever recorded it, and the keys that it is made with: from journal and notes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from swe_agent.core.evidence import Evidence
from swe_agent.core.key import Key, key_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.notes_state import state_of
from swe_agent.metrics.attribution.compaction import each_once
from swe_agent.repo import notes
from swe_agent.store.evidence import NOWHERE, EvidenceLines
from swe_agent.store.keys import KeyFile


class Loaded(NamedTuple):
    keys: dict[str, bytes]
    evidence: tuple[Evidence, ...]
    damaged: tuple[str, ...]


class Known:
    """`keys` by their ids; `evidence` with each block once, its lines packed; `damaged` names what could not be read of
    the notes, and why. They are read when they are asked for; `digest`, which changes where any of it does, is had
    without that."""

    __slots__ = ("_load", "_loaded", "digest")

    def __init__(self, digest: str, load: Callable[[], Loaded]) -> None:
        self.digest = digest
        self._load = load
        self._loaded: Loaded | None = None

    @property
    def keys(self) -> dict[str, bytes]:
        return self._all().keys

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return self._all().evidence

    @property
    def damaged(self) -> tuple[str, ...]:
        return self._all().damaged

    def _all(self) -> Loaded:
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded


def known(kit: Kit) -> Known:
    tip, own, lines = notes.tip_of(kit.place.git), _own(kit), lines_of(kit)
    last = lines.last()
    digest = "-".join([f"{last.start:x}", f"{last.digest:x}", tip, *(key.id for key in own)])

    def load() -> Loaded:
        noted = notes.read_notes(kit.place.git, tip)
        after = NOWHERE if noted.damaged else state_of(kit).in_notes(tip)
        evidence = each_once((*noted.evidence, *lines.evidence(after)), set())
        return Loaded({key.id: key.secret for key in (*own, *noted.keys)}, tuple(evidence), noted.damaged)

    return Known(digest, load)


def lines_of(kit: Kit) -> EvidenceLines:
    return EvidenceLines(kit.place.paths.ledger, kit.books.journal)


def key_to_record_with(kit: Kit) -> Key:
    """The oldest key that is known here, from whomever it came with notes; a new one where there is none."""
    file = KeyFile(kit.place.paths.attribution_keys)
    file.add(notes.read_keys(kit.place.git, notes.tip_of(kit.place.git)))
    return file.first(lambda: key_of(kit.time.new_key(), kit.time.clock()))


def _own(kit: Kit) -> Sequence[Key]:
    return KeyFile(kit.place.paths.attribution_keys).known()

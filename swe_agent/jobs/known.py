"""All evidence that is known here, whoever recorded it, and the keys that it is made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from swe_agent.core.evidence import Evidence
from swe_agent.core.key import Key, key_of
from swe_agent.jobs.kit import Kit
from swe_agent.store.evidence import EvidenceLines
from swe_agent.store.keys import KeyFile


class Known:
    """`keys` by their ids. `digest` changes where keys or evidence do, and is had without reading the evidence, which
    is read when it is asked for: each block once, its lines packed."""

    __slots__ = ("_evidence", "_load", "digest", "keys")

    def __init__(self, keys: Mapping[str, bytes], digest: str, load: Callable[[], tuple[Evidence, ...]]) -> None:
        self.keys = dict(keys)
        self.digest = digest
        self._load = load
        self._evidence: tuple[Evidence, ...] | None = None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        if self._evidence is None:
            self._evidence = self._load()
        return self._evidence


def known(kit: Kit) -> Known:
    keys = _keys(kit)
    lines = lines_of(kit)
    digest = "-".join([lines.digest(), *keys])
    return Known({id_: key.secret for id_, key in keys.items()}, digest, lambda: _each_once(lines.evidence()))


def lines_of(kit: Kit) -> EvidenceLines:
    return EvidenceLines(kit.place.paths.ledger, kit.books.journal)


def key_to_record_with(kit: Kit) -> Key:
    """The oldest key that is known here; a new one where there is none."""
    file = KeyFile(kit.place.paths.attribution_keys)
    return file.first(lambda: key_of(kit.time.new_key(), kit.time.clock()))


def _keys(kit: Kit) -> dict[str, Key]:
    return {key.id: key for key in KeyFile(kit.place.paths.attribution_keys).known()}


def _each_once(found: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """A block that was undone and has landed again is recorded again."""
    seen: set[str] = set()
    kept = []
    for evidence in found:
        ids = [block.id for block in evidence.blocks]
        if not seen.issuperset(ids):
            kept.append(evidence)
        seen.update(ids)
    return tuple(kept)

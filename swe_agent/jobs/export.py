"""What leaves for a team's own tools: sums, and hashes under a key that stays on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from swe_agent.core.key import key_of
from swe_agent.jobs.kit import Kit
from swe_agent.metrics.usage import Usage, people, proposals, usage, usage_records
from swe_agent.store.keys import KeyFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """`repository` is a hash; `days` are records in Copilot's field names; `rows` what they are made of; `proposals`
    only where they were asked for."""

    repository: str
    since: str
    days: tuple[dict[str, Any], ...]
    rows: tuple[Usage, ...]
    proposals: tuple[dict[str, Any], ...]


def export(kit: Kit, since: str = "", *, with_proposals: bool = False) -> Export:
    """`since` is a day, empty for all."""
    hashed, now = _hashed(kit), kit.time.clock()
    repository = hashed("repository", kit.place.paths.state.name)
    with kit.books.ledger.read() as database:
        rows = usage(database, now, since)
        return Export(
            repository=repository,
            since=since,
            days=tuple(usage_records(rows, repository, people(database, since))),
            rows=rows,
            proposals=tuple(proposals(database, hashed, now, since)) if with_proposals else (),
        )


def _hashed(kit: Kit) -> Callable[[str, str], str]:
    """Of a kind of id and the id. Not the key of attribution, which everybody has who has the notes."""
    key = KeyFile(kit.place.paths.export_key).first(lambda: key_of(kit.time.new_key(), kit.time.clock()))

    def hashed(kind: str, id_: str) -> str:
        text = f"{kind}\0{id_}".encode("utf-8", "surrogateescape")
        return blake2s(text, key=key.secret, digest_size=10).hexdigest()

    return hashed

"""Indexes of files in a dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from swe_agent.core.source import blob_id
from swe_agent.index.index import Index, build
from swe_agent.index.store import Store


def indexed(files: Mapping[str, str | bytes], store: Store | None = None, *, workers: int | None = None) -> Index:
    data = {
        path: text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text for path, text in files.items()
    }

    def read(paths: Sequence[str]) -> list[bytes]:
        return [data[path] for path in paths]

    return build([(path, blob_id(text)) for path, text in data.items()], read, store=store, workers=workers)

"""What files hold, kept by the ids of their blobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence


class Contents:
    """Files as they were read last, by the ids of their blobs: most searches look through all of them again."""

    MOST = 64_000_000
    """Bytes that are kept."""

    def __init__(self) -> None:
        self._by_blob: dict[str, bytes] = {}
        self._size = 0

    def read(self, blobs: Mapping[str, str], fetch: Callable[[str], bytes], paths: Sequence[str]) -> list[bytes]:
        return [self._one(blobs[path], fetch, path) for path in paths]

    def _one(self, blob: str, fetch: Callable[[str], bytes], path: str) -> bytes:
        if (kept := self._by_blob.get(blob)) is not None:
            return kept
        data = fetch(path)
        if self._size + len(data) <= self.MOST:
            self._by_blob[blob] = data
            self._size += len(data)
        return data

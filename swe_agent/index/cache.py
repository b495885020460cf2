"""Records on disk, one small file a blob: any clone, worktree or branch that holds the blob finds them.

The key holds all that a record depends on (blob, language, table, grammar, this format), so nothing is ever stale and
nothing is ever updated in place. A file that is torn or foreign is read as absent and written anew. Writers need no
lock: each writes a file of its own and renames it, and all of them write the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import zlib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from swe_agent.core.codec import CodecError, decode, encode
from swe_agent.index.symbols import Record
from swe_agent.syntax.language import language_of, languages
from swe_agent.syntax.tree import grammar_version

FORMAT = "1"
_DIGEST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Records below `directory`, which is made when the first of them is kept."""

    directory: Path

    def get(self, path: str, blob: str) -> Record | None:
        try:
            stored = self._file(path, blob).read_bytes()
        except OSError:
            return None
        digest, packed = stored[:_DIGEST], stored[_DIGEST:]
        if sha256(packed).digest()[:_DIGEST] != digest:
            return None
        try:
            return decode(Record, json.loads(zlib.decompress(packed)))
        except (CodecError, ValueError, zlib.error):
            return None

    def put(self, path: str, blob: str, record: Record) -> None:
        """Keeps the record; a disk that is full or read-only costs speed, never the answer."""
        packed = zlib.compress(json.dumps(encode(record), separators=(",", ":")).encode(), 1)
        target = self._file(path, blob)
        with contextlib.suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(target, sha256(packed).digest()[:_DIGEST] + packed)

    def _file(self, path: str, blob: str) -> Path:
        key = sha256(f"{blob}\0{extractor_version(language_of(path))}".encode()).hexdigest()
        return self.directory / key[:2] / key[2:]


@cache
def extractor_version(language: str) -> str:
    """What a record of this language depends on besides its blob. Without a language a `#!` line may name any."""
    names = [language] if language else sorted(languages())
    parts = [f"{name}:{languages()[name].digest}:{grammar_version(name)}" for name in names]
    return "\0".join([FORMAT, language, *parts])


def _write_whole(target: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as handle:
        written = Path(handle.name)
        try:
            handle.write(data)
            handle.flush()
            written.replace(target)
        except BaseException:
            written.unlink(missing_ok=True)
            raise

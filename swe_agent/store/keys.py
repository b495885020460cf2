"""Keys under which lines are hashed: the repository's, of which several may be known, and one that never leaves here.

A clone that records before it has seen anybody's notes makes a key of its own, so a repository may come to have more
than one. All are kept, for evidence under each is to be read; new evidence takes the oldest, which is the same one in
every clone that has seen the same notes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.key import Key, key_id
from swe_agent.store.lines import locked

VERSION = 1


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Readable by its owner alone, and replaced as a whole."""

    path: Path

    def known(self) -> tuple[Key, ...]:
        """Oldest first; none where there is no file yet. EnvironmentLacks for one that is damaged or newer."""
        try:
            data = json.loads(self.path.read_bytes())
            if data["v"] > VERSION:
                raise EnvironmentLacks(
                    f"{self.path} has version {data['v']}; this swe-agent knows up to {VERSION}",
                    hint="install the newer swe-agent that wrote it; nothing was changed",
                )
            found = [Key(made=one["made"], id=one["id"], secret=bytes.fromhex(one["key"])) for one in data["keys"]]
            if any(key_id(key.secret) != key.id for key in found):
                raise ValueError("a key is not what its id says")
            return tuple(sorted(found))
        except FileNotFoundError:
            return ()
        except (ValueError, KeyError, TypeError) as error:
            raise EnvironmentLacks(
                f"{self.path} is damaged: {error}",
                hint="take it from a backup. Without it what was recorded here says nothing; if you can do without, "
                "remove the file, and a new key is made",
            ) from error
        except OSError as error:
            raise self._unusable(error) from error

    def add(self, keys: Iterable[Key]) -> None:
        """Keep these too."""
        wanted = set(keys)
        if wanted <= set(self.known()):
            return
        with self._locked():
            self._write({*self.known(), *wanted})

    def first(self, make: Callable[[], Key]) -> Key:
        """The oldest key; where there is none, the one that is made now, by whichever process comes first."""
        if found := self.known():
            return found[0]
        with self._locked():
            if found := self.known():
                return found[0]
            made = make()
            self._write({made})
            return made

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with locked(self.path.with_suffix(".lock")):
                yield
        except OSError as error:
            raise self._unusable(error) from error

    def _write(self, keys: set[Key]) -> None:
        rows = [{"id": key.id, "key": key.secret.hex(), "made": key.made} for key in sorted(keys)]
        beside = self.path.with_suffix(".new")
        try:
            with open(beside, "wb", opener=_private) as file:
                file.write(json.dumps({"v": VERSION, "keys": rows}, indent=1).encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def _unusable(self, error: OSError) -> EnvironmentLacks:
        return EnvironmentLacks(
            f"cannot use the file of keys {self.path}: {error.strerror or error}",
            hint="free some space or make the folder writable, then again",
        )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_TRUNC | os.O_CLOEXEC, 0o600)

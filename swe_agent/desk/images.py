"""What a landing keeps before it writes: both contents of every file, on disk, and which checkout they are of."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from swe_agent.core.diff import FileEntry, Spliced
from swe_agent.core.errors import EnvironmentLacks
from swe_agent.core.proposal import TREE, LandedFile, Landing, Way
from swe_agent.desk.land import Planned

CHECKOUT = "checkout"
"""Beside the images, whose names are hashes."""


def mark(store: Path, top: Path) -> None:
    """Keep which checkout a landing goes into: worktrees of a repository share one journal."""
    try:
        store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        store.mkdir(mode=0o700, exist_ok=True)
        with open(store / CHECKOUT, "wb", opener=_private) as file:  # Path.open takes no opener
            file.write(os.fsencode(top))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _not_kept(error) from error


def _private(path: str, flags: int) -> int:
    """What the user's files hold is for nobody else, whatever their own permissions were."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def checkout_of(store: Path) -> Path | None:
    """The checkout that `mark` kept; None where there is no such landing here."""
    try:
        return Path(os.fsdecode((store / CHECKOUT).read_bytes()))
    except FileNotFoundError:
        return None


def _not_kept(error: OSError) -> EnvironmentLacks:
    return EnvironmentLacks(
        f"the pre-images cannot be kept: {error.strerror}; nothing was written",
        hint="free some space and try again",
    )


def store_images(store: Path, files: Sequence[Planned], landing: str, job: str, way: Way = TREE) -> Landing:
    """Keep both contents of every file, on disk, before anything is touched."""
    try:
        store.mkdir(parents=True, exist_ok=True)
        for file in files:
            for image in (file.before, file.after):
                if image is not None:
                    _keep(store, image.data)
        folder = os.open(store, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise _not_kept(error) from error
    return Landing(
        id=landing,
        job=job,
        files=tuple(
            LandedFile(path=f.path, before=_entry(f.before), after=_entry(f.after), had=f.had, gets=f.gets)
            for f in files
        ),
        way=way,
    )


def _keep(store: Path, data: bytes) -> None:
    path = store / sha256(data).hexdigest()
    if path.exists():
        return
    with open(path, "xb", opener=_private) as file:  # Path.open takes no opener
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _entry(image: Spliced | None) -> FileEntry | None:
    return FileEntry(mode=image.mode, id=sha256(image.data).hexdigest()) if image else None


def kept(store: Path, landing: Landing) -> tuple[Planned, ...]:
    """The files of a landing as they were kept."""
    return tuple(
        Planned(
            path=file.path, before=_stored(store, file.before), after=_stored(store, file.after), had=file.had,
            gets=file.gets,
        )
        for file in landing.files
    )  # fmt: skip


def _stored(store: Path, entry: FileEntry | None) -> Spliced | None:
    return Spliced(mode=entry.mode, data=(store / entry.id).read_bytes()) if entry else None

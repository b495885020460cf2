"""What of a repository must reach no model: the values of its files of secrets, and the files themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swe_agent.core.event import Warned
from swe_agent.core.known_secrets import KnownSecrets, values_of
from swe_agent.core.proposal import Snapshot
from swe_agent.core.secrets import is_for_tests, is_secret_file, strong_values
from swe_agent.jobs.job import Job
from swe_agent.workspace.workspace import Workspace

_MOST = 20_000
"""Files that are looked into for keys beyond doubt."""
_LARGEST = 200_000
"""Bytes of a file that is looked into for secrets."""


@dataclass(frozen=True, kw_only=True)
class Discretion:
    """`closed` are files that no tool shows and no command sees."""

    secrets: KnownSecrets
    closed: tuple[str, ...]


def keep_secret(job: Job, snapshot: Snapshot, space: Workspace) -> Discretion:
    """Close tracked files of secrets to tools and commands, and know the values of all such files, the user's untracked
    ones too: a program may print what it has read elsewhere. To be done before the first run of the tests, which must
    see what later ones see."""
    values, closed = list(job.kit.tuning.secrets), []
    for number, path in enumerate(space.files()):
        if number < _MOST:
            values += strong_values(_head(space, path))
        if not is_secret_file(path):
            continue
        path = space.target(path) or path  # a link of that name says what the file is that it leads to
        if found := values_of(_head(space, path)):
            values += found
            if not is_for_tests(path):  # those stay as they are, and their values are taken out of what is sent
                closed.append(path)
    for path in snapshot.left_out:
        values += values_of(_text(job.kit.place.checkout.top / path))
    hidden = space.mask(closed)
    said = f"hidden from the model and from commands, for they hold secrets: {', '.join(hidden)}"
    if hidden and not any(isinstance(body, Warned) and body.message == said for body in job.past):
        job.emit(Warned(message=said, hint="allow a file by its path in `sandbox.include` of your own settings"))
    return Discretion(secrets=KnownSecrets(values), closed=hidden)


def _head(space: Workspace, path: str) -> str:
    text = (space.own(path) or "")[:_LARGEST]
    return "" if "\0" in text[:8000] else text


def _text(path: Path) -> str:
    """Of a file in the user's tree, which is only looked at; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""

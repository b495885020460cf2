"""Our scripts in a repository's hooks folder: laid beside what stands there, and taken away so that nothing is left.

A script that stood there is moved aside under a name of its own, in its own folder, bytes, mode and all, and run first.
Which events a repository wants is told by empty files in our own folder, so that a hooks folder that several share can
hold our scripts for one of them alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from swe_agent.core.errors import EnvironmentLacks
from swe_agent.hooks import stub
from swe_agent.hooks.world import OFF
from swe_agent.repo.git import Git

State = Literal["on", "off", "lost", "gone", "moved"]
"""Of an event: of what is wanted, `lost` has another script in its place, or one that git does not start, `gone` has
none; `moved`: somebody keeps ours under another name."""
DEFAULT = tuple(event for event in stub.EVENTS if event != "prepare-commit-msg")
_RUN_AS, _LEFT_AS = ".legacy", ".old"
"""What pre-commit calls a script that it found and runs, and lefthook one that it runs no more."""
_MADE, _FOLDERS, _USERS = ".made-folders", ".folders", ".swe-agent-users"
"""Of paths, one a line: folders that we have made, those where our scripts were laid, and in a folder that repositories
share our own folders of those that want hooks there."""
_MANAGERS: Mapping[str, Sequence[str]] = {
    "pre-commit": (".pre-commit-config.yaml",),
    "lefthook": ("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml", "lefthook.toml", "lefthook.json"),
    "husky": (".husky",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """`origin` is where `core.hooksPath` is set, empty where it is not. `is_shared`: for more than this repository.
    `off` is what switches hooks off here; `tracked` are files of the folder that come with the project."""

    path: Path
    home: Path
    origin: str
    is_shared: bool
    managers: tuple[str, ...]
    off: str = ""
    tracked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """`before`: whether a script of somebody else's is run first."""

    event: str
    state: State
    path: Path
    before: bool


def folder_of(git: Git, top: Path) -> Folder:
    """By git, which knows of work trees, submodules and `core.hooksPath`."""
    hooks = Path(git.text("rev-parse", "--path-format=absolute", "--git-path", "hooks"))
    common = Path(git.text("rev-parse", "--path-format=absolute", "--git-common-dir"))
    told = git.text("config", "--show-scope", "--show-origin", "--get", "core.hooksPath", check=False)
    scope, origin, _ = told.split("\t", 2) if told else ("", "", "")
    managers = [name for name, files in _MANAGERS.items() if any((top / file).exists() for file in files)]
    rows = git.text("config", "--get-regexp", r"^hook\..*\.event$", check=False).splitlines()
    names = dict.fromkeys(row.partition(" ")[0].removeprefix("hook.").removesuffix(".event") for row in rows)
    managers += [f"git's own configuration ({', '.join(names)})"] if names else []
    return Folder(
        path=hooks,
        off=_off(git),
        tracked=_tracked(git, hooks, top),
        home=common / "swe-agent",
        origin=f"{scope}, {origin}" if told else "",
        is_shared=scope in ("global", "system"),
        managers=tuple(managers),
    )


def _off(git: Git) -> str:
    if (said := git.environment.get("SWE_AGENT_HOOKS", "")) in OFF:
        return f"SWE_AGENT_HOOKS={said}"
    if git.text("config", "--type=bool", "--get", "swe-agent.hooks", check=False) != "false":
        return ""
    told = git.text("config", "--show-scope", "--show-origin", "--get", "swe-agent.hooks", check=False)
    return f"swe-agent.hooks of git's configuration ({', '.join(told.split(chr(9))[:2])})"


def _tracked(git: Git, hooks: Path, top: Path) -> tuple[str, ...]:
    if not hooks.is_relative_to(top) or hooks.is_relative_to(top / ".git"):
        return ()
    return tuple(git.text("ls-files", "--", str(hooks), check=False).splitlines())


def install(folder: Folder, events: Iterable[str]) -> list[Placed]:
    """Idempotent: what is right already is not touched. EnvironmentLacks where the folder cannot be written."""
    wanted = folder.home / "hooks"
    entry = Path(__file__).with_name("entry.py")
    try:
        (folder.home / "spool").mkdir(parents=True, exist_ok=True)
        wanted.mkdir(exist_ok=True)
        made = [one for one in (folder.path, *folder.path.parents) if not one.exists()]
        folder.path.mkdir(parents=True, exist_ok=True)
        _write_rows(wanted / _MADE, [*_rows(wanted / _MADE), *map(str, made)])
        if folder.is_shared:
            _write_rows(folder.path / _USERS, [*_rows(folder.path / _USERS), str(folder.home)])
        else:
            _write_rows(wanted / _FOLDERS, [*_rows(wanted / _FOLDERS), str(folder.path)])
        for event in events:
            _lay(folder.path / event, event, entry)
            (wanted / event).touch()
    except OSError as error:
        hint = f"core.hooksPath is set there by {folder.origin}" if folder.origin else "who may write there?"
        raise EnvironmentLacks(
            f"cannot write to {error.filename or folder.path}: {error.strerror}", hint=hint
        ) from error
    return status(folder)


def _lay(path: Path, event: str, entry: Path) -> None:
    before = path.with_name(path.name + stub.BEFORE)
    foreign = _foreign(path)
    if foreign is not None:
        if _is_ours(path.with_name(path.name + _RUN_AS)):
            return  # a framework has taken its place, and runs ours itself
        left = path.with_name(path.name + _LEFT_AS)
        _drop_same(before, path)
        if _is_ours(left):
            _take(left, before)  # what it would have put aside without us
        if before.exists() or before.is_symlink():
            before.unlink()  # what a framework has replaced meanwhile
        path.rename(before)
    is_sourced = before.exists() and _goes_by_name(before)
    text = stub.script(event, python=sys.executable, entry=str(entry), is_sourced=is_sourced).encode()
    if path.exists() and path.read_bytes() == text and os.access(path, os.X_OK):
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".swe-agent-", delete=False) as file:
        file.write(text)
    Path(file.name).chmod(0o755)  # as git lays its samples
    os.replace(file.name, path)


def uninstall(folder: Folder, events: Sequence[str] = ()) -> list[str]:
    """The events whose scripts were taken away, of all or of some. In a shared folder they stay as long as another
    repository wants them, and do nothing here. EnvironmentLacks where the folder cannot be written."""
    chosen = tuple(events) or stub.EVENTS
    is_all = not any((folder.home / "hooks" / event).exists() for event in stub.EVENTS if event not in chosen)
    wanted = folder.home / "hooks"
    gone: list[str] = []
    try:
        for event in chosen:
            (wanted / event).unlink(missing_ok=True)
        users = _rows(folder.path / _USERS)
        others = [one for one in users if one != str(folder.home) and Path(one, "hooks").is_dir()]
        if folder.is_shared and is_all:
            _write_rows(folder.path / _USERS, others)
        # Also where they were laid before somebody set `core.hooksPath`, or took that back.
        laid = [folder.home.parent / "hooks", *map(Path, _rows(wanted / _FOLDERS))]
        places = dict.fromkeys([*laid, *([] if others else [folder.path])])
        taken = {event for event in chosen for place in places if _taken(place, event)}
        gone = [event for event in stub.EVENTS if event in taken]
        if not is_all:
            return gone
        made = sorted(map(Path, _rows(wanted / _MADE)), reverse=True)  # inner ones first
        for one in (wanted / _MADE, wanted / _FOLDERS):
            one.unlink(missing_ok=True)
        for empty in (*made, wanted, folder.home / "spool"):
            if empty.is_dir() and not any(empty.iterdir()):
                empty.rmdir()
    except OSError as error:
        raise EnvironmentLacks(f"cannot write to {error.filename}: {error.strerror}") from error
    return gone


def _taken(folder: Path, event: str) -> bool:
    """Wherever a framework may have put it."""
    path, before = folder / event, folder / f"{event}{stub.BEFORE}"
    if _foreign(path) is not None:
        _drop_same(before, path)
    ours = [path for ending in ("", _RUN_AS, _LEFT_AS) if _is_ours(path := folder / f"{event}{ending}")]
    for path in ours:
        _take(path, before)
    return bool(ours)


def _drop_same(before: Path, path: Path) -> None:
    """Of a script that a framework has written anew, the one before."""
    if before.is_file() and before.read_bytes() == path.read_bytes():
        before.unlink()


def _rows(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []


def _write_rows(path: Path, rows: Iterable[str]) -> None:
    """Each once; no file where there is none."""
    text = "".join(f"{one}\n" for one in dict.fromkeys(rows))
    if text:
        path.write_text(text, "utf-8", "surrogateescape")
    else:
        path.unlink(missing_ok=True)


def _take(path: Path, before: Path) -> None:
    if before.exists() or before.is_symlink():
        os.replace(before, path)
    else:
        path.unlink()


def status(folder: Folder) -> list[Placed]:
    """Of every event, in git's order."""
    found = []
    for event in stub.EVENTS:
        path = folder.path / event
        is_wanted = (folder.home / "hooks" / event).exists()
        is_kept = _is_ours(path.with_name(path.name + _RUN_AS))
        state: State = "off"
        if is_wanted:
            runs = _is_ours(path) and os.access(path, os.X_OK)
            state = "on" if runs else "moved" if is_kept else "lost" if path.exists() else "gone"
        before = path.with_name(path.name + stub.BEFORE)
        found.append(Placed(event=event, state=state, path=path, before=before.exists()))
    return found


def _foreign(path: Path) -> Path | None:
    return path if (path.exists() or path.is_symlink()) and not _is_ours(path) else None


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return stub.is_ours(file.read(400))
    except OSError:
        return False


def _goes_by_name(path: Path) -> bool:
    """Whether a script of sh asks under which name it was started, as husky's do: it finds by that what to run."""
    try:
        with path.open("rb") as file:
            text = file.read(4_000)
    except OSError:
        return False
    first = text.split(b"\n", 1)[0]
    return first.startswith(b"#!") and first.rstrip().endswith(b"sh") and b'. "$(dirname "$0")/h"' in text

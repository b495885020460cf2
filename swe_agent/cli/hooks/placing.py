"""What `hooks install`, `status`, `uninstall` and `allow` do and say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import typer

from swe_agent.config.places import process_environment
from swe_agent.core import added, secrets
from swe_agent.core.errors import UsageError
from swe_agent.hooks import placing
from swe_agent.hooks.stub import EVENTS
from swe_agent.repo.git import Git, find_checkout
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, line, safe, talk_console

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def _opened(directory: Path) -> tuple[Git, Path]:
    git = Git(directory.resolve(), process_environment())
    return git, find_checkout(git).top


def installed(events: Sequence[str], *, json: bool, directory: Path) -> None:
    wanted = tuple(EVENTS) if "all" in events else tuple(events) or placing.DEFAULT
    for event in wanted:
        if event not in EVENTS:
            raise UsageError(f"`{event}` is no hook of ours", hint=f"one of {', '.join(EVENTS)}, or `all`")
    folder = placing.folder_of(*_opened(directory))
    rows = placing.install(folder, wanted)
    if json:
        _print_json("HooksInstalled", folder, rows)
        return
    _tell(folder, rows)


def told(*, json: bool, directory: Path) -> None:
    folder = placing.folder_of(*_opened(directory))
    rows = placing.status(folder)
    if json:
        _print_json("HooksStatus", folder, rows)
    else:
        _tell(folder, rows)
    if any(row.state == "lost" for row in rows):
        raise typer.Exit(1)


def uninstalled(*, json: bool, directory: Path) -> None:
    folder = placing.folder_of(*_opened(directory))
    gone = placing.uninstall(folder)
    if json:
        jsonl.print_object("HooksUninstalled", folder=str(folder.path), events=gone)
        return
    said = f"taken away: {', '.join(gone)}" if gone else "none of our hooks stood there"
    talk_console().print(line(f"{said} ({folder.path})"))


def _print_json(type_: str, folder: placing.Folder, rows: Sequence[placing.Placed]) -> None:
    jsonl.print_object(
        type_,
        folder=str(folder.path),
        origin=folder.origin,
        managers=list(folder.managers),
        events=[{"event": row.event, "state": row.state, "before": row.before} for row in rows],
    )


_SAID = {
    "on": "on",
    "off": "off",
    "lost": "gone: something else stands there; `swe-agent hooks install` puts it back",
    "moved": "on, by way of another framework",
}


def _tell(folder: placing.Folder, rows: Sequence[placing.Placed]) -> None:
    console = data_console()
    console.print(line(f"hooks of this repository: {folder.path}"))
    if folder.origin:
        console.print(line(f"set by core.hooksPath ({folder.origin})"))
    if folder.is_shared:
        console.print(safe("other repositories use this folder, too: there our scripts do nothing", "dim"))
    if folder.managers:
        console.print(line(f"beside: {', '.join(folder.managers)}"))
    width = max(len(row.event) for row in rows)
    for row in rows:
        before = ", after the script that was there before" if row.before else ""
        style = "yellow" if row.state == "lost" else "dim" if row.state == "off" else ""
        console.print(safe(f"  {row.event:{width}}  {_SAID[row.state]}{before}", style))


def let_through(fingerprints: Sequence[str], *, json: bool, directory: Path) -> None:
    for one in fingerprints:
        if not _FINGERPRINT.fullmatch(one):
            raise UsageError(f"`{one}` is no fingerprint", hint="the hook tells it: 16 signs of 0-9 and a-f")
    git, top = _opened(directory)
    file = top / secrets.ALLOW
    text = file.read_text("utf-8", "replace") if file.is_file() else ""
    known, _ = secrets.allowed(text)
    fresh = [one for one in dict.fromkeys(fingerprints) if one not in known]
    places = _places(git)
    text += "" if not text or text.endswith("\n") else "\n"
    text += "".join(f"{one}  {places.get(one, 'no secret')}\n" for one in fresh)
    if fresh:
        file.write_text(text, "utf-8")
    git.run("add", "--", str(file))
    if json:
        jsonl.print_object("SecretsAllowed", file=secrets.ALLOW, fingerprints=fresh)
        return
    talk_console().print(line(f"{len(fresh)} let through from now on, and {secrets.ALLOW} is staged"))


def _places(git: Git) -> dict[str, str]:
    """By fingerprint, what is staged that looks like a secret."""
    found = {}
    for file in added.read(git.run("diff", "--cached", *added.DIFF, "--")):
        for leak in secrets.find(file.text):
            found[secrets.fingerprint(leak, file.text)] = f"{leak.rule}, {file.path}"
    return found

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
from swe_agent.ui.console import data_console, line, safe, sentence, talk_console

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def _opened(directory: Path) -> tuple[Git, Path]:
    git = Git(directory.resolve(), process_environment())
    return git, find_checkout(git).top


def _known(events: Sequence[str]) -> None:
    for event in events:
        if event not in EVENTS:
            raise UsageError(f"`{event}` is no hook of ours", hint=f"one of {', '.join(EVENTS)}, or `all`")


def installed(events: Sequence[str], *, json: bool, directory: Path) -> None:
    wanted = tuple(EVENTS) if "all" in events else tuple(events) or placing.DEFAULT
    _known(wanted)
    folder = placing.folder_of(*_opened(directory))
    rows = placing.install(folder, wanted)
    if json:
        _print_json("HooksInstalled", folder, rows)
        return
    _tell(folder, rows)
    if folder.tracked:
        talk_console().print(
            sentence(
                f"{folder.path} comes with the project ({folder.tracked[0]}), and our scripts in it hold paths of this "
                "machine: do not commit them. For everybody, `swe-agent hooks uninstall`, and put the line `swe-agent "
                'hooks run EVENT "$@" || exit` into the scripts of the project.'
            )
        )


def told(*, json: bool, directory: Path) -> None:
    folder = placing.folder_of(*_opened(directory))
    rows = placing.status(folder)
    if json:
        _print_json("HooksStatus", folder, rows)
    else:
        _tell(folder, rows)
    if any(row.state in ("lost", "gone") for row in rows):
        raise typer.Exit(1)


def uninstalled(events: Sequence[str], *, json: bool, directory: Path) -> None:
    chosen = () if "all" in events else tuple(events)
    _known(chosen)
    folder = placing.folder_of(*_opened(directory))
    gone = placing.uninstall(folder, chosen)
    if json:
        jsonl.print_object("HooksUninstalled", folder=str(folder.path), events=gone)
        return
    talk_console().print(line(f"taken away: {', '.join(gone)}" if gone else "none of our hooks stood there"))


def _print_json(type_: str, folder: placing.Folder, rows: Sequence[placing.Placed]) -> None:
    jsonl.print_object(
        type_,
        folder=str(folder.path),
        origin=folder.origin,
        managers=list(folder.managers),
        off=folder.off,
        events=[{"event": row.event, "state": row.state, "before": row.before} for row in rows],
    )


_SAID = {
    "on": "on",
    "off": "off",
    "lost": "another script stands there, or git does not start it: `hooks install`",
    "gone": "not there any more: `hooks install`",
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
        console.print(line(f"beside the framework {', '.join(folder.managers)}"))
    if folder.off:
        console.print(safe(f"all are switched off by {folder.off}", "yellow"))
    width = max(len(row.event) for row in rows)
    for row in rows:
        before = ", after the script that was there before" if row.before else ""
        style = "yellow" if row.state in ("lost", "gone") else "dim" if row.state == "off" else ""
        console.print(safe(f"  {row.event:{width}}  {_SAID[row.state]}{before}", style))


def let_through(fingerprints: Sequence[str], *, staged: bool, json: bool, directory: Path) -> None:
    for one in fingerprints:
        if not _FINGERPRINT.fullmatch(one):
            raise UsageError(f"`{one}` is no fingerprint", hint="the hook tells it: 16 signs of 0-9 and a-f")
    git, top = _opened(directory)
    file = top / secrets.ALLOW
    text = file.read_text("utf-8", "replace") if file.is_file() else ""
    known, _ = secrets.allowed(text)
    places = _places(git)
    wanted = [*fingerprints, *(places if staged else ())]
    if not wanted:
        raise UsageError(
            "nothing that is staged looks like a secret" if staged else "there is no fingerprint",
            hint="the hook tells them; `--staged` takes all that is staged",
        )
    fresh = [one for one in dict.fromkeys(wanted) if one not in known]
    if fresh:
        file.write_text(_sorted(text, [f"{one}  {places.get(one, 'not staged then')}" for one in fresh]), "utf-8")
    git.run("add", "-f", "--", str(file))
    if json:
        jsonl.print_object("SecretsAllowed", file=secrets.ALLOW, fingerprints=fresh)
        return
    strange = [one for one in fresh if one not in places]
    if strange:
        talk_console().print(safe(f"nothing that is staged has the fingerprint {', '.join(strange)}", "yellow"))
    was = "" if len(fresh) == len(set(wanted)) else f" ({len(set(wanted)) - len(fresh)} had been before)"
    talk_console().print(line(f"{len(fresh)} let through{was}; {secrets.ALLOW} is staged, to be committed along"))


def _sorted(text: str, rows: Sequence[str]) -> str:
    """Each where its sum belongs, so that two branches that add some seldom meet; notes stay at the top."""
    lines = text.splitlines()
    head = [line for line in lines if not _FINGERPRINT.match(line)]
    return "".join(f"{line}\n" for line in [*head, *sorted({*(set(lines) - set(head)), *rows})])


def _places(git: Git) -> dict[str, str]:
    """By fingerprint, what is staged that looks like a secret."""
    found = {}
    for file in added.read(git.run("diff", "--cached", *added.DIFF, "--")):
        for leak in secrets.find(file.text):
            found[secrets.fingerprint(leak, file.text)] = f"{leak.rule}, {file.path}"
    return found

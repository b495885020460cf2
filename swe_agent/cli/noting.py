"""What the commands of `stats notes` share: writing with labels, and what is said of it."""

from __future__ import annotations

from swe_agent.jobs.kit import Kit
from swe_agent.jobs.lines import default_tip, labels_of
from swe_agent.jobs.notes import Written, write
from swe_agent.jobs.notes_network import Going, Remote
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, line, safe, talk_console


def write_all(kit: Kit, *, labels: bool) -> Written:
    """Evidence, and with `labels` a note on each commit of the default branch."""
    return write(kit, labels_of if labels else None, (default_tip(kit) or "") if labels else "")


def print_written(written: Written, *, json: bool) -> None:
    if json:
        jsonl.print_object(
            "NotesWritten",
            tip=written.tip,
            blocks=written.blocks,
            lines=written.lines,
            commits=written.commits,
            taken_up=written.taken_up,
        )
        return
    told = []
    if written.blocks:
        told.append(f"{_many(written.blocks, 'block')} of {_many(written.lines, 'line')}")
    if written.commits:
        told.append(f"notes on {_many(written.commits, 'commit')}")
    if told:
        data_console().print(line(f"written: {', '.join(told)}"))
    if written.taken_up:
        data_console().print(line("taken up: the notes of others"))
    if not told and not written.taken_up:
        said = "nothing new" if written.tip else "nothing is recorded here yet, so there is nothing to write"
        data_console().print(line(said))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def print_going(going: Going, *, dry_run: bool, json: bool) -> None:
    """Before anything is sent; to a person, and with `dry_run` as the answer."""
    said = (
        f"to {going.remote.name} ({going.remote.url}): keyed hashes of {_many(going.lines, 'line')} in "
        f"{_many(going.blocks, 'block')}, their paths, sessions, models and times, keyed marks of authors, and the "
        "key; no source, prompts or names"
    )
    if dry_run and json:
        jsonl.print_object(
            "NotesGoing",
            remote=going.remote.name,
            url=going.remote.url,
            tip=going.tip,
            blocks=going.blocks,
            lines=going.lines,
            commits=going.commits,
            first=going.first,
            same=going.same,
        )
    elif dry_run:
        data_console().print(line(f"nothing new for {going.remote.name}" if going.same else f"would go out {said}"))
    elif going.first:
        talk_console().print(safe(f"going out {said}", "yellow"))


def print_pushed(remote: Remote, written: Written, *, json: bool) -> None:
    if json:
        jsonl.print_object("NotesPushed", remote=remote.name, tip=written.tip, taken_up=written.taken_up)
    else:
        data_console().print(line(f"pushed to {remote.name}: {written.tip[:12]}"))

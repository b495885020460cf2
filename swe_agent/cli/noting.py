"""What the commands of `stats notes` share: writing with labels, and what is said of it."""

from __future__ import annotations

import sys
from pathlib import Path

from swe_agent import __version__
from swe_agent.core.errors import EnvironmentLacks, UsageError
from swe_agent.jobs.git_ai import REF as GIT_AI
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.lines import default_tip, labels_of
from swe_agent.jobs.notes import Written, write
from swe_agent.jobs.notes_exchange import agent_traces, export_bundle, export_git_ai
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
            damaged=written.damaged,
        )
        return
    for one in written.damaged:
        talk_console().print(safe(f"passed over: {one}", "yellow"))
    told = []
    if written.blocks:
        told.append(f"{many(written.blocks, 'block')} of {many(written.lines, 'line')}")
    if written.commits:
        told.append(f"notes on {many(written.commits, 'commit')}")
    if told:
        data_console().print(line(f"written: {', '.join(told)}"))
    if written.taken_up:
        data_console().print(line("taken up: the notes of others"))
    if not told and not written.taken_up:
        said = "nothing new" if written.tip else "nothing is recorded here yet, so there is nothing to write"
        data_console().print(line(said))


def many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def print_going(going: Going, *, dry_run: bool, json: bool) -> None:
    """Before anything is sent; to a person, and with `dry_run` as the answer."""
    said = (
        f"to {going.remote.name} ({going.remote.url}): keyed hashes of {many(going.lines, 'line')} in "
        f"{many(going.blocks, 'block')}, their paths, sessions, models and times, keyed marks of authors, and the "
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


def export_as(kit: Kit, format: str, output: str, *, json: bool) -> None:
    if format == "agent-trace":
        _export_traces(kit, output)
    elif format == "git-ai":
        if output:
            raise UsageError("notes of git-ai lie in `refs/notes/ai` alone", hint="leave `--output` out")
        done = export_git_ai(kit)
        if json:
            jsonl.print_object("GitAiWritten", ref=GIT_AI, commits=done.commits, left=done.left)
            return
        left = f"; {many(done.left, 'commit')} had one already" if done.left else ""
        data_console().print(line(f"written into {GIT_AI}: notes on {many(done.commits, 'commit')}{left}"))
    elif format == "bundle":
        if not output:
            raise UsageError("where to? A bundle is a file", hint="`swe-agent stats notes export --output FILE`")
        write_all(kit, labels=True)
        tip = export_bundle(kit, Path(output))
        if json:
            jsonl.print_object("NotesExported", file=output, tip=tip)
        else:
            data_console().print(line(f"written: {output}"))
    else:
        raise UsageError(f"there is no format `{format}`", hint="`--format` is bundle, git-ai or agent-trace")


def _export_traces(kit: Kit, output: str) -> None:
    """One record a line, on stdout where no file is named."""
    records = agent_traces(kit, version=__version__)
    if not output or output == "-":
        sys.stdout.writelines(record + "\n" for record in records)
        return
    try:
        with Path(output).open("w", encoding="ascii") as file:
            file.writelines(record + "\n" for record in records)
    except OSError as error:
        raise EnvironmentLacks(f"cannot write {output}: {error.strerror}", hint="name another file") from error

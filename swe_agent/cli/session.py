"""What a command needs to begin: the repository opened, the Kit built, voices for the terminal or for JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swe_agent.core.event import Event
from swe_agent.jobs.kit import Kit, Voices
from swe_agent.repo.host import edit_file
from swe_agent.ui import jsonl
from swe_agent.ui.console import data_console, safe, talk_console
from swe_agent.ui.narrator import Narrator
from swe_agent.ui.plain import EditFile, PlainReviewer, editor_of
from swe_agent.wiring.repository import Opened, build_kit, open_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    kit: Kit
    opened: Opened
    json: bool
    edit: EditFile
    """Opens the user's editor on a file, and waits."""


@contextmanager
def session(
    directory: Path, *, json: bool, flags: Mapping[str, Any] | None = None, trusted: str = ""
) -> Iterator[Session]:
    """Open the repository around `directory`. Landings that a crash left open are closed first, and told. `trusted` is
    the commit whose settings hold, in the place of those that lie there."""
    opened = open_repository(directory, flags, trusted=trusted)
    narrator = Narrator(talk_console())
    voices = Voices(
        tell=_telling(narrator, json=json),
        on_token=narrator.on_token,
        progress=(lambda _text: None) if json else narrator.progress,
        reviewer=reviewer(opened, narrator, json=json),
        note=lambda said: talk_console().print(safe(said, "yellow")),
    )
    try:
        kit = build_kit(opened, voices)
        yield Session(kit=kit, opened=opened, json=json, edit=_editing(opened))
    finally:
        narrator.close()


def _telling(narrator: Narrator, *, json: bool) -> Callable[[Event], None]:
    return jsonl.print_event if json else narrator.tell


def reviewer(opened: Opened, narrator: Narrator, *, json: bool) -> PlainReviewer:
    """Asks on stdout; on stderr where stdout is for JSON."""
    out = sys.stderr if json else sys.stdout

    def read_line(prompt: str) -> str:
        narrator.close()
        out.write(prompt)
        out.flush()
        line = sys.stdin.readline()
        if not line:
            out.write("\n")
            raise EOFError
        if not sys.stdin.isatty():
            out.write(line)  # a terminal shows what is typed; a pipe does not
        return line

    return PlainReviewer(talk_console() if json else data_console(), read_line, _editing(opened))


def _editing(opened: Opened) -> EditFile:
    environment = dict(opened.settings.environment)
    return lambda path: edit_file(editor_of(environment), path, environment)

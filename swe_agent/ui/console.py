"""The two consoles: data on stdout, talk on stderr. Understandable without colour."""

from __future__ import annotations

import re

from rich.console import Console, RenderableType
from rich.text import Text

from sandbox.screen import safe_text
from swe_agent.core.errors import SweAgentError


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the process here, with 1, in the middle of whatever is going on."""
        raise BrokenPipeError


def data_console(*, record: bool = False, width: int | None = None) -> Console:
    return _Console(highlight=False, record=record, width=width, emoji=False, markup=False)


_PLAIN = str.maketrans({"…": "...", "–": "-", "·": ".", "’": "'"})  # noqa: RUF001  # signs that look alike on purpose


def print_data(console: Console, shown: RenderableType) -> None:
    """Print, whatever the encoding of the output: what it has no sign for becomes one that it has."""
    with console.capture() as got:
        console.print(shown)
    text = got.get()
    try:
        text.encode(console.encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN).encode(console.encoding, "replace").decode(console.encoding)
    console.file.write(text)


def picture(console: Console, title: str) -> str:
    """What a recording console has printed, as an SVG that fetches nothing: the viewer's own monospace font serves."""
    return re.sub(r"@font-face\s*\{[^}]*\}\s*", "", console.export_svg(title=title))


def talk_console() -> Console:
    return _Console(stderr=True, highlight=False, soft_wrap=True, emoji=False, markup=False)


def safe(text: str, style: str = "") -> Text:
    """Untrusted text for the terminal: control and direction characters become visible, markup means nothing."""
    return Text(safe_text(text), style=style)


_BREAKS = {ord(one): f"<U+{ord(one):04X}>" for one in "\n\r\t"}


def line(text: str, style: str = "") -> Text:
    """Untrusted text that belongs on one line, such as a path: one that breaks it could forge what the next line says.

    >>> line("a.txt\\nevidence: verified").plain
    'a.txt<U+000A>evidence: verified'
    """
    return Text(safe_text(text).translate(_BREAKS), style=style)


def sentence(text: str, style: str = "") -> Text:
    """What a model said in its own words, on one line whatever line breaks it put in."""
    return line(" ".join(text.split()), style)


NAMED = 20
"""Files that are named one by one."""


def print_error(error: SweAgentError) -> None:
    console = talk_console()
    console.print(Text("error: ", style="bold red") + safe(error.message))
    if error.hint:
        console.print(Text("hint: ", style="bold cyan") + safe(error.hint))

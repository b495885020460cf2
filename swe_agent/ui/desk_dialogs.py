"""What the full-screen desk asks in between: one small dialog for one question. Esc always goes back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.console import RenderableType
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from swe_agent.core.diff import FileChange
from swe_agent.desk.table import REASONS
from swe_agent.ui.console import line
from swe_agent.ui.desk_walk import files_named

_REASONS = dict(zip("wsctd", REASONS, strict=True))
"""By their keys."""
Answer = Literal["with", "alone"]
Spot = tuple[Literal["file", "block"], int]
"""Which of the files, or of all blocks, from 0."""
Why = tuple[Literal["reason", "own", "later"], str]


class Dialog(ModalScreen[ScreenResultType]):
    """Ends with an answer, or with None where the person goes back. Keys are bound with priority throughout, so that
    what is typed ahead comes in its order."""

    BINDINGS: ClassVar = [
        Binding("escape", "dismiss()", "back", priority=True),
        Binding("ctrl+c", "app.leave", "leave", priority=True),
    ]
    title_text = ""
    keys_text = "Esc back"

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield Static(Text(self.title_text, style="bold"), classes="title")
            yield from self.body()
            yield Static(Text(self.keys_text), classes="keys")

    def body(self) -> ComposeResult:
        yield from ()

    def on_mount(self) -> None:
        # At once, so that what was typed ahead comes in.
        for field in self.query("Input, TextArea").results(Widget):
            self.set_focus(field)

    async def typed(self) -> str:
        """What stands in the field, once all keys before this one have come in."""
        field = self.query_one("Input, TextArea")
        done = asyncio.Event()
        field.call_later(done.set)
        await done.wait()
        return field.value if isinstance(field, Input) else self.query_one(TextArea).text


class Companions(Dialog[Answer]):
    """Whether further blocks go the same way as the one in hand. `rows` are the blocks and their reasons, in words."""

    BINDINGS: ClassVar = [
        Binding("enter", "answer('with')", priority=True),
        Binding("o", "answer('alone')", priority=True),
    ]

    def __init__(self, title: str, rows: Sequence[Text], keys: str) -> None:
        super().__init__()
        self.title_text, self.keys_text = title, keys
        self.rows = rows

    def body(self) -> ComposeResult:
        with VerticalScroll():
            for row in self.rows:
                yield Static(row)

    def action_answer(self, answer: Answer) -> None:
        self.dismiss(answer)


class Reason(Dialog[Why]):
    """Why a block is rejected: one key, none, or words of one's own."""

    BINDINGS: ClassVar = [
        *(Binding(key, f"reason({reason!r})", priority=True) for key, reason in _REASONS.items()),
        Binding("l", "answer('later')", priority=True),
        Binding("enter", "reason('')", priority=True),
        Binding("colon", "answer('own')", priority=True),
    ]

    def __init__(self, title: str) -> None:
        super().__init__(classes="low")
        self.title_text = title
        named = "  ".join(f"{key} {reason}" for key, reason in _REASONS.items())
        self.keys_text = f"{named}  l later\nEnter no reason  : words of your own  Esc back"

    def action_reason(self, reason: str) -> None:
        self.dismiss(("reason", reason))

    def action_answer(self, answer: Literal["own", "later"]) -> None:
        self.dismiss((answer, ""))


class Question(Dialog[str]):
    """One line of text."""

    keys_text = "Enter done  Esc back"
    BINDINGS: ClassVar = [Binding("enter", "done", priority=True)]

    def __init__(self, title: str, *, placeholder: str = "") -> None:
        super().__init__(classes="low")
        self.title_text = title
        self._placeholder = placeholder

    def body(self) -> ComposeResult:
        yield Input(placeholder=self._placeholder)

    async def action_done(self) -> None:
        self.dismiss((await self.typed()).strip())


class Edit(Dialog[str]):
    """The added lines of a block, edited on the spot."""

    keys_text = "Ctrl-S accept as it is here  Esc back"
    BINDINGS: ClassVar = [Binding("ctrl+s", "save", priority=True)]

    def __init__(self, title: str, text: str) -> None:
        super().__init__(classes="large")
        self.title_text = title
        self._text = text

    def body(self) -> ComposeResult:
        yield TextArea(self._text, soft_wrap=False, tab_behavior="indent", show_line_numbers=True)

    async def action_save(self) -> None:
        self.dismiss(await self.typed())


class GoTo(Dialog[Spot]):
    """One of the files, found by a part of its path, or a block, by its number."""

    title_text = "go to a file or a block"
    keys_text = "type a part of its path, or its number  ↑ ↓ choose  Enter go  Esc back"
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", priority=True),
        Binding("down", "move(1)", priority=True),
        Binding("enter", "go", priority=True),
    ]

    def __init__(self, changes: Sequence[FileChange], here: int) -> None:
        super().__init__(classes="large")
        self._changes = changes
        self._paths = [change.path for change in changes for _ in change.blocks]
        """Of each block."""
        self._found = self._matching("")
        self._here = here

    def body(self) -> ComposeResult:
        yield Input()
        yield OptionList(*self._options())

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(OptionList).can_focus = False
        self.query_one(OptionList).highlighted = self._here

    def _options(self) -> list[Option]:
        return [
            Option(line(self._changes[at].path if kind == "file" else f"block {at + 1}  {self._paths[at]}"))
            for kind, at in self._found
        ]

    def on_input_changed(self, event: Input.Changed) -> None:
        self._found = self._matching(event.value)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._options())
        options.highlighted = 0 if self._found else None

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def _matching(self, text: str) -> list[Spot]:
        text = text.strip()
        numbered = text.isdecimal() and 1 <= int(text) <= len(self._paths)
        blocks: list[Spot] = [("block", int(text) - 1)] if numbered else []
        return [*blocks, *(("file", place) for place in files_named(self._changes, text))]

    async def action_go(self) -> None:
        found = self._matching(await self.typed())
        listed = found == self._found  # else the list has not caught up with what was typed
        chosen = self.query_one(OptionList).highlighted if listed else 0
        self.dismiss(found[chosen] if found and chosen is not None else None)


class Page(Dialog[None]):
    """Something to be read."""

    keys_text = "↑ ↓ scroll  Esc back"
    BINDINGS: ClassVar = [
        Binding("q,x,enter,question_mark", "dismiss()", priority=True),
        Binding("j,down", "move(1)", priority=True),
        Binding("k,up", "move(-1)", priority=True),
    ]

    def __init__(self, title: str, parts: Sequence[RenderableType]) -> None:
        super().__init__(classes="large")
        self.title_text = title
        self._parts = parts

    def body(self) -> ComposeResult:
        with VerticalScroll():
            for part in self._parts:
                yield Static(part)

    def action_move(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False, immediate=True)

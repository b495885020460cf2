"""The full screen itself: how it looks, and how it is left."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console
from textual import events
from textual.app import App
from textual.binding import Binding

from swe_agent.desk.table import Table
from swe_agent.ui.desk_deciding import DeskScreen
from swe_agent.ui.desk_dialogs import Dialog, Edit
from swe_agent.ui.plain import EditFile

CSS = """
Screen { background: #11181c; color: #d7dde0; }
* { scrollbar-background: #1a242a; scrollbar-color: #4a5d68; scrollbar-background-active: #1a242a; }
#title { height: 1; padding: 0 1; background: #26323a; }
#evidence { height: auto; max-height: 10; padding: 0 1; }
#file { height: auto; max-height: 3; padding: 0 1; background: #1a242a; }
#files { width: 22%; min-width: 28; max-width: 44; border-right: solid #33424b; scrollbar-size-vertical: 1; }
#blocks { height: 1fr; scrollbar-size-vertical: 1; }
#counts { height: auto; max-height: 3; padding: 0 1; background: #26323a; }
#subset { height: auto; max-height: 3; padding: 0 1; background: #26323a; }
#keys { height: auto; max-height: 4; padding: 0 1; color: #9fb0b8; }
ModalScreen { align: center middle; background: black 40%; }
ModalScreen.low { align: center bottom; }
.box { width: 90%; max-width: 100; height: auto; max-height: 80%; border: round #82aaff; background: #1a242a;
       padding: 0 1; }
.large .box { width: 100%; max-width: 160; height: 90%; }
.low .box { width: 100%; max-width: 100%; }
.box Static { height: auto; width: auto; }
.box .title, .box .keys { width: 100%; }
.box .keys { color: #9fb0b8; }
.box VerticalScroll { scrollbar-size-vertical: 1; }
.box VerticalScroll Static { width: 100%; }
.box VerticalScroll { height: auto; max-height: 100%; }
.large VerticalScroll, .box TextArea, .box OptionList, .box BlocksView { height: 1fr; }
.box TextArea, .box OptionList { border: none; background: #11181c; }
.box Input { border: tall #33424b; background: #11181c; }
"""


class DeskApp(App[None]):
    CSS = CSS
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True)]

    def __init__(self, table: Table, edit_file: EditFile) -> None:
        # Without colours the terminal's own are kept, or Textual would turn ours into shades of grey.
        plain = Console().no_color
        super().__init__(ansi_color=plain)
        self.desk = DeskScreen(table, edit_file, underline=plain)
        self.failure: BaseException | None = None

    async def on_mount(self) -> None:
        # Not as the default screen: that one is told of its mounting before all of its panes are there.
        await self.push_screen(self.desk)

    def action_leave(self) -> None:
        self.desk.checks.stop()  # nobody is there to read what they would say
        self.exit()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded and isinstance(self.screen, Dialog):
            # A terminal sends Esc with a key right behind it as it sends Alt and that key. Text that took some effort
            # is not thrown away for what may have been Alt.
            prefix, _, key = event.key.rpartition("+")
            if prefix in ("alt", "alt+shift") and not isinstance(self.screen, Edit):
                await super().on_event(events.Key("escape", None))
                event = events.Key(key if prefix == "alt" else key.upper(), event.character)
        await super().on_event(event)

    def _handle_exception(self, error: Exception) -> None:
        # Textual would print a traceback with local variables; ours travels to whoever opened the screen.
        self.failure = self.failure or error
        super()._handle_exception(error)
        self._exit_renderables.clear()

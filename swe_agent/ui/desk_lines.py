"""Choosing single lines of a block: those that are taken, one by one, in the order in which they will stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from swe_agent.core.diff import Block
from swe_agent.desk.lines import LineOf, in_order, picked
from swe_agent.ui.console import line
from swe_agent.ui.desk_dialogs import Dialog
from swe_agent.ui.desk_paint import Colours, Painter
from swe_agent.ui.desk_rows import page_of
from swe_agent.ui.desk_view import BlocksView

_MARK_CELLS = 4


class Lines(Dialog[tuple[str, ...]]):
    """Ends with the lines that come in the place of the block."""

    title_text = "take single lines: a removed line that is not taken stays, an added one does not come"
    keys_text = "↑ ↓ move  Space take or leave  a all or none  Enter accept these  Esc back"
    BINDINGS: ClassVar = [
        Binding("j,down", "move(1)", priority=True),
        Binding("k,up", "move(-1)", priority=True),
        Binding("space", "choose", priority=True),
        Binding("a", "choose_all", priority=True),
        Binding("enter", "take", priority=True),
    ]

    def __init__(self, block: Block, base: Sequence[str], *, underline: bool) -> None:
        super().__init__(classes="large")
        self._block, self._base, self._underline = block, base, underline
        self._order = in_order(block)
        self._at = 0
        self.chosen: set[LineOf] = set()

    def body(self) -> ComposeResult:
        yield BlocksView(lambda _place: line(self._block.path).plain, self._mark)

    def on_mount(self) -> None:
        super().on_mount()
        self.call_after_refresh(self._show)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        view = self.query_one(BlocksView)
        page = page_of(
            [self._block], self._base, {}, width=view.size.width - _MARK_CELLS, split=False, single=True
        )  # fmt: skip
        colours = Colours(self._block.path, page.base), Colours(self._block.path, page.head)
        view.show_page(Painter(page, *colours, underline=self._underline))
        view.show_line(self._order[self._at])

    def _mark(self, one: LineOf) -> str:
        return "[x]" if one in self.chosen else "[ ]"

    def action_move(self, by: int) -> None:
        self._at = min(max(self._at + by, 0), len(self._order) - 1)
        self.query_one(BlocksView).show_line(self._order[self._at])

    def action_choose(self) -> None:
        self.chosen ^= {self._order[self._at]}
        self.action_move(1)

    def action_choose_all(self) -> None:
        self.chosen = set() if len(self.chosen) == len(self._order) else set(self._order)
        self.query_one(BlocksView).refresh()

    def action_take(self) -> None:
        if self.chosen:
            self.dismiss(picked(self._block, self.chosen))

"""The main screen, as far as it is for looking: files, blocks, the status, and moving among them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from swe_agent.core.errors import Cancelled, SweAgentError
from swe_agent.core.verdict import Verdict
from swe_agent.desk.table import Table
from swe_agent.ui.console import line
from swe_agent.ui.desk_checks import Checks
from swe_agent.ui.desk_dialogs import GoTo, Page, Question, Spot
from swe_agent.ui.desk_paint import Colours, Painter
from swe_agent.ui.desk_rows import page_of
from swe_agent.ui.desk_status import (
    HELP,
    KEYS,
    KEYS_NARROW,
    counts_line,
    error_text,
    file_line,
    head_text,
    said_of,
    subset_line,
    verdict_text,
)
from swe_agent.ui.desk_view import BlocksView, FilesView
from swe_agent.ui.desk_walk import Walk
from swe_agent.ui.proposal import evidence

TWO_SIDES_FROM = 140
FILES_FROM = 100
EVIDENCE_FROM = 36
"""Columns from which there are two sides and a list of the files; rows from which all of the evidence is shown."""
EDGES = 2
"""Columns beside the keys."""
QUIET_SECONDS = 0.3
"""How long nothing has to be decided before the accepted blocks are looked at as a whole."""
REFRESH_SECONDS = 1.0
"""How long what is decided in another terminal may remain unseen."""
_LETTER = {"added": "A", "deleted": "D", "modified": "M", "moved": "R"}


def _keys(keys: str, action: str) -> Binding:
    # With priority: what is typed ahead is done in its order, even where a dialog comes in between.
    return Binding(keys, action, show=False, priority=True)


class LookingScreen(Screen[None]):
    BINDINGS: ClassVar = [
        _keys("j,down", "step(1)"),
        _keys("k,up", "step(-1)"),
        _keys("J", "step_open(1)"),
        _keys("K", "step_open(-1)"),
        _keys("space,pagedown", "scroll_pages(0.9)"),
        _keys("b,pageup", "scroll_pages(-0.9)"),
        _keys("g", "go_to"),
        _keys("slash", "search"),
        _keys("v", "sides"),
        _keys("f", "files"),
        _keys("x", "report"),
        _keys("t", "test"),
        _keys("escape", "stop_test"),
        _keys("question_mark", "help"),
        _keys("q", "app.leave"),
    ]

    def __init__(self, table: Table, *, underline: bool) -> None:
        super().__init__()
        self.walk = Walk(table)
        self.underline = underline
        self.checks = Checks(table, self.walk.accepted, self.app_call, self.checked)
        self.message = Text()
        self._sides: bool | None = None
        self._files: bool | None = None
        self._sought = ""
        self.comments = tuple(table.comments)
        self._page: object = None
        self._colours: dict[object, Colours] = {}
        self._waiting: Timer | None = None

    def compose(self) -> ComposeResult:
        proposal = self.walk.table.desk.proposal
        task = (proposal.task.text.strip().splitlines() or [""])[0]
        yield Static(line(f"{proposal.id}: {task}", "bold"), id="title")
        yield Static(evidence(proposal.verdict), id="evidence")
        with Horizontal():
            yield FilesView(self._file_rows, id="files")
            with Vertical():
                yield Static(id="file")
                yield BlocksView(self._head_of, id="blocks")
        yield Static(id="counts")
        yield Static(id="subset")
        yield Static(id="keys")

    def on_mount(self) -> None:
        self.query_one(BlocksView).focus()
        self.set_interval(REFRESH_SECONDS, self.refresh_table)

    def refresh_table(self) -> None:
        """What was decided elsewhere since."""
        try:
            if not self.walk.table.refresh():
                return
        except SweAgentError as error:
            self.say(error_text(error))
            return
        self.look_soon()
        self.show()

    def on_resize(self) -> None:
        self._arrange()

    def on_screen_resume(self) -> None:
        """What was asked ahead of the first drawing, or during a resize, has come between."""
        self._arrange()

    def app_call(self, what: Callable[[], None]) -> None:
        """From any thread."""
        self.call_later(what)

    def _arrange(self) -> None:
        """What there is room for. The page follows when the panes have their sizes."""
        width, height = self.app.size
        self.query_one(FilesView).display = width >= FILES_FROM if self._files is None else self._files
        tall = height >= EVIDENCE_FROM
        shown = self.query_one("#evidence", Static)
        verdict = self.walk.table.desk.proposal.verdict
        shown.update(evidence(verdict) if tall else Text("evidence: ") + verdict_text(verdict))
        self.query_one("#keys", Static).update(Text(KEYS if width >= len(KEYS) + EDGES else KEYS_NARROW))
        self.call_after_refresh(self.show)

    def show(self) -> None:
        """Draw everything as it is now. The page is made anew only where something else stands on it."""
        if not self.walk.blocks:
            return
        self.comments = tuple(self.walk.table.comments)
        view = self.query_one(BlocksView)
        blocks = self.walk.as_decided(self.walk.file)
        split = self.app.size.width >= TWO_SIDES_FROM if self._sides is None else self._sides
        wanted = (self.walk.file, blocks, view.size.width, split, self.comments)
        if view.size.width and wanted != self._page:
            self._page = wanted
            self._make_page(view, split)
        view.show_block(self.walk.place_in_file)
        self.query_one(FilesView).show_file(self.walk.file)
        self.query_one("#file", Static).update(file_line(self.walk))
        self.show_status()
        if self._waiting is None:
            self.look_soon()  # what was accepted in an earlier sitting

    def _make_page(self, view: BlocksView, split: bool) -> None:
        change, table = self.walk.change, self.walk.table
        told: dict[str, list[str]] = {}
        for block, text in self.comments:
            told.setdefault(block, []).append(text)
        said = said_of(table.desk.proposal, change, told)
        blocks = self.walk.as_decided(self.walk.file)
        base: Sequence[str] = ()
        try:
            base = table.base(change)
        except SweAgentError as error:  # the blocks hold enough to be shown by themselves
            self.message = error_text(error)
        page = page_of(blocks, base, said, width=view.size.width, split=split)
        sides = [self._coloured(change.path, "base", page.base), self._coloured(change.path, "head", page.head)]
        view.show_page(Painter(page, sides[0], sides[1], underline=self.underline))

    def _coloured(self, path: str, side: str, lines: tuple[str, ...]) -> Colours:
        key = (path, side, hash(lines))
        if key not in self._colours:
            self._colours[key] = Colours(path, lines)
        return self._colours[key]

    def say(self, message: Text | str = "") -> None:
        self.message = line(message) if isinstance(message, str) else message
        self.show_status()

    def show_status(self) -> None:
        self.query_one("#counts", Static).update(counts_line(self.walk, self.message))
        self.query_one("#subset", Static).update(subset_line(self.walk, self.checks))

    def look_soon(self) -> None:
        """Once nothing has been decided for a moment."""
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(QUIET_SECONDS, self.checks.look)

    def checked(self) -> None:
        if self.checks.failure is not None:
            self.app.exit()
        elif self.is_running:
            self.show_status()

    def _file_rows(self) -> list[tuple[str, str, int]]:
        return [
            (_LETTER[change.status], change.path, open_)
            for change, (open_, _) in zip(self.walk.changes, self.walk.progress(), strict=True)
        ]

    def _head_of(self, place: int) -> str:
        return head_text(self.walk, self.walk.as_decided(self.walk.file)[place])

    def action_step(self, by: int) -> None:
        self.message = Text() if self.walk.step(by) else Text(f"this is the {'last' if by > 0 else 'first'} block")
        self.show()

    def action_step_open(self, by: int) -> None:
        self.message = Text() if self.walk.step_open(by) else Text("no other block is open")
        self.show()

    def action_scroll_pages(self, pages: float) -> None:
        self.query_one(BlocksView).page_by(pages)

    async def action_go_to(self) -> None:
        def chosen(spot: Spot | None) -> None:
            if spot is not None:
                kind, at = spot
                if kind == "file":
                    self.walk.to_file(at)
                else:
                    self.walk.at = at
                self.message = Text()
                self.show()

        await self.app.push_screen(GoTo(self.walk.changes, self.walk.file), chosen)

    async def action_search(self) -> None:
        def given(text: str | None) -> None:
            if text is None or not (text or self._sought):
                return
            self._sought = text or self._sought
            found = self.walk.find(self._sought)
            self.message = Text() if found else line(f"no block holds `{self._sought}`", "bold")
            self.show()

        await self.app.push_screen(Question("search in the blocks", placeholder=self._sought), given)

    def action_sides(self) -> None:
        painter = self.query_one(BlocksView).painter
        self._sides = not (painter is not None and painter.page.split)
        self._arrange()

    def action_files(self) -> None:
        self._files = not self.query_one(FilesView).display
        self._arrange()

    def action_test(self) -> None:
        if not self.walk.accepted():
            self.say("nothing is accepted yet: there is nothing to test")
        elif self.checks.test(self.tested):
            self.say("")
        else:
            self.say("the tests are running already")

    def action_stop_test(self) -> None:
        if self.checks.stop():
            self.say("the tests are being stopped")

    def tested(self, said: Verdict | SweAgentError, of_now: bool) -> None:
        if isinstance(said, SweAgentError):
            self.say(said.message if isinstance(said, Cancelled) else error_text(said))
            return
        before = "" if of_now else "of the blocks as they were when the tests began: "
        self.say(line(f"tests {before}") + verdict_text(said))
        self.checks.look(again=True)
        self.show_status()

    async def action_report(self) -> None:
        self.checks.look()
        await asyncio.wrap_future(self.checks.ask(lambda: None))  # behind what is being found out now
        proposal, subset = self.walk.table.desk.proposal, self.checks.subset
        parts = [evidence(proposal.verdict), Text(" ")]
        parts += [line(f"look twice: {h.path}: {h.kind} {h.detail}".rstrip(), "yellow") for h in proposal.hazards]
        parts += [Text(" "), subset_line(self.walk, self.checks)]
        if subset is not None and not isinstance(subset, SweAgentError):
            parts += [line(str(fault), "red") for fault in subset.faults]
            parts += [evidence(subset.verdict)] if subset.verdict is not None else []
        await self.app.push_screen(Page("evidence", parts))

    async def action_help(self) -> None:
        await self.app.push_screen(Page("keys", [Text(HELP)]))

"""The two panes: the blocks of one file, and the files. Both draw only the rows that can be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from swe_agent.desk.lines import LineOf
from swe_agent.ui.console import line
from swe_agent.ui.desk_paint import HEAD_HERE, PLAIN, QUIET, Painter

_READ_ON_SECONDS = 0.02


class BlocksView(ScrollView, can_focus=True):
    """`head_of` gives the text of a block's head row, `mark_of` what stands before a line that can be chosen."""

    painter: Painter | None = None
    here: int = 0
    here_line: LineOf | None = None

    def __init__(
        self, head_of: Callable[[int], str], mark_of: Callable[[LineOf], str] | None = None, *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._head_of = head_of
        self._mark_of = mark_of
        self._reading = False

    def show_page(self, painter: Painter) -> None:
        self.painter = painter
        self.virtual_size = Size(0, len(painter.page.rows))
        self.refresh()

    def show_block(self, place: int) -> None:
        """Make a block the current one, and bring it into view: all of it, or as much as there is room for."""
        self.here = place
        if self.painter is not None:
            self._bring_into_view(*self.painter.page.span(place))

    def show_line(self, which: LineOf) -> None:
        """Make a line the current one, and bring it into view."""
        self.here_line = which
        if self.painter is not None:
            rows = [at for at, row in enumerate(self.painter.page.rows) if row.line == which]
            self._bring_into_view(max(rows[0] - 3, 0), rows[-1] + 4)

    def page_by(self, pages: float) -> None:
        self.scroll_relative(y=int(pages * self.size.height), animate=False, immediate=True)

    def _bring_into_view(self, first: int, after: int) -> None:
        top, height = self.scroll_offset.y, self.size.height
        if first < top or after > top + height:
            self.scroll_to(y=max(first - 1, 0), animate=False, immediate=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        painter, width = self.painter, self.size.width
        at = self.scroll_offset.y + y
        if painter is None or at >= len(painter.page.rows):
            return Strip.blank(width, self.rich_style)
        if y == 0 and not painter.prepare(painter.page.rows[at : at + self.size.height]):
            self._read_on()
        row = painter.page.rows[at]
        mark = self._mark_of(row.line) if self._mark_of and row.line else "   " if self._mark_of else ""
        here = row.block == self.here if self.here_line is None else row.line == self.here_line
        head = self._head_of(row.block) if row.kind == "head" else ""
        return painter.draw(row, width, here=here, head=head, mark=mark).apply_style(self.rich_style)

    def _read_on(self) -> None:
        """Colours that are not there yet come a little later; the lines do not wait for them."""
        if not self._reading:
            self._reading = True
            self.set_timer(_READ_ON_SECONDS, self._more_was_read)

    def _more_was_read(self) -> None:
        self._reading = False
        self.refresh()


class FilesView(ScrollView, can_focus=False):
    """A row for each file: what happens to it, its path, and how many of its blocks are still open."""

    def __init__(self, rows: Callable[[], Sequence[tuple[str, str, int]]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows_of = rows
        self._rows: Sequence[tuple[str, str, int]] = ()
        self._here = 0

    def show_file(self, place: int) -> None:
        self._here = place
        self._rows = self._rows_of()
        self.virtual_size = Size(0, len(self._rows))
        top, height = self.scroll_offset.y, self.size.height
        if height and not top <= place < top + height:
            self.scroll_to(y=max(place - height // 2, 0), animate=False, immediate=True)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        at, width = self.scroll_offset.y + y, self.size.width
        if at >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        letter, path, open_ = self._rows[at]
        here = at == self._here
        left = f"{open_} open" if open_ else "done"
        room = width - len(left) - 6
        name = line(path)
        name.expand_tabs(1)
        if name.cell_len > room:
            # The end of a path tells more than its beginning.
            name = name[-room + 1 :] if room > 1 else name[:0]
            name = line("…" + name.plain)
        style = HEAD_HERE if here else PLAIN
        said = Style() if open_ else QUIET
        strip = Strip([
            Segment(f"{'▶' if here else ' '} {letter} ", style),
            Segment(name.plain, style + (PLAIN if open_ or here else QUIET)),
        ]).adjust_cell_length(width - len(left) - 1, style)  # fmt: skip
        return Strip.join([strip, Strip([Segment(f"{left} ", style + said)])]).apply_style(self.rich_style)

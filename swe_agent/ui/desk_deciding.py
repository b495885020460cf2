"""The main screen, as far as it is for deciding: each key becomes decisions, which are recorded at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from rich.text import Text
from textual.app import SuspendNotSupported

from sandbox.screen import safe_text
from swe_agent.core.companion import Need
from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, join_lines, split_lines
from swe_agent.core.errors import SweAgentError
from swe_agent.desk.lines import ended_as, without_returns
from swe_agent.desk.table import Table
from swe_agent.ui.console import line, sentence
from swe_agent.ui.desk_dialogs import Answer, Companions, Edit, Question, Reason, Why
from swe_agent.ui.desk_lines import Lines
from swe_agent.ui.desk_looking import LookingScreen, _keys
from swe_agent.ui.desk_status import error_text
from swe_agent.ui.plain import UNCHANGED, EditFile
from swe_agent.ui.proposal import decision_word


class DeskScreen(LookingScreen):
    BINDINGS: ClassVar = [
        _keys("y", "accept"),
        _keys("a", "accept_rest"),
        _keys("A", "accept_all"),
        _keys("n", "reject"),
        _keys("d", "reject_rest"),
        _keys("D", "reject_all"),
        _keys("s", "defer"),
        _keys("u", "take_back"),
        _keys("e", "edit"),
        _keys("i", "edit_here"),
        _keys("l", "lines"),
        _keys("c", "comment"),
    ]

    def __init__(self, table: Table, edit_file: EditFile, *, underline: bool) -> None:
        super().__init__(table, underline=underline)
        self._edit_file = edit_file

    async def action_accept(self) -> None:
        await self._take(self.walk.table.desk.acceptance(self.walk.block.id))

    async def action_accept_rest(self) -> None:
        await self._take(*(self.walk.table.desk.acceptance(block.id) for block in self.walk.rest_of_file()))

    async def action_accept_all(self) -> None:
        await self._take(*(self.walk.table.desk.acceptance(block.id) for block in self.walk.rest_of_all()))

    async def action_reject(self) -> None:
        await self._reject((self.walk.block,))

    async def action_reject_rest(self) -> None:
        await self._reject(self.walk.rest_of_file())

    async def action_reject_all(self) -> None:
        await self._reject(self.walk.rest_of_all())

    def action_defer(self) -> None:
        self._record((Defer(block=self.walk.block.id),))

    def action_take_back(self) -> None:
        try:
            count = self.walk.take_back()
        except SweAgentError as error:
            self.say(error_text(error))
            return
        more = f" of {count} blocks" if count > 1 else ""
        self.message = Text(f"taken back: the decision{more}" if count else "nothing was decided in this sitting")
        self.look_soon()
        self.show()

    async def action_edit(self) -> None:
        block = self._of_lines("edited")
        if block is None:
            return
        before = tuple(self.walk.table.desk.lines(block))
        try:
            lines = self._edited(block, before)
        except (SweAgentError, OSError) as error:
            self.say(error_text(error) if isinstance(error, SweAgentError) else line(f"error: {error}", "bold red"))
            return
        if lines == before:
            self.say(UNCHANGED)
            return
        await self._take(_with(block, lines))

    async def action_edit_here(self) -> None:
        block = self._of_lines("edited")
        if block is None:
            return
        lines = without_returns(block, self.walk.table.desk.lines(block))
        text = "".join(lines)
        # A text area knows other line ends than ours, and would draw what must not reach the terminal.
        if safe_text(text) != text or "\f" in text or "\r" in text:
            self.say("not all of it can be shown as it is: e edits it in your editor")
            return
        unended = bool(lines) and not text.endswith("\n")

        async def done(new: str | None) -> None:
            if new is not None:
                ended = new if unended or not new else new + "\n"
                await self._take(_with(block, ended_as(block, split_lines(ended.encode("utf-8", "surrogateescape")))))

        await self.app.push_screen(Edit(line(block.path).plain, text.removesuffix("\n")), done)

    async def action_lines(self) -> None:
        block = self._of_lines("taken by lines")
        if block is None:
            return

        async def done(lines: tuple[str, ...] | None) -> None:
            if lines is not None:
                await self._take(_with(block, lines))

        try:
            base = self.walk.table.base(self.walk.change)
        except SweAgentError:
            base = ()
        await self.app.push_screen(Lines(block, base, underline=self.underline), done)

    async def action_comment(self) -> None:
        block = self.walk.block

        def given(text: str | None) -> None:
            if text:
                self._guarded(lambda: self.walk.table.comment(block.id, text), "noted")
                self.show()

        await self.app.push_screen(Question("comment on this block"), given)

    def _of_lines(self, what: str) -> Block | None:
        block = self.walk.block
        if block.kind == "lines":
            return block
        self.say(f"this block is no text: it cannot be {what}, only accepted or rejected")
        return None

    def _edited(self, block: Block, lines: Sequence[str]) -> tuple[str, ...]:
        with TemporaryDirectory(prefix="swe-agent-") as folder:
            path = Path(folder) / Path(block.path).name
            path.write_bytes(join_lines(lines))
            failed: SweAgentError | None = None
            try:
                with self.app.suspend():
                    # An error must not leave the block, or the screen would not come back.
                    try:
                        self._edit_file(path)
                    except SweAgentError as error:
                        failed = error
            except SuspendNotSupported:  # no terminal, as in tests
                self._edit_file(path)
            if failed is not None:
                raise failed
            return split_lines(path.read_bytes())

    async def _take(self, *decisions: Decision) -> None:
        """Accept, with what that needs where the person wants it."""
        blocks = [decision.block for decision in decisions]
        needs = await self._asked(self.walk.table.needs, blocks)
        if needs is None:
            return
        if not needs:
            self._record(decisions)
            return

        def answered(answer: Answer | None) -> None:
            more = [Accept(block=need.block, companion_of=need.by) for need in needs] if answer == "with" else []
            if answer is not None:
                self._record((*decisions, *more))

        title = f"this needs {_blocks(len(needs))} more to be accepted"
        keys = "Enter accept these too  o overrule: accept it alone  Esc back"
        await self.app.push_screen(Companions(title, self._rows(needs), keys), answered)

    async def _reject(self, blocks: Sequence[Block]) -> None:
        async def told(why: Why | None) -> None:
            match why:
                case ("reason", reason):
                    await self._drop(blocks, reason)
                case ("later", _):
                    self._record([Defer(block=block.id) for block in blocks])
                case ("own", _):
                    await self.app.push_screen(Question("why?"), in_own_words)
                case _:
                    pass

        async def in_own_words(text: str | None) -> None:
            if text is not None:
                await self._drop(blocks, text)

        await self.app.push_screen(Reason(f"reject {_blocks(len(blocks))}: why?"), told)

    async def _drop(self, blocks: Sequence[Block], reason: str) -> None:
        """Reject, with what cannot stay then where the person wants it."""
        decisions = [Reject(block=block.id, reason=reason) for block in blocks]
        needs = await self._asked(self.walk.table.needed_by, [block.id for block in blocks])
        if needs is None:
            return
        if not needs:
            self._record(decisions)
            return

        def answered(answer: Answer | None) -> None:
            more = [Reject(block=need.block, reason=reason) for need in needs] if answer == "with" else []
            if answer is not None:
                self._record((*decisions, *more))

        title = f"{_blocks(len(needs))} that {'is' if len(needs) == 1 else 'are'} accepted cannot stay without this"
        keys = "Enter reject these too  o overrule: reject it alone  Esc back"
        await self.app.push_screen(Companions(title, self._rows(needs), keys), answered)

    async def _asked(self, question: Callable[..., Sequence[Need]], blocks: Sequence[str]) -> Sequence[Need] | None:
        """One need for each block. None where it could not be found out; that has been said then."""
        try:
            found = await asyncio.wrap_future(self.checks.ask(lambda: question(*blocks)))
        except SweAgentError as error:
            self.say(error_text(error))
            return None
        first = {need.block: need for need in reversed(found) if need.block not in blocks}
        return [need for need in found if first.get(need.block) is need]

    def _rows(self, needs: Sequence[Need]) -> list[Text]:
        rows = []
        for need in needs:
            block = self.walk.named(need.block)
            path = block.path if block is not None else need.block
            place = self.walk.place(need.block) + 1 if block is not None else "?"
            landed = need.block in self.walk.table.desk.landed
            state = decision_word(self.walk.decision(need.block), landed=landed)
            rows.append(Text(f"block {place}  ") + line(path, "bold") + line(f"  {state}", "dim"))
            rows.append(Text("    ") + sentence(need.why))
        return rows

    def _record(self, decisions: Sequence[Decision]) -> None:
        """Record, and go on to the next open block."""
        if self._guarded(lambda: self.walk.record(*decisions), ""):
            deferred = isinstance(decisions[0], Defer)
            if not self.walk.step_open(1) and not (deferred and self.walk.step(1)):
                left = "no other block is open" if deferred else "every block is decided: q leaves"
                self.message = Text(left, style="bold")
            self.look_soon()
        self.show()

    def _guarded(self, work: Callable[[], None], done: str) -> bool:
        try:
            work()
        except SweAgentError as error:
            self.message = error_text(error)
            return False
        self.message = Text(done)
        return True


def _with(block: Block, lines: Sequence[str]) -> Decision:
    """The block with these lines; accepted as it is where they are its own."""
    return Accept(block=block.id) if tuple(lines) == block.added else Amend(block=block.id, lines=tuple(lines))


def _blocks(count: int) -> str:
    return "1 block" if count == 1 else f"{count} blocks"

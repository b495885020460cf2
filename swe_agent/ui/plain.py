"""The desk in plain prompt mode: one block, one question, one answer a line. Works on any terminal and in a pipe."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, FileChange, join_lines, split_lines
from swe_agent.core.plan import Plan
from swe_agent.core.proposal import Proposal
from swe_agent.ui.console import line, sentence
from swe_agent.ui.proposal import show

HELP = """\
y  accept this block            a  accept this and all that follow
n  reject this block            d  reject this and all that follow
e  edit it, then accept         s  leave it open
q  stop here; what is decided is kept
After n or d a reason may follow on the same line: n wrong rounding"""

ReadLine = Callable[[str], str]
"""Asks for one line; raises EOFError when there are no more."""
EditFile = Callable[[Path], None]


def accepting(block: str) -> Decision:
    return Accept(block=block)


def rejecting(reason: str, block: str) -> Decision:
    return Reject(block=block, reason=reason)


class PlainReviewer:
    """Implements core.ports.Reviewer. An end of input leaves what is undecided open."""

    def __init__(self, console: Console, read_line: ReadLine, edit_file: EditFile) -> None:
        self._console = console
        self._read_line = read_line
        self._edit_file = edit_file
        self._for_all: Callable[[str], Decision] | None = None
        self._stopped = False
        self._shown = 0

    def confirm_plan(self, plan: Plan) -> bool:
        self._console.print(sentence(plan.summary))
        for number, step in enumerate(plan.steps, 1):
            self._console.print(sentence(f"{number}. {step.text}"))
        try:
            return self._read_line("go on with this plan? [y/n] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False

    def decide(
        self, proposal: Proposal, change: FileChange, base: Sequence[str], open_blocks: Set[str]
    ) -> Iterator[Decision]:
        for block in change.blocks:
            if block.id not in open_blocks or self._stopped:
                continue
            if self._for_all is not None:
                yield self._for_all(block.id)
                continue
            self._shown += 1
            self._console.print(show(block, base, f"block {self._shown} of {len(open_blocks)}"), soft_wrap=True)
            for hazard in proposal.hazards:
                if hazard.path == block.path:
                    self._console.print(line(f"look twice: {hazard.kind} {hazard.detail}".rstrip(), "yellow"))
            decision = self._asked(block)
            if decision is not None:
                yield decision

    def _asked(self, block: Block) -> Decision | None:
        while not self._stopped:
            try:
                answer = self._read_line("accept this block? [y,n,e,a,d,s,q,?] ").strip()
            except EOFError:
                self._stopped = True
                return None
            key, _, rest = answer.partition(" ")
            reason = rest.strip()
            match key.lower():
                case "y" | "yes":
                    return Accept(block=block.id)
                case "n" | "no":
                    return Reject(block=block.id, reason=reason)
                case "e" if block.kind == "lines":
                    return self._edited(block)
                case "a":
                    self._for_all = accepting
                    return Accept(block=block.id)
                case "d":
                    self._for_all = partial(rejecting, reason)
                    return Reject(block=block.id, reason=reason)
                case "s":
                    return Defer(block=block.id)
                case "q":
                    self._stopped = True
                case _:
                    self._console.print(HELP)
        return None

    def _edited(self, block: Block) -> Decision:
        with TemporaryDirectory(prefix="swe-agent-") as folder:
            path = Path(folder) / Path(block.path).name
            path.write_bytes(join_lines(block.added))
            self._edit_file(path)
            lines = split_lines(path.read_bytes())
        return Accept(block=block.id) if lines == block.added else Amend(block=block.id, lines=lines)


def editor_of(environment: dict[str, str]) -> list[str]:
    """The user's editor, as git would choose it."""
    return shlex.split(environment.get("VISUAL") or environment.get("EDITOR") or "vi")

"""The desk in plain prompt mode: one block, one question, one answer a line. Works on any terminal, with a screen
reader and in a pipe, and can do all that the full screen can."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from swe_agent.core.companion import Need
from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, FileChange, join_lines, split_lines
from swe_agent.core.errors import SweAgentError
from swe_agent.core.plan import Plan
from swe_agent.desk.lines import numbers_of, picked, removed_first
from swe_agent.desk.table import REASONS, Subset, Table
from swe_agent.ui.console import line, safe, sentence
from swe_agent.ui.desk_walk import files_named, holds
from swe_agent.ui.proposal import decision_word, evidence, show

HELP = """\
y  accept this block            n  reject this block
a  accept the rest of the file  d  reject the rest of the file
A  accept all that follow       D  reject all that follow
e  edit it, then accept         l  accept some of its lines: l 1,3-5
s  leave it open                u  take the last decision back
j  next block                   k  block before this one
J  next open block              K  open block before this one
g  go to a block, or to a file by a part of its path: g 7, g cart
/  next block that holds a text: /total; / alone goes on with the last one
c  comment: c why this way?     t  test what is accepted
x  evidence, what to look at twice, what is wrong with what is accepted
?  this help                    q  stop here; what is decided is kept
After n, d and D a reason may follow, in words (n wrong rounding) or by one
letter: w wrong, s style, c scope, t tests, d duplicate, l later."""

ReadLine = Callable[[str], str]
"""Asks for one line; raises EOFError when there are no more."""
EditFile = Callable[[Path], None]
LATER = "l"
UNCHANGED = "nothing was changed: not decided"
_REASONS = {"w": "wrong", "s": "style", "c": "scope", "t": "tests", "d": "duplicate"}
assert tuple(_REASONS.values()) == REASONS, "one letter each"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One block of a table, with the change that it is of."""

    change: FileChange
    block: Block


class PlainReviewer:
    """Implements desk.table.Reviewer. An end of input leaves what is undecided open."""

    def __init__(self, console: Console, read_line: ReadLine, edit_file: EditFile) -> None:
        self._console = console
        self._read_line = read_line
        self._edit_file = edit_file

    def confirm_plan(self, plan: Plan) -> bool:
        self._console.print(sentence(plan.summary))
        for number, step in enumerate(plan.steps, 1):
            self._console.print(sentence(f"{number}. {step.text}"))
        try:
            return self._read_line("go on with this plan? [y/n] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False

    def confirm_landing(self, table: Table) -> bool:
        """Whether what is accepted shall land now. Without an answer it does not; what is known to be wrong with it is
        said, and then Enter alone is no."""
        subset, count = table.subset(), len(table.desk.to_land)
        tell_faults(self._console, subset)
        wrong = bool(subset.faults or (subset.verdict and subset.verdict.broken))
        if subset.verdict and subset.verdict.broken:
            self._console.print(evidence(subset.verdict))
        blocks = "1 accepted block" if count == 1 else f"{count} accepted blocks"
        try:
            answer = self._read_line(f"land {blocks} now? [{'y/N' if wrong else 'Y/n'}] ").strip().lower()
        except EOFError:
            return False
        return answer in ("y", "yes") or (not answer and not wrong)

    def review(self, table: Table) -> None:
        Review(table, self._console, self._read_line, self._edit_file).go()


def tell_faults(console: Console, subset: Subset) -> None:
    for fault in subset.faults:
        console.print(line(f"in the accepted blocks alone, {fault}", "yellow"))


class Review:
    """One sitting at a table. `at` is the block in question, by its number from 0."""

    def __init__(self, table: Table, console: Console, read_line: ReadLine, edit_file: EditFile) -> None:
        self._table = table
        self._console = console
        self._read_line = read_line
        self._edit_file = edit_file
        self._places = [Place(change=change, block=block) for change in table.changes for block in change.blocks]
        self._undo: list[dict[str, Decision | None]] = []
        """For each decision of this sitting what stood before, by block."""
        self._at = 0
        self._moved = False
        """The person went to this block, which may be decided already."""
        self._sought = ""

    def go(self) -> None:
        while (at := self._next()) is not None:
            self._at, self._moved = at, False
            place = self._places[at]
            self._show(place)
            if not self._answered(place):
                break

    def _next(self) -> int | None:
        """The block to ask about: the one gone to, else the first open one from here on, else from the start."""
        if self._moved:
            return self._at
        open_ids = {block.id for block in self._table.desk.open}
        found = [n for n, place in enumerate(self._places) if place.block.id in open_ids and not self._deferred(place)]
        return next((n for n in found if n >= self._at), found[0] if found else None)

    def _deferred(self, place: Place) -> bool:
        """Left open in this sitting: not asked again."""
        return any(place.block.id in ids for ids in self._passed)

    @property
    def _passed(self) -> list[dict[str, Decision | None]]:
        return [ids for ids in self._undo if all(isinstance(self._decision(id_), Defer) for id_ in ids)]

    def _decision(self, id_: str) -> Decision | None:
        return self._table.desk.decisions.get(id_)

    # ---- showing

    def _show(self, place: Place) -> None:
        table, block = self._table, place.block
        open_now = len(table.desk.open)
        title = f"block {self._at + 1} of {len(self._places)}, {open_now} open"
        decision = self._decision(block.id)
        as_decided = replace(block, added=tuple(table.desk.lines(block)))
        self._console.print(show(as_decided, table.base(place.change), title), soft_wrap=True)
        if decision is not None:
            word = decision_word(decision, landed=block.id in table.desk.landed)
            self._console.print(line(f"so far: {word}", "dim"))
        elif former := table.desk.former.get(block.id):
            self._console.print(line(f"taken back since; before: {decision_word(former, landed=False)}", "dim"))
        for hazard in table.desk.proposal.hazards:
            if hazard.path in (block.path, place.change.moved_from):
                self._console.print(line(f"look twice: {hazard.kind} {hazard.detail}".rstrip(), "yellow"))
        for id_, text in table.comments:
            if id_ == block.id:
                self._console.print(line(f"comment: {text}", "cyan"))

    def _tell_evidence(self) -> None:
        """Of the proposal, and of the accepted blocks as the tree that they are."""
        proposal = self._table.desk.proposal
        self._console.print(evidence(proposal.verdict))
        for h in proposal.hazards:
            self._console.print(line(f"look twice: {h.path}: {h.kind} {h.detail}".rstrip(), "yellow"))
        subset = self._table.subset()
        accepted, open_now = len(self._table.desk.accepted), len(self._table.desk.open)
        self._console.print(line(f"{accepted} of {len(self._places)} blocks accepted, {open_now} open"))
        tell_faults(self._console, subset)
        if not subset.faults:
            self._console.print("they parse, and name nothing that is not there")
        if subset.verdict is None:
            self._console.print("no test has run on them alone; `t` runs them")
        else:
            self._console.print(evidence(subset.verdict))

    # ---- one question

    def _answered(self, place: Place) -> bool:
        """False where the person wants to stop."""
        while True:
            try:
                answer = self._read_line("accept this block? [y,n,e,a,d,s,q,?] ").strip()
            except EOFError:
                return False
            key, rest = (answer[:1], answer[1:].strip()) if answer.startswith("/") else _parted(answer)
            if key in ("q", "quit"):
                return False
            try:
                self._table.refresh()
                if self._done(place, key, rest):
                    return True
            except SweAgentError as error:
                self._console.print(line(f"{error.message}; {error.hint}".rstrip("; "), "yellow"))
            except EOFError:
                return False

    def _done(self, place: Place, key: str, rest: str) -> bool:
        """Whether the question is answered, so that the next block may be shown."""
        block = place.block
        match key:
            case "y" | "yes":
                return self._accept([block], None)
            case "n" | "no":
                return self._reject([block], rest)
            case "a" | "d" | "A" | "D":
                following = [p.block for p in self._following(place, whole=key.isupper())]
                return self._accept(following, None) if key in "aA" else self._reject(following, rest)
            case "e" | "l":
                return self._changed(block, key, rest)
            case "s":
                return self._decide([Defer(block=block.id)])
            case "u":
                return self._taken_back()
            case "j" | "k" | "J" | "K" | "g" | "/":
                return self._go(key, rest)
            case "c":
                self._comment(block, rest)
            case "t":
                self._test()
            case "x":
                self._tell_evidence()
            case _:
                self._console.print(HELP)
        return False

    def _comment(self, block: Block, text: str) -> None:
        if text:
            self._table.comment(block.id, text)
        self._console.print("noted" if text else "the comment follows on the same line: c why this way?")

    def _test(self) -> None:
        if not self._table.desk.accepted:
            self._console.print("nothing is accepted yet: there is nothing to test")
            return
        self._console.print("running the tests on what is accepted")
        self._console.print(evidence(self._table.test()))

    def _following(self, place: Place, *, whole: bool) -> list[Place]:
        """Open blocks from here on, in this file or in all."""
        open_ids = {block.id for block in self._table.desk.open} | {place.block.id}
        rest = self._places[self._at :]
        return [p for p in rest if p.block.id in open_ids and (whole or p.change.path == place.change.path)]

    def _decide(self, decisions: Sequence[Decision]) -> bool:
        before = {decision.block: self._decision(decision.block) for decision in decisions}
        self._table.decide(*decisions)
        self._undo.append(before)
        self._at = min(self._at + 1, len(self._places) - 1)
        return True

    def _taken_back(self) -> bool:
        if not self._undo:
            self._console.print("nothing was decided in this sitting")
            return False
        before = self._undo[-1]
        self._table.decide(*(was or Defer(block=id_) for id_, was in before.items()))
        self._undo.pop()
        first = next(iter(before))
        self._at = next(n for n, place in enumerate(self._places) if place.block.id == first)
        self._moved = True
        return True

    # ---- accepting and rejecting, with what belongs to it

    def _accept(self, blocks: Sequence[Block], edited: Decision | None) -> bool:
        decisions = [edited or self._table.desk.acceptance(block.id) for block in blocks]
        needs = self._table.needs(*(block.id for block in blocks))
        take = self._which(needs, "needs", "accept")
        if take is None:
            return False
        return self._decide([*decisions, *(Accept(block=need.block, companion_of=need.by) for need in take)])

    def _reject(self, blocks: Sequence[Block], reason: str) -> bool:
        if reason == LATER:
            return self._decide([Defer(block=block.id) for block in blocks])
        reason = _REASONS.get(reason, reason)
        needed = self._table.needed_by(*(block.id for block in blocks))
        take = self._which(needed, "is needed by", "reject")
        if take is None:
            return False
        ids = [*(block.id for block in blocks), *(need.block for need in take)]
        return self._decide([Reject(block=id_, reason=reason) for id_ in dict.fromkeys(ids)])

    def _which(self, needs: Sequence[Need], what: str, verb: str) -> Sequence[Need] | None:
        """Which companions are decided too; None to go back."""
        if not needs:
            return ()
        needs = list({need.block: need for need in reversed(needs)}.values())[::-1]  # of each block the first
        numbers = {place.block.id: n for n, place in enumerate(self._places, 1)}
        for need in needs:
            state = decision_word(self._decision(need.block), landed=need.block in self._table.desk.landed)
            self._console.print(line(f"it {what} block {numbers[need.block]} ({state}): {need.why}", "yellow"))
        many = f"{len(needs)} blocks" if len(needs) > 1 else "block"
        while True:
            answer = self._read_line(f"{verb} the other {many} too? [y, o only this one, b back] ").strip().lower()
            match answer:
                case "y" | "yes":
                    return needs
                case "o":
                    return ()
                case "b" | "":
                    return None

    # ---- lines and places

    def _changed(self, block: Block, key: str, rest: str) -> bool:
        if block.kind != "lines":
            self._console.print("this block is no text: it can only be accepted or rejected")
            return False
        if key == "l":
            return self._some_lines(block, rest)
        edited = self._edited(block)
        if edited is None:
            self._console.print(UNCHANGED)
            return False
        return self._accept([block], edited)

    def _edited(self, block: Block) -> Decision | None:
        """None where the lines come back as they were."""
        with TemporaryDirectory(prefix="swe-agent-") as folder:
            path = Path(folder) / Path(block.path).name
            shown = self._table.desk.lines(block)
            path.write_bytes(join_lines(shown))
            self._edit_file(path)
            lines = split_lines(path.read_bytes())
        if lines == shown:
            return None
        return Accept(block=block.id) if lines == block.added else Amend(block=block.id, lines=lines)

    def _some_lines(self, block: Block, rest: str) -> bool:
        wanted = numbers_of(rest, len(block.removed) + len(block.added))
        if not wanted:
            for number, (sign, text) in enumerate(
                [*(("-", one) for one in block.removed), *(("+", one) for one in block.added)], 1
            ):
                self._console.print(safe(f"{number:>4} {sign} {text.rstrip()}"), soft_wrap=True)
            self._console.print("name the lines to accept: l 1,3-5")
            return False
        every = removed_first(block)
        lines = picked(block, {every[number - 1] for number in wanted})
        decision = Accept(block=block.id) if lines == block.added else Amend(block=block.id, lines=lines)
        return self._accept([block], decision)

    def _go(self, key: str, rest: str) -> bool:
        at = self._named(rest) if key == "g" else self._near(key, rest)
        if not 0 <= at < len(self._places):
            self._console.print("there is no such block")
            return False
        self._at, self._moved = at, True
        return True

    def _near(self, key: str, rest: str) -> int:
        """The place of a block as it is seen from here; -1 for none."""
        count = len(self._places)
        behind = [(self._at + far) % count for far in range(1, count + 1)]
        match key:
            case "j" | "k":
                return self._at + (1 if key == "j" else -1)
            case "J" | "K":
                open_ids = {block.id for block in self._table.desk.open}
                order = behind[:-1] if key == "J" else behind[-2::-1]
                return next((n for n in order if self._places[n].block.id in open_ids), -1)
            case _:
                self._sought = rest or self._sought
                held = (n for n in behind if self._sought and holds(self._places[n].block, self._sought))
                return next(held, -1)

    def _named(self, rest: str) -> int:
        """The place of the block with a number, or the first open one of a file, or its first; -1 for none."""
        if rest.isdecimal() and 1 <= int(rest) <= len(self._places):
            return int(rest) - 1
        changes = [change for change in self._table.changes if change.blocks]
        found = files_named(changes, rest) if rest else []
        if not found:
            return -1
        here = [n for n, place in enumerate(self._places) if place.change is changes[found[0]]]
        open_ids = {block.id for block in self._table.desk.open}
        return next((n for n in here if self._places[n].block.id in open_ids), here[0])


def _parted(answer: str) -> tuple[str, str]:
    """The key and what follows it. Some are others in upper case."""
    key, _, rest = answer.partition(" ")
    return (key if key in ("A", "D", "J", "K") else key.lower()), rest.strip()


def editor_of(environment: dict[str, str]) -> list[str]:
    """The user's editor, as git would choose it."""
    return shlex.split(environment.get("VISUAL") or environment.get("EDITOR") or "vi")

"""What the full-screen desk says in words: the state of the whole, of a block, and what is known beside it."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from swe_agent.core.diff import Block, FileChange
from swe_agent.core.errors import SweAgentError
from swe_agent.core.proposal import Proposal
from swe_agent.core.verdict import TestState, Verdict
from swe_agent.desk.table import Subset
from swe_agent.ui.console import line, sentence
from swe_agent.ui.desk_checks import Checks
from swe_agent.ui.desk_walk import Walk
from swe_agent.ui.proposal import decision_word

MOST_HAZARDS = 3

HELP = """\
y  accept this block         n  reject this block
a  accept the rest of file   d  reject the rest of file
A  accept all that follow    D  reject all that follow
s  leave it open, go on      u  take back what was decided last
e  edit it in your editor    i  edit it here
l  take single lines         c  say something of it

j k ↓ ↑  next, previous      J K  next, previous open block
/  search in the blocks      g  go to a block or to a file
PgDn PgUp Space b  scroll    Esc  end a run of the tests

t  test what is accepted     x  evidence, hazards, faults
v  one column or two sides   f  show or hide the files
?  this help                 q  leave (or Ctrl-C); all is recorded already

Where a block needs others, or accepted ones need it, they are listed
first: Enter decides them too, o overrules that, Esc goes back.
A rejection asks why: w wrong, s style, c scope, t tests, d duplicate,
l later (it stays open), Enter for no reason, : for words of your own.
An empty search goes on with the last one."""

KEYS = (
    "y accept  n reject  s later  e edit  i here  l lines  a/d rest of file  c comment  u undo  t test  ? help  q leave"
)
KEYS_NARROW = "y accept  n reject  s later  e edit  l lines  u undo  t test  ? help  q leave"


def counts_line(walk: Walk, message: Text) -> Text:
    said = " · ".join(f"{count} {word}" for word, count in walk.counts().items())
    return Text(said, style="bold") + (Text("  ") + message if message else Text())


def subset_line(walk: Walk, checks: Checks) -> Text:
    """The state of exactly the blocks that are accepted now."""
    running = Text("; tests are running … (Esc stops them)", style="bold") if checks.testing else Text()
    if not walk.accepted():
        return Text("nothing is accepted yet") + running
    subset = checks.subset
    if subset is None:
        return Text("accepted blocks: being checked …") + running
    if isinstance(subset, SweAgentError):
        return line(f"accepted blocks: cannot be checked: {subset.message}", "bold red") + running
    return Text("accepted blocks ") + _faults(subset) + (running or Text("; ") + _tests(subset.verdict))


def _faults(subset: Subset) -> Text:
    if not subset.faults:
        return Text("parse, no name is missing", style="green")
    first, more = subset.faults[0], len(subset.faults) - 1
    return line(f"are WRONG: {first}{f' and {more} more (x)' if more else ''}", "bold red")


def _tests(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("tests have not run on them (t)", style="yellow")
    return Text("tests on them: ") + verdict_text(verdict)


def verdict_text(verdict: Verdict) -> Text:
    """A verdict in a few words."""
    if not verdict.ran:
        return line(f"unverified: {verdict.note or 'no test was run'}", "yellow")
    states = [
        f"{len(tests)} {state.value}"
        for state in (TestState.BROKEN, TestState.FIXED, TestState.STILL_FAILING, TestState.FLAKY, TestState.KEPT)
        if (tests := verdict.of(state))
    ]
    style = {"verified": "green", "kept": "green", "broken": "bold red"}.get(verdict.word, "yellow")
    counted = f" ({', '.join(states)})" if states else ""
    return line(f"{verdict.word}{counted}", style)


def error_text(error: SweAgentError) -> Text:
    return line(f"error: {error.message}{f' ({error.hint})' if error.hint else ''}", "bold red")


def head_text(walk: Walk, block: Block) -> str:
    """What stands on the head row of a block: its number, its state, its size."""
    landed = block.id in walk.table.desk.landed
    state = decision_word(walk.decision(block.id), landed=landed)
    if state == "open" and (former := walk.table.desk.former.get(block.id)):
        state = f"open again, taken back; before: {decision_word(former, landed=False)}"
    number = walk.place(block.id) + 1
    size = f"+{len(block.added)} -{len(block.removed)}" if block.kind == "lines" else block.kind
    return line(f"block {number} of {len(walk.blocks)}: {state.upper() if state == 'open' else state}  {size}").plain


def said_of(proposal: Proposal, change: FileChange, comments: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    """For each block of a file what is told beside it: hazards of its file, tests in it, comments."""
    hazards = [
        line(f"look twice: {h.kind} {h.detail}".rstrip()).plain for h in proposal.hazards if h.path == change.path
    ]
    if len(hazards) > MOST_HAZARDS:
        hazards = [*hazards[:MOST_HAZARDS], f"look twice: and {len(hazards) - MOST_HAZARDS} more (x shows all)"]
    tests = _tests_in(proposal.verdict, change.path)
    return {
        block.id: hazards
        + ([tests] if tests else [])
        + [sentence(f"comment: {text}").plain for text in comments.get(block.id, ())]
        for block in change.blocks
    }


def _tests_in(verdict: Verdict, path: str) -> str:
    """What became of the tests of one file, told beside its blocks."""
    own = [state for test, state in verdict.states.items() if test.startswith((f"{path}::", f"{path}:"))]
    counted = [f"{own.count(state)} {state.value}" for state in TestState if state in own]
    return f"evidence: of the tests in this file {', '.join(counted)}" if counted else ""


def file_line(walk: Walk) -> Text:
    change = walk.change
    moved = f" from {change.moved_from}" if change.moved_from else ""
    where = f"  {change.status}{moved}, file {walk.file + 1} of {len(walk.changes)}"
    return line(change.path, "bold") + line(where)

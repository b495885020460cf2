"""A proposal on the screen: plan, evidence, blocks, cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shlex import join

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from swe_agent.core.decision import Accept, Amend, Decision, Defer, Reject
from swe_agent.core.diff import Block, show_block
from swe_agent.core.proposal import Proposal
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import TestState, Verdict
from swe_agent.desk.order import blocks_in_order
from swe_agent.ui.console import line, safe, sentence

_STYLE = {" ": "", "-": "red", "+": "green"}
VERDICTS = {
    "verified": ("verified", "bold green"),
    "kept": ("all tests pass as before; none failed before, so none proves the change", "bold yellow"),
    "not fixed": ("nothing broken, nothing fixed", "bold yellow"),
    "broken": ("breaks tests", "bold red"),
    "unverified": ("unverified", "bold yellow"),
}


def show_proposal(console: Console, proposal: Proposal, bases: Mapping[str, Sequence[str]]) -> None:
    """`bases` are the lines of each changed file before the change."""
    of_range = f" ({proposal.task.source})" if proposal.provenance.engine == "range" else ""
    console.print(line(f"{proposal.id}: {proposal.task.text.strip().splitlines()[0]}{of_range}", "bold"))
    if proposal.plan and (proposal.plan.summary or proposal.plan.steps):
        console.print(_plan(proposal))
    console.print(evidence(proposal.verdict))
    for number, block in enumerate(blocks_in_order(proposal), 1):
        title = f"block {number} of {len(proposal.blocks)}"
        console.print(show(block, bases.get(block.path, ()), title), soft_wrap=True)
    for hazard in proposal.hazards:
        said = f"look twice: {hazard.path}: {hazard.kind} {hazard.detail}".rstrip()
        console.print(line(said, "yellow"), soft_wrap=True)
    if proposal.summary:
        console.print()
        # Indented, so that no line of it passes for one of ours.
        console.print(Padding(safe(proposal.summary), (0, 0, 0, 2)))
    console.print(line(f"by {proposal.provenance.model or 'repair'}; {cost_line(proposal.spent)}", "dim"))


def _plan(proposal: Proposal) -> RenderableType:
    assert proposal.plan is not None, "asked for by the caller"
    steps = [sentence(f"{n}. {step.text}") for n, step in enumerate(proposal.plan.steps, 1)]
    return Panel(Group(safe(proposal.plan.summary), *steps), title="plan", title_align="left", border_style="dim")


def evidence(verdict: Verdict) -> RenderableType:
    """What the harness saw before and after; said plainly where it saw nothing."""
    word, style = VERDICTS[verdict.word]
    head = Text("evidence: ") + Text(word, style=style)
    if not verdict.ran:
        return head + line(f" — {verdict.note or 'no test was run'}")
    table = Table(box=None, show_header=False, pad_edge=False)
    for state, mark in (
        (TestState.FIXED, "green"),
        (TestState.BROKEN, "bold red"),
        (TestState.STILL_FAILING, "yellow"),
        (TestState.FLAKY, "yellow"),
        (TestState.NOT_RUN, "dim"),
        (TestState.KEPT, ""),
    ):
        tests = verdict.of(state)
        if tests:
            named = "" if state is TestState.KEPT else ", ".join(tests[:6]) + (" …" if len(tests) > 6 else "")
            table.add_row(Text(f"  {state.value}", style=mark), Text(str(len(tests))), line(named))
    after = verdict.after
    assert after is not None, "a verdict that ran has a run after"
    slow = f" did not end within {after.seconds:.0f} s" if after.timed_out else ""
    command = line(f"  `{join(after.command)}`{slow}, sandbox: {after.tier}", "yellow" if slow else "dim")
    return Group(head, table, command) if verdict.states else Group(head, command)


def show(block: Block, base: Sequence[str], title: str) -> RenderableType:
    head = Text("\n") + line(f"{title}  {block.path}  [{block.id}]", "bold")
    if block.kind != "lines":
        return Group(head, line(f"  {block.note}", "magenta"))
    lines: list[Text] = []
    box_is_gone = len(base) < block.base_start + len(block.removed)  # then the block is shown without its context
    for shown in show_block(block, base, context=0 if box_is_gone else 3):
        number = shown.base_line if shown.sign != "+" else shown.head_line
        text = shown.text.rstrip("\n")
        end = "" if shown.text.endswith("\n") else "  (no newline at the end)"
        returned = "<CR>" if text.endswith("\r") else ""
        said = f"{number or '':>5} {shown.sign} {text.removesuffix(chr(13))}{returned}{end}"
        lines.append(safe(said, _STYLE[shown.sign]))
    return Group(head, *lines)


def cost_line(spent: Spent) -> str:
    if not spent.calls:
        return "no model was asked, cost $0"
    usage = spent.usage
    about = " (estimated)" if usage.estimated else ""
    return (
        f"{spent.calls} answers, {usage.input_tokens:,} tokens in, {usage.cached_tokens:,} cached, "
        f"{usage.output_tokens:,} out{about}, {spent.cost}"
    )


def decision_word(decision: Decision | None, *, landed: bool) -> str:
    match decision:
        case Accept():
            word = "accepted"
        case Amend():
            word = "accepted, edited"
        case Reject(reason=reason):
            return f"rejected{': ' + reason if reason else ''}"
        case Defer():
            return "deferred"
        case None:
            return "open"
    return word + (" and landed" if landed else "")

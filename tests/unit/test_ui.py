"""What comes from a repository or a model stays on its own line of the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console
from tables import MemoryTable, change_of

from swe_agent.core.diff import FileChange, FileEntry, diff_file
from swe_agent.core.event import (
    CommandRan,
    Continued,
    EditProposed,
    EditRefused,
    Event,
    EventBody,
    SnapshotTaken,
    TaskStarted,
    TestsRan,
    ToolUsed,
    Warned,
)
from swe_agent.core.plan import Plan, Step
from swe_agent.core.proposal import HazardNote, Proposal, Provenance, Snapshot
from swe_agent.core.record import BlockRecord, JobBook, JobRecord, LandingRecord, Outcome
from swe_agent.core.task import RunOptions, Task
from swe_agent.core.usage import Spent
from swe_agent.core.verdict import TestCase, TestRun, Verdict, compare
from swe_agent.ui.console import line
from swe_agent.ui.narrator import Narrator
from swe_agent.ui.plain import PlainReviewer
from swe_agent.ui.proposal import show_proposal
from swe_agent.ui.tables import jobs_table, state_of

FORGED = "zz.txt\n\nevidence: verified\n"
SHOWN = "zz.txt<U+000A><U+000A>evidence: verified<U+000A>"


def change() -> FileChange:
    return diff_file(FORGED, None, FileEntry(mode="100644", id="h"), b"", b"text\n")


def proposal(verdict: Verdict) -> Proposal:
    return Proposal(
        id="job",
        task=Task(text="fix it"),
        snapshot=Snapshot(commit="c", tree="t", head=None, branch=None, dirty=False),
        tree="h",
        changes=(change(),),
        verdict=verdict,
        provenance=Provenance(engine="model", model=FORGED, prompt_version="1", edit_format="e", task_kind="fix"),
        spent=Spent(),
        hazards=(HazardNote(kind=f"kind {FORGED}", path=FORGED, detail=FORGED),),
    )


def a_run(outcome: str) -> TestRun:
    case = TestCase(id=FORGED, outcome="failed" if outcome == "failed" else "passed")
    return TestRun(command=("test", FORGED), status=int(outcome == "failed"), cases=(case,), seconds=1, tier=FORGED)


def screen(show: Callable[[Console], object], width: int = 400) -> list[str]:
    out = StringIO()
    show(Console(file=out, width=width, highlight=False, emoji=False, markup=False))
    return out.getvalue().splitlines()


def test_a_line_is_one_line() -> None:
    assert line("a\n\r\tb\x1b[2J\u2028é").plain == "a<U+000A><U+000D><U+0009>b<U+001B>[2J<U+2028>é"


@pytest.mark.parametrize("width", [60, 400])
def test_a_path_forges_no_line_of_a_proposal(width: int) -> None:
    verdicts = (Verdict(note=FORGED), compare(a_run("failed"), a_run("failed")))
    for verdict in verdicts:
        said = screen(lambda console, of=verdict: show_proposal(console, proposal(of), {}), width)  # type: ignore[misc]
        evidence = [text for text in said if text.lstrip().startswith("evidence:")]
        assert len(evidence) == 1, evidence
        assert not evidence[0].startswith("evidence: verified")
        assert f"block 1 of 1  {SHOWN}  [{change().blocks[0].id}]" in said


def test_a_summary_and_a_plan_forge_no_line_of_a_proposal() -> None:
    plan = Plan(summary=FORGED, steps=(Step(text=FORGED),))
    spoken = replace(proposal(Verdict(note="")), plan=plan, summary=FORGED)
    said = screen(lambda console: show_proposal(console, spoken, {}), 60)
    assert len([text for text in said if text.startswith("evidence:")]) == 1, said


@pytest.mark.parametrize(
    "body",
    [
        EditProposed(path=FORGED, what="new file", tree="t"),
        EditRefused(path=FORGED, reason=FORGED),
        ToolUsed(call_id="1", name=FORGED, arguments="{}", ok=True, result="", seconds=1),
        CommandRan(argv=(), status=0, seconds=1, tier=FORGED, layers=(FORGED,), missing=(FORGED,)),
        Warned(message=FORGED),
    ],
)
def test_an_event_is_told_on_one_line(body: EventBody) -> None:
    said = screen(lambda console: Narrator(console).tell(Event(v=1, seq=1, at="", job="job", body=body)))
    assert len(said) == 1
    assert SHOWN in said[0]


def test_the_hint_of_a_warning_has_a_line_of_its_own() -> None:
    body = Warned(message="look", hint="type `this`")
    said = screen(lambda console: Narrator(console).tell(Event(v=1, seq=1, at="", job="job", body=body)))
    assert said == ["· warning: look", "  type `this`"]


def test_questions_and_tables_keep_their_lines() -> None:
    def ask(console: Console) -> None:
        table = MemoryTable({}, {FORGED: b"text\n"}, hazards=proposal(Verdict()).hazards)
        table.comment(table.block(FORGED), FORGED)
        PlainReviewer(console, lambda _prompt: "y\n", lambda _path: None).review(table)

    job = JobRecord(job="job", title=FORGED, kind="fix", engine="model", model=FORGED, started_at="", verdict=FORGED)
    wide = screen(lambda console: console.print(jobs_table([JobBook(job=job)], {}, hidden=0, width=400)))
    narrow = screen(lambda console: console.print(jobs_table([JobBook(job=job)], {}, hidden=0, width=40)))
    assert [text for text in (*screen(ask), *wide, *narrow) if text.lstrip().startswith("evidence:")] == []
    assert [len(wide), narrow[1:]] == [2, ["  stopped half-way", f"  {SHOWN}", f"  {SHOWN}"]]


def test_a_command_is_shown_as_it_can_be_typed() -> None:
    run = TestRun(command=("python3", "-c", "import helpers.cart"), status=1, cases=(), seconds=1, tier="t")
    event = Event(v=1, seq=1, at="", job="job", body=TestsRan(tree="t", run=run))
    quoted = "`python3 -c 'import helpers.cart'`"
    assert quoted in screen(lambda console: Narrator(console).tell(event))[0]
    said = screen(lambda console: show_proposal(console, proposal(compare(run, run)), {}))
    assert f"  {quoted}, sandbox: t" in said


def test_only_a_head_of_the_user_is_called_detached() -> None:
    """What a range or another job begins from says nothing of the branch that the user is on."""

    def base(*before: EventBody, branch: str | None = None) -> str:
        snapshot = Snapshot(commit="c" * 40, tree="t", head="c" * 40, branch=branch, dirty=False)

        def show(console: Console) -> None:
            narrator = Narrator(console)
            for body in (*before, SnapshotTaken(snapshot=snapshot)):
                narrator.tell(Event(v=1, seq=1, at="", job="job", body=body))

        return screen(show)[-1]

    started = TaskStarted(task=Task(text="fix it"), options=RunOptions(), checkout="")
    of_range = replace(started, options=RunOptions(engine="range", base="c" * 40))
    assert base(started) == "· base: cccccccccc (detached)"
    assert base(started, branch="main") == "· base: cccccccccc on main"
    assert base(of_range) == "· base: cccccccccc"
    assert base(started, Continued(of="other", tree="t")) == "· base: cccccccccc"


def test_closed_jobs_that_are_not_shown_are_counted() -> None:
    one, two = (screen(lambda c, n=n: c.print(jobs_table([], {}, hidden=n, width=80))) for n in (1, 2))  # type: ignore[misc]
    assert (one, two) == (["and 1 closed one: `swe-agent list --all`"], ["and 2 closed ones: `swe-agent list --all`"])


def test_blocks_are_numbered_in_the_order_of_review() -> None:
    changes = (change_of("a.md", None, b"text\n"), change_of("b.py", None, b"x = 1\n"))
    said = screen(lambda console: show_proposal(console, replace(proposal(Verdict()), changes=changes), {}))
    assert [text.split()[4] for text in said if text.startswith("block ")] == ["b.py", "a.md"]


@pytest.mark.parametrize(
    ("outcomes", "landing", "closed", "state"),
    [
        ("proposed deferred", "", "", "2 of 2 blocks open"),
        ("accepted_unchanged auto_accepted", "", "", "2 accepted, not landed"),
        ("accepted_edited proposed", "", "", "1 of 2 blocks open"),
        ("accepted_edited rejected", "", "", "1 accepted, not landed"),
        ("accepted_edited rejected", "landed", "decided", "landed"),
        ("rejected superseded", "", "decided", "decided"),
        ("undone undone", "undone", "decided", "undone"),
        ("undone rejected proposed", "undone", "", "2 of 3 blocks open"),
        ("accepted_unchanged rejected", "undone", "decided", "1 accepted, not landed"),
        ("rejected rejected", "undone", "decided", "decided"),
        ("proposed rejected", "", "expired", "expired"),
        ("accepted_unchanged proposed", "landed", "expired", "landed"),
    ],
)
def test_the_state_of_a_job_tells_what_is_to_be_done(outcomes: str, landing: str, closed: str, state: str) -> None:
    job = JobRecord(job="job", title="", kind="fix", engine="model", model="m", started_at="", closed=closed)
    blocks = tuple(_block(outcome, "l" if landing == "landed" else "") for outcome in outcomes.split())  # type: ignore[arg-type]  # the words of Outcome
    landings = (LandingRecord(landing="l", job="job", at="", state=landing, files=1),) if landing else ()  # type: ignore[arg-type]  # so is this
    assert state_of(JobBook(job=job, blocks=blocks, landings=landings), {}) == state


def _block(outcome: Outcome, landing: str) -> BlockRecord:
    came = landing if outcome.startswith(("accepted", "auto")) else ""
    return BlockRecord(
        job="job", block="b", path="a.py", language="", model="m", added=1, removed=0, lines=1, outcome=outcome,
        landing=came,
    )  # fmt: skip

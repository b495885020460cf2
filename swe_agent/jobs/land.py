"""From decisions to the user's tree: the subset is merged, tested as the new tree that it is, and written or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swe_agent.core.decision import Accept
from swe_agent.core.errors import AnswerIsNo, Interrupted, TreeMoved, UsageError
from swe_agent.core.event import Landed, LandingDropped, LandingIntended, Recorded
from swe_agent.core.naming import named
from swe_agent.core.proposal import TREE, Landing, Way
from swe_agent.core.verdict import Verdict
from swe_agent.desk import images
from swe_agent.desk.desk import Desk
from swe_agent.desk.interrupts import Held, held_back
from swe_agent.desk.land import Planned, plan
from swe_agent.desk.write import look, now, write
from swe_agent.jobs import uncommitted
from swe_agent.jobs.attest import attest
from swe_agent.jobs.decide import close_if_decided, open_desk, reread
from swe_agent.jobs.job import box_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.record import Record, message_of
from swe_agent.jobs.recover import close_all
from swe_agent.jobs.table import JobTable
from swe_agent.jobs.trial import Trial
from swe_agent.store.lines import locked
from swe_agent.workspace.box import JobBox

CUT_OFF = Interrupted("interrupted; nothing was written")
SHOWN = 3
TRIES = 2
"""A file that changes between planning and writing is planned for once more, then it is exit code 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingResult:
    """What a landing came to. `verdict` says what the tests made of exactly this subset. `commit` is the id of the
    commit that was made, if one was; `kept` are files with what another program saved at the same moment."""

    landing: str
    files: tuple[str, ...]
    verdict: Verdict
    closed: bool
    commit: str = ""
    kept: tuple[str, ...] = ()


def land(
    kit: Kit, job: str, *, trial: Trial, way: Way = TREE, force: bool = False, overruled: bool = False
) -> LandingResult:
    """Land what is accepted and has not landed yet. AnswerIsNo where the subset breaks a test, unless `force`, and
    where it does not hold together by itself, unless somebody who has seen that has `overruled` it. `trial` runs the
    tests, and knows those that ran on this very tree already."""
    with locked(kit.place.paths.landing_lock):
        close_all(kit)
        desk = open_desk(kit, job)
        if not desk.to_land:
            still = "; blocks are still open" if desk.open else ""
            raise UsageError(
                f"nothing accepted is left to land in {desk.proposal.id}{still}",
                hint=f"decide it first: `swe-agent desk {desk.proposal.id}`",
            )
        box = box_of(kit, desk.proposal.id)
        if not force and not overruled:
            _require_sound(kit, desk, trial)
        kept: tuple[str, ...] = ()
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                return _land_once(kit, desk, box, kept, trial=trial, way=way, force=force)
            except TreeMoved as error:
                kept += error.kept
                if not tries_left:
                    raise with_kept(error, kept) from error
    raise AssertionError("the loop returns or raises")


def _require_sound(kit: Kit, desk: Desk, trial: Trial) -> None:
    """AnswerIsNo where a name is missing, or a file does not parse, for want of a block that was not accepted."""
    if all(isinstance(desk.decisions.get(block.id), Accept) for block in desk.proposal.blocks):
        return
    job = desk.proposal.id
    faults = [str(fault) for fault in JobTable(kit, desk, trial).subset().faults]
    if faults:
        raise AnswerIsNo(
            f"the accepted blocks do not hold together alone: {named(faults, SHOWN, '; ')}; nothing was written",
            hint=f"accept what they need too (`swe-agent desk {job}` offers it), give them up "
            f"(`swe-agent reject {job} --accepted`), or land all the same with `--force`",
        )


def with_kept(error: TreeMoved, kept: Sequence[str]) -> TreeMoved:
    """The error, with the names of what is kept."""
    if not kept:
        return error
    more = f"\nwhat another program had saved meanwhile is kept in {', '.join(kept)}"
    return TreeMoved(error.message + more, hint=error.hint, kept=tuple(kept))


def _land_once(
    kit: Kit, desk: Desk, box: JobBox, kept: tuple[str, ...], *, trial: Trial, way: Way, force: bool
) -> LandingResult:
    top, job, journal = kit.place.checkout.top, desk.proposal.id, kit.books.journal
    files = plan(desk, box.contents(desk.proposal.changes).__getitem__, lambda path: look(top, path))
    # What git would refuse afterwards is refused before the tests take their time.
    record = Record(kit, top, way, files)
    kit.voices.progress("testing what was accepted")
    verdict = trial.of(desk.proposal, box, files)
    kit.voices.progress("")
    if verdict.broken and not force:
        raise AnswerIsNo(
            "the accepted blocks alone break tests; nothing was written",
            hint=f"accept the blocks that they need too (`swe-agent desk {job}`), give them up "
            f"(`swe-agent reject {job} --accepted`), or land all the same with `--force`",
        )
    message = message_of(kit, desk.proposal, way)
    id_ = kit.time.new_id()
    store = kit.place.paths.landing(id_)
    images.mark(store, top)
    writes = () if way.kind == "branch" else files
    intent = images.store_images(store, writes, id_, job, way)
    with held_back() as held:
        journal.append(job, LandingIntended(landing=intent))
        made = record.branch(message)
        stands = write_or_drop(kit, intent, writes, held)
        if stands:
            journal.append(job, Landed(landing=id_, tests=verdict.after))
            attest(kit, desk, id_)
            if way.kind in ("tree", "staged"):
                uncommitted.keep(kit, desk, id_)
            try:
                made = record.after(message) or made
            finally:
                # Refused by git or a hook is told, and done with.
                if way.kind != "tree":
                    journal.append(job, Recorded(landing=id_, commit=made))
                closed = close_if_decided(kit, reread(kit, desk))
            held.forget()  # it has landed: to say that it was interrupted would be wrong
    if not stands:
        raise CUT_OFF
    paths = tuple(file.path for file in files)
    return LandingResult(landing=id_, files=paths, verdict=verdict, closed=closed, commit=made, kept=kept)


def write_or_drop(kit: Kit, intent: Landing, files: Sequence[Planned], held: Held) -> bool:
    """Write all or nothing; False where a signal came in time. The intent is closed as dropped only where nothing of it
    stands; else `recover` does it."""
    top = kit.place.checkout.top
    try:
        if write(top, files, stop=held):
            return True
        kit.books.journal.append(intent.job, LandingDropped(landing=intent.id, why="interrupted"))
        return False
    except BaseException as error:
        if not any(file.before != file.after == now(top, file.path) for file in files):
            why = str(error) or type(error).__name__
            kit.books.journal.append(intent.job, LandingDropped(landing=intent.id, why=why))
        raise

"""From decisions to the user's tree: the subset is merged, tested as the new tree that it is, and written or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swe_agent.core.errors import AnswerIsNo, EnvironmentLacks, TreeMoved, UsageError
from swe_agent.core.event import Event, Landed, LandingDropped, LandingIntended, UndoIntended, Undone
from swe_agent.core.proposal import Landing
from swe_agent.core.verdict import Verdict
from swe_agent.desk import land as landing
from swe_agent.desk.desk import Desk
from swe_agent.jobs.decide import close_if_decided, open_desk
from swe_agent.jobs.job import box_of
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.record import TREE, Record, Way
from swe_agent.jobs.trial import Trial
from swe_agent.store.lines import locked
from swe_agent.workspace.box import JobBox

TRIES = 2
"""A file that changes between planning and writing is planned for once more, then it is exit code 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingResult:
    """What a landing came to. `verdict` says what the tests made of exactly this subset. `commit` is the id of the
    commit that was made, if one was."""

    landing: str
    files: tuple[str, ...]
    verdict: Verdict
    closed: bool
    commit: str = ""


def land(kit: Kit, job: str, *, trial: Trial, way: Way = TREE, force: bool = False) -> LandingResult:
    """Land what is accepted and has not landed yet. AnswerIsNo where the subset breaks a test, unless `force`. `trial`
    runs the tests, and knows those that ran on this very tree already."""
    with locked(kit.place.paths.landing_lock):
        desk = open_desk(kit, job)
        if not desk.to_land:
            still = "; blocks are still open" if desk.open else ""
            raise UsageError(
                f"nothing accepted is left to land in {desk.proposal.id}{still}",
                hint=f"decide it first: `swe-agent desk {desk.proposal.id}`",
            )
        box = box_of(kit, desk.proposal.id)
        for tries_left in range(TRIES - 1, -1, -1):
            try:
                return _land_once(kit, desk, box, trial=trial, way=way, force=force)
            except TreeMoved:
                if not tries_left:
                    raise
    raise AssertionError("the loop returns or raises")


def _land_once(kit: Kit, desk: Desk, box: JobBox, *, trial: Trial, way: Way, force: bool) -> LandingResult:
    top = kit.place.checkout.top
    files = landing.plan(desk, box.contents(desk.proposal.changes).__getitem__, lambda path: landing.now(top, path))
    kit.voices.progress("testing what was accepted")
    verdict = trial.of(desk.proposal, box, files)
    if verdict.broken and not force:
        raise AnswerIsNo(
            "the accepted blocks alone break tests; nothing was written",
            hint="accept the blocks that they need too, or land all the same with `--force`",
        )
    record = Record(kit, desk.proposal, way, files)
    id_ = kit.time.new_id()
    landing.mark(kit.place.paths.landing(id_), top)
    writes = () if way.kind == "branch" else files
    intent = landing.store_images(kit.place.paths.landing(id_), writes, id_, desk.proposal.id)
    journal = kit.books.journal
    journal.append(desk.proposal.id, LandingIntended(landing=intent))
    made = record.before()
    _write(kit, intent, writes)
    journal.append(desk.proposal.id, Landed(landing=id_, tests=verdict.after))
    closed = close_if_decided(kit, open_desk(kit, desk.proposal.id))
    made = record.after() or made
    paths = tuple(file.path for file in files)
    return LandingResult(landing=id_, files=paths, verdict=verdict, closed=closed, commit=made)


def _write(kit: Kit, intent: Landing, files: Sequence[landing.Planned]) -> None:
    """Write all or nothing. The intent is closed as dropped only where nothing of it stands; else `recover` does it."""
    top = kit.place.checkout.top
    try:
        landing.write(top, files)
    except BaseException as error:
        if not any(file.before != file.after == landing.now(top, file.path) for file in files):
            why = str(error) or type(error).__name__
            kit.books.journal.append(intent.job, LandingDropped(landing=intent.id, why=why))
        raise


# ---- taking back, and crashes


def undo(kit: Kit, landing_id: str = "") -> Landing:
    """Take the last landing back, or the one named. What was written since, elsewhere in the files, stays."""
    with locked(kit.place.paths.landing_lock):
        top = kit.place.checkout.top
        last = _to_take_back(kit, landing_id)
        store = kit.place.paths.landing(last.id)
        files = landing.reverse(last.files, store, lambda path: landing.now(top, path))
        id_ = kit.time.new_id()
        landing.mark(kit.place.paths.landing(id_), top)
        reverse = landing.store_images(kit.place.paths.landing(id_), files, id_, last.job)
        kit.books.journal.append(last.job, UndoIntended(landing=reverse, undoes=last.id))
        _write(kit, reverse, files)
        kit.books.journal.append(last.job, Undone(landing=last.id, by=id_))
        return last


def _to_take_back(kit: Kit, landing_id: str) -> Landing:
    """The landing that was named, else the last one of this checkout: its worktrees share the journal."""
    standing = _standing(kit.books.journal.events())
    places = {one.id: landing.checkout_of(kit.place.paths.landing(one.id)) for one in standing}
    named = [one for one in standing if not landing_id or one.id.endswith(landing_id) or one.job == landing_id]
    if not named:
        raise UsageError(
            f"no landing {landing_id} stands" if landing_id and standing else _NOTHING,
            hint="`swe-agent list --all` shows what has landed",
        )
    here = [one for one in named if places[one.id] in (None, kit.place.checkout.top)]
    if not here:
        place = places[named[-1].id]
        raise UsageError(
            f"nothing of it has landed here, but in {place}", hint=f"take it back there: `swe-agent -C {place} undo`"
        )
    if places[here[-1].id] is None:
        files = " ".join(file.path for file in here[-1].files)
        raise EnvironmentLacks(
            f"what stood before the landing of {here[-1].job} is not kept here: the repository was copied or moved "
            "since, or the state folder was removed",
            hint=f"take it back with git: `git diff -- {files}` shows what is there now",
        )
    return here[-1]


_NOTHING = "nothing has landed that could be taken back"


def _standing(events: tuple[Event, ...]) -> list[Landing]:
    """Landings that stand, oldest first."""
    intended: dict[str, Landing] = {}
    standing: dict[str, Landing] = {}
    for event in events:
        body = event.body
        if isinstance(body, LandingIntended):
            intended[body.landing.id] = body.landing
        elif isinstance(body, Landed) and body.landing in intended:
            # One without files changed nothing, and one without names was forgotten: neither can be taken back.
            if any(file.path for file in intended[body.landing].files):
                standing[body.landing] = intended[body.landing]
        elif isinstance(body, Undone):
            standing.pop(body.landing, None)
    return list(standing.values())


def open_intents(events: tuple[Event, ...]) -> list[LandingIntended | UndoIntended]:
    """Intents that were never closed: a process died while it wrote."""
    still: dict[str, LandingIntended | UndoIntended] = {}
    for event in events:
        body = event.body
        if isinstance(body, LandingIntended | UndoIntended):
            still[body.landing.id] = body
        elif isinstance(body, Landed | LandingDropped):
            still.pop(body.landing, None)
        elif isinstance(body, Undone):
            still.pop(body.by, None)
    return list(still.values())


def recover(kit: Kit) -> tuple[str, ...]:
    """Close every open intent; what was done, in words. Called before a command gets its Kit."""
    if not open_intents(kit.books.journal.events()):
        return ()
    with locked(kit.place.paths.landing_lock):
        return tuple(_close_intent(kit, intent) for intent in open_intents(kit.books.journal.events()))


def _close_intent(kit: Kit, intent: LandingIntended | UndoIntended) -> str:
    """Forward or back, in the checkout that it was for, whichever one of the repository this is."""
    one, journal = intent.landing, kit.books.journal
    what = f"{'an undo' if isinstance(intent, UndoIntended) else 'a landing'} of {one.job} that a crash had cut off"
    store = kit.place.paths.landing(one.id)
    top = landing.checkout_of(store)
    if top is None or not top.is_dir():
        why = f"its checkout {top} is gone" if top else "what it was to write is not kept here"
        journal.append(one.job, LandingDropped(landing=one.id, why=why))
        files = " ".join(file.path for file in one.files)
        return f"{what} could not be completed, for {why}; look at the files: `git diff -- {files}`"
    forward = landing.recover(top, one, store)
    if not forward:
        journal.append(one.job, LandingDropped(landing=one.id, why="rolled back after a crash"))
    elif isinstance(intent, UndoIntended):
        journal.append(one.job, Undone(landing=intent.undoes, by=one.id))
    else:
        journal.append(one.job, Landed(landing=one.id))
    return f"{what} was {'completed' if forward else 'rolled back'}"

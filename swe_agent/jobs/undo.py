"""A landing taken back: exactly, or, where it is wanted, with what the user has written since."""

from __future__ import annotations

from dataclasses import dataclass

from swe_agent.core.errors import EnvironmentLacks, TreeMoved, UsageError
from swe_agent.core.event import UndoIntended, Undone
from swe_agent.core.proposal import TREE, Landing
from swe_agent.desk import images
from swe_agent.desk.interrupts import held_back
from swe_agent.desk.land import reverse
from swe_agent.desk.write import look
from swe_agent.jobs import uncommitted
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.land import CUT_OFF, with_kept, write_or_drop
from swe_agent.jobs.landings import commit_of, standing
from swe_agent.jobs.record import Record
from swe_agent.jobs.recover import close_all
from swe_agent.repo.recording import remove, require_removable
from swe_agent.store.lines import locked

_NOTHING = "nothing has landed that could be taken back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken back. `commit` is one that it made and that stays in the history."""

    landing: Landing
    commit: str = ""


def undo(kit: Kit, landing_id: str = "", *, keep_edits: bool = False) -> Taken:
    """Take back one landing, the last one by default. TreeMoved where the user has edited one of its files since,
    unless `keep_edits`; and where what they wrote cannot be parted from it. What was staged no longer is, and a branch
    that was made goes: TreeMoved where they have gone on from there."""
    with locked(kit.place.paths.landing_lock):
        close_all(kit)
        last = _to_take_back(kit, landing_id)
        top, store, journal = kit.place.checkout.top, kit.place.paths.landing(last.id), kit.books.journal
        commit = commit_of(journal.events(last.job), last.id)
        is_branch, is_staged = last.way.kind == "branch", last.way.kind == "staged"
        if is_branch:
            require_removable(kit.place.git, last.way.branch, commit)
        files = reverse(images.kept(store, last), lambda path: look(top, path), keep_edits=keep_edits)
        record = Record(kit, top, last.way if is_staged else TREE, files)
        id_ = kit.time.new_id()
        images.mark(kit.place.paths.landing(id_), top)
        back = images.store_images(
            kit.place.paths.landing(id_), files, id_, last.job, last.way if is_branch or is_staged else TREE
        )
        with held_back() as held:
            journal.append(last.job, UndoIntended(landing=back, undoes=last.id))
            try:
                if is_branch:
                    remove(kit.place.git, last.way.branch, commit)
                undone = write_or_drop(kit, back, files, held)
            except TreeMoved as error:
                raise with_kept(error, error.kept) from error
            if undone:
                record.after()
                journal.append(last.job, Undone(landing=last.id, by=id_))
                uncommitted.drop(kit, last.id)
                held.forget()
        if not undone:
            raise CUT_OFF
        return Taken(landing=last, commit="" if is_branch else commit)


def _to_take_back(kit: Kit, landing_id: str) -> Landing:
    """The landing that was named, else the last one of this checkout: its worktrees share the journal."""
    stand = standing(kit.books.journal.events())
    places = {one.id: images.checkout_of(kit.place.paths.landing(one.id)) for one in stand}
    named = [one for one in stand if not landing_id or one.id.endswith(landing_id) or one.job == landing_id]
    if not named:
        raise UsageError(
            f"no landing {landing_id} stands" if landing_id and stand else _NOTHING,
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

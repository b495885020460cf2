"""Evidence, keys and labels on their way into notes, and notes of others taken up: by union, so that nobody loses
anything.

What stands in the notes is compared with what is known here, and not remembered: where another program has overwritten
the ref, as two `git notes add` at the same time do, the next write brings back what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from swe_agent.core.errors import RepositoryError, SweAgentError
from swe_agent.jobs.kit import Kit
from swe_agent.jobs.known import known, lines_of
from swe_agent.jobs.notes_draft import Draft
from swe_agent.jobs.notes_state import State, remember, state_of
from swe_agent.repo import notes
from swe_agent.repo.commits import commit_of
from swe_agent.repo.line_notes import Labels
from swe_agent.repo.notes import Moved
from swe_agent.store.evidence import NOWHERE
from swe_agent.store.keys import KeyFile
from swe_agent.store.lines import locked

LabelsOf = Callable[[Kit, Sequence[str]], Mapping[str, Labels]]
"""Of commits, which of their lines are whose; commits without any may be left out."""
TRIES = 20
"""Another program may write again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`tip` is what the ref names now; empty where there is nothing to write. `blocks` and `lines` are those that the
    notes did not have, `commits` those whose note is new or another, `taken_up` the histories that came in,
    `damaged` what could not be read and stays as it is."""

    tip: str = ""
    blocks: int = 0
    lines: int = 0
    commits: int = 0
    taken_up: int = 0
    damaged: tuple[str, ...] = ()


def write(kit: Kit, labels_of: LabelsOf | None = None, newest: str = "") -> Written:
    """Bring into the notes what they do not have: evidence, its keys, and with `labels_of` the labels of `newest` and
    the commits below it."""
    state = state_of(kit)
    labels = _labels(kit, labels_of, newest, state) if labels_of and newest else None
    unchanged = state.tip == notes.tip_of(kit.place.git) and state.last == lines_of(kit).last()
    written = take_up(kit, (), labels) if labels or not unchanged else Written(tip=state.tip)
    if labels is not None:
        remember(kit, replace(state_of(kit), labelled=newest, known=known(kit).digest))
    return written


def is_unwritten(kit: Kit) -> bool:
    """Whether evidence was recorded here that the notes may not have, told without reading them."""
    last = lines_of(kit).last()
    return last != NOWHERE and state_of(kit).in_notes(notes.tip_of(kit.place.git)) != last


def take_up(kit: Kit, others: Sequence[str], labels: Mapping[str, Labels] | None = None) -> Written:
    """The same, with histories of notes that others have written, by their newest commits. Keys that come with them
    are kept here, too."""
    git, keys = kit.place.git, KeyFile(kit.place.paths.attribution_keys)
    with locked(kit.place.paths.notes_lock):
        for _ in range(TRIES):
            tip, local, state = notes.tip_of(git), lines_of(kit), state_of(kit)
            draft, last = Draft(git, tip), local.last()
            # What somebody has overwritten is as another history. Notes that were removed as a whole stay removed.
            lost = [state.tip] if tip else []
            taken = sum(draft.take_up(other) for other in dict.fromkeys([*lost, *others]) if other)
            done, held = draft.add_evidence(local.evidence(state.in_notes(tip)), keys.known())
            commits = draft.label(labels or {})
            try:
                if taken and (ahead := draft.ahead):
                    notes.move(git, ahead, tip)
                    tip = ahead
                elif change := draft.change():
                    message = f"swe-agent: {done.blocks} blocks, {commits} commits"
                    tip = notes.commit_change(git, change, kit.time.clock(), message)
            except Moved:
                kit.stop.wait(0.05)
                continue
            remember(kit, replace(state, tip=tip, last=last))
            keys.add(held)
            return Written(
                tip=tip,
                blocks=done.blocks,
                lines=done.lines,
                commits=commits,
                taken_up=taken,
                damaged=tuple(draft.damaged),
            )
    lock = kit.place.checkout.common_dir / f"{notes.REF}.lock"
    raise RepositoryError(
        f"{notes.REF} could not be written: another program changes it or has locked it",
        hint=f"if no git is running, remove {lock}" if lock.exists() else "try again in a moment",
    )


def _labels(kit: Kit, labels_of: LabelsOf, newest: str, state: State) -> Mapping[str, Labels] | None:
    """Of the commits that have come since the last time; of all where there is other evidence. None where they could
    not be told, and where nothing is recorded, so that no history need be read."""
    if lines_of(kit).last() == NOWHERE and not notes.tip_of(kit.place.git):
        return None
    git, same = kit.place.git, state.known == known(kit).digest
    since = state.labelled if same and commit_of(git, state.labelled or "-") else ""
    commits = git.text("rev-list", newest, *([f"^{since}"] if since else [])).split()
    try:
        return labels_of(kit, commits) if commits else {}
    except SweAgentError as error:  # evidence alone answers everything, too
        kit.voices.note(f"the notes on commits are left as they are: {error.message}")
        return None
